"""Regular expressions of XPath 3.1, matched step by step under the budget.

Python's `re` cannot be stopped, so `matches("aaaa...", "(a+)+b")` would hold a server for hours; a limit in seconds
would make
the same table decide differently on a busy machine. Here each step is counted: an honest pattern costs little, a bomb
ends in ExpressionRefused(reason="budget") after the same number of steps everywhere. Must never hand a pattern to `re`.
Source: XPath and XQuery Functions and Operators 3.1, section 5.6.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.feel.regex_parser import PatternFault, compiled

if TYPE_CHECKING:
    from engine.feel.budget import Budget
    from engine.feel.regex_parser import Program


class Found(NamedTuple):
    """One match: its ends, and (start, end) of each group, -1 where a group took no part."""

    start: int
    end: int
    slots: tuple[int, ...]


class Pattern:
    """A compiled pattern; safe to share, it keeps nothing between calls."""

    __slots__ = ("_program", "groups", "literal")

    def __init__(self, program: Program, *, literal: bool) -> None:
        self._program = program
        self.groups = program.groups
        self.literal = literal

    def search(self, text: str, start: int, budget: Budget) -> Found | None:
        """Give the leftmost match from `start` on. Raises: ExpressionRefused(reason="budget")."""
        first = self._program.first
        at = start if first is None else text.find(first, start)
        while 0 <= at <= len(text):
            found = self._match(text, at, budget)
            if found is not None:
                return found
            # Where every match begins with one fixed character, only its places are worth trying.
            at = at + 1 if first is None else text.find(first, at + 1)
        return None

    def _match(self, text: str, start: int, budget: Budget) -> Found | None:
        code, slots = self._program.code, (-1,) * self._program.slots
        waiting: list[tuple[int, int, tuple[int, ...]]] = [(0, start, slots)]
        while waiting:
            budget.spend(1)
            step, at, slots = waiting.pop()
            found = self._run(code, step, at, slots, text, waiting, budget)
            if found is not None:
                return Found(start, found[0], found[1])
        return None

    def replaced(self, text: str, replacement: str, budget: Budget) -> str | None:
        """Replace every match, `$1` to `$9` being groups; null for a pattern that matches nothing at all."""
        if self.search("", 0, budget) is not None:
            return None
        pieces = _pieces(replacement, self.groups, literal=self.literal)
        if pieces is None:
            return None
        out: list[str] = []
        size = at = 0
        while (found := self.search(text, at, budget)) is not None:
            filled = text[at : found.start] + "".join(_filled(piece, found, text) for piece in pieces)
            size += len(filled)
            budget.room(size)
            out.append(filled)
            at = found.end
            if found.end == found.start:
                return None
        return budget.text("".join(out) + text[at:])

    def parts(self, text: str, budget: Budget) -> list[str] | None:
        """Split at every match; null for a pattern that matches nothing at all."""
        if self.search("", 0, budget) is not None:
            return None
        out: list[str] = []
        at = 0
        while (found := self.search(text, at, budget)) is not None:
            if found.end == found.start:
                return None
            out.append(text[at : found.start])
            at = found.end
        budget.room(len(text))
        return [*out, text[at:]]

    @staticmethod
    def _run(  # noqa: PLR0913  # one thread of the machine: its place, its text, and where to leave other threads
        code: tuple[tuple[Any, ...], ...],
        step: int,
        at: int,
        slots: tuple[int, ...],
        text: str,
        waiting: list[tuple[int, int, tuple[int, ...]]],
        budget: Budget,
    ) -> tuple[int, tuple[int, ...]] | None:
        """Follow one thread until it fails or matches; alternatives go on the stack. Four steps cost one of the
        budget.
        """
        spent = 0
        end = len(text)
        while True:
            spent += 1
            if not spent & 3:
                budget.spend(1)
            instruction = code[step]
            kind = instruction[0]
            if kind == "one":
                if at >= end or not instruction[1](text[at]):
                    return None
                at, step = at + 1, step + 1
            elif kind == "match":
                return at, slots
            elif kind == "split":
                waiting.append((instruction[2], at, slots))
                step = instruction[1]
            elif (moved := _other(instruction, step, at, slots, text)) is not None:
                step, at, slots = moved
            else:
                return None


def _other(
    instruction: tuple[Any, ...], step: int, at: int, slots: tuple[int, ...], text: str
) -> tuple[int, int, tuple[int, ...]] | None:
    """Carry out the rarer instructions: give (next step, place, slots), None where the thread fails."""
    kind, fact = instruction[0], instruction[1]
    if kind == "jump":
        return fact, at, slots
    if kind == "save":
        return step + 1, at, (*slots[:fact], at, *slots[fact + 1 :])
    if kind == "progress":
        return (step + 1, at, slots) if slots[fact] != at else None
    if kind == "assert":
        return (step + 1, at, slots) if fact(text, at) else None
    held = text[slots[2 * fact - 2] : slots[2 * fact - 1]] if slots[2 * fact - 1] >= 0 else ""
    return (step + 1, at + len(held), slots) if instruction[2](text[at : at + len(held)], held) else None


def _pieces(replacement: str, groups: int, *, literal: bool) -> list[str | int] | None:
    """Give the texts and group numbers of a replacement; None when it is not one."""
    if literal:
        return [replacement]
    pieces: list[str | int] = []
    i = 0
    while i < len(replacement):
        mark, following = replacement[i], replacement[i + 1 : i + 2]
        if mark == "\\":
            if following not in {"\\", "$"} or not following:
                return None
            pieces.append(following)
            i += 2
        elif mark == "$":
            if not ("0" <= following <= "9" and following):
                return None
            length = (
                2
                if groups >= 10 and replacement[i + 1 : i + 3].isdecimal() and int(replacement[i + 1 : i + 3]) <= groups
                else 1
            )
            pieces.append(int(replacement[i + 1 : i + 1 + length]))
            i += 1 + length
        else:
            pieces.append(mark)
            i += 1
    return pieces


def _filled(piece: str | int, found: Found, text: str) -> str:
    if isinstance(piece, str):
        return piece
    if piece == 0:
        return text[found.start : found.end]
    if 2 * piece > len(found.slots) or found.slots[2 * piece - 1] < 0:
        return ""
    return text[found.slots[2 * piece - 2] : found.slots[2 * piece - 1]]


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str, flags: str) -> Pattern | None:
    """Give the compiled pattern, None when pattern or flags (of "smixq") are not valid."""
    try:
        return Pattern(compiled(pattern, flags), literal="q" in flags)
    except PatternFault:
        return None

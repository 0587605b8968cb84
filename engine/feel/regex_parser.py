"""The text of a regular expression to a small program for engine/feel/pattern.py. Source: XPath F&O 3.1 section
5.6.1.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Test = Callable[[str], bool]
    Code = list[tuple[Any, ...]]

_LONGEST, _LARGEST, _DEEPEST = 1000, 4000, 30
_SINGLE = {"n": "\n", "r": "\r", "t": "\t"}
_ESCAPABLE = frozenset("\\|.-^?*+{}()[]$")
_BLOCKS = {
    "BasicLatin": (0x00, 0x7F),
    "Latin-1Supplement": (0x80, 0xFF),
    "LatinExtended-A": (0x100, 0x17F),
    "Greek": (0x370, 0x3FF),
    "Cyrillic": (0x400, 0x4FF),
}
_CATEGORIES = frozenset({"L", "M", "N", "P", "Z", "S", "C"}) | {
    group + kind
    for group, kinds in {
        "L": "ultmo",
        "M": "nce",
        "N": "dlo",
        "P": "cdseifo",
        "Z": "slp",
        "S": "mcko",
        "C": "cfon",
    }.items()
    for kind in kinds
}


class PatternFault(ValueError):
    """The pattern or its flags are not valid, or too large."""


@dataclass(frozen=True, slots=True)
class Program:
    """`code` is run from 0; `slots` counts places to remember, `first` the character every match begins with, if
    fixed.
    """

    code: tuple[tuple[Any, ...], ...]
    slots: int
    groups: int
    first: str | None


def compiled(pattern: str, flags: str) -> Program:
    """Give the program of a pattern. Raises: PatternFault."""
    if len(pattern) > _LONGEST or not set(flags) <= set("smixq"):
        raise PatternFault
    if "q" in flags:
        return _literal(pattern, fold="i" in flags)
    reader = _Reader(_stripped(pattern) if "x" in flags else pattern, flags)
    code = reader.alternatives(0)
    if reader.at < len(reader.text):
        raise PatternFault
    first = reader.firsts.get(id(code[0])) if code and code[0][0] == "one" else None
    # Loops remember where they began in slots after those of the groups.
    shifted = [_shifted(step, 2 * reader.groups) for step in code]
    return Program((*shifted, ("match", None)), 2 * reader.groups + reader.loops, reader.groups, first)


def _shifted(step: tuple[Any, ...], by: int) -> tuple[Any, ...]:
    return ("save" if step[0] == "mark" else step[0], step[1] + by) if step[0] in {"mark", "progress"} else step


def _literal(pattern: str, *, fold: bool) -> Program:
    code = [("one", _is_char(char, fold=fold)) for char in pattern]
    return Program((*code, ("match", None)), 0, 0, pattern[:1] if pattern and not fold else None)


def _stripped(pattern: str) -> str:
    """Drop white space outside of classes, as flag x asks, even between a backslash and what it escapes."""
    kept, depth, escaped = [], 0, False
    for char in pattern:
        if not depth and char in " \t\n\r":
            continue
        kept.append(char)
        if escaped or char == "\\":
            escaped = not escaped
        else:
            depth += (char == "[") - (char == "]" and depth > 0)
    return "".join(kept)


def _is_char(char: str, *, fold: bool) -> Test:
    if fold:
        folded = char.casefold()
        return lambda c: c.casefold() == folded
    return lambda c: c == char


def _category(name: str) -> Test:
    if name.startswith("Is") and name[2:] in _BLOCKS:
        low, high = _BLOCKS[name[2:]]
        return lambda c: low <= ord(c) <= high
    if name not in _CATEGORIES:
        raise PatternFault
    return lambda c: unicodedata.category(c).startswith(name)


def _word(c: str) -> bool:
    return unicodedata.category(c)[0] not in "PZC"


def _name_start(c: str) -> bool:
    return c in "_:" or unicodedata.category(c)[0] == "L"


def _name_char(c: str) -> bool:
    return c in "_:-.\u00b7" or unicodedata.category(c)[0] in "LNM"


_CLASSES: dict[str, Test] = {
    "d": lambda c: unicodedata.category(c) == "Nd",
    "s": lambda c: c in " \t\n\r",
    "w": _word,
    "i": _name_start,
    "c": _name_char,
}


def _negated(test: Test) -> Test:
    return lambda c: not test(c)


def _line_start(text: str, at: int) -> bool:
    return at == 0 or text[at - 1] == "\n"


def _line_end(text: str, at: int) -> bool:
    return at == len(text) or text[at] == "\n"


class _Reader:
    """Reads a pattern once, by recursive descent, giving code with targets counted from where the code will stand."""

    def __init__(self, text: str, flags: str) -> None:
        self.text, self.at, self.depth = text, 0, 0
        self.groups = self.loops = 0
        self.closed: set[int] = set()
        self.firsts: dict[int, str] = {}
        self.fold, self.all, self.lines = "i" in flags, "s" in flags, "m" in flags

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self) -> str:
        char = self.peek()
        if not char:
            raise PatternFault
        self.at += 1
        return char

    def accept(self, text: str) -> bool:
        if self.text.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def alternatives(self, base: int) -> Code:
        """Give the code of `a|b|c`, to stand at `base`."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise PatternFault
        code = self._branches(base)
        self.depth -= 1
        if base + len(code) > _LARGEST:
            raise PatternFault
        return code

    def _branches(self, base: int) -> Code:
        """Give `split L1, L2; L1: branch; jump end; L2: ...` with the jumps filled in at the end."""
        code: Code = []
        jumps = []
        while True:
            at = base + len(code)
            branch = self._branch(at + 1)
            if not self.accept("|"):
                code += self._moved(branch, -1)
                break
            code += [("split", at + 1, at + len(branch) + 2), *branch, ("jump", -1)]
            jumps.append(len(code) - 1)
        for jump in jumps:
            code[jump] = ("jump", base + len(code))
        return code

    def _moved(self, code: Code, by: int) -> Code:
        """Give the code as it reads `by` places further on."""
        moved: Code = []
        for step in code:
            if step[0] == "split":
                moved.append(("split", step[1] + by, step[2] + by))
            elif step[0] == "jump":
                moved.append(("jump", step[1] + by))
            else:
                moved.append(step)
        return moved

    def _branch(self, base: int) -> Code:
        code: Code = []
        while self.peek() and self.peek() not in "|)":
            piece = self._atom(base + len(code))
            code += self._repeated(piece, base + len(code))
        return code

    def _repeated(self, piece: Code, base: int) -> Code:
        low, high = self._quantifier()
        if (low, high) == (1, 1):
            return piece
        greedy = not self.accept("?")
        if (low + (1 if high is None else high - low)) * (len(piece) + 4) + base > _LARGEST:
            raise PatternFault
        code: Code = []
        for _ in range(low):
            code += self._moved(piece, len(code))
        if high is None:
            return code + self._star(piece, base, len(code), greedy=greedy)
        # Each optional copy is entered by its own split; leaving any of them skips the rest.
        end = base + len(code) + (high - low) * (len(piece) + 1)
        for _ in range(high - low):
            here = base + len(code)
            targets = (here + 1, end) if greedy else (end, here + 1)
            code += [("split", *targets), *self._moved(piece, len(code) + 1)]
        return code

    def _star(self, piece: Code, base: int, before: int, *, greedy: bool) -> Code:
        here = base + before
        slot, self.loops = self.loops, self.loops + 1
        body = here + 1
        end = here + len(piece) + 4
        targets = (body, end) if greedy else (end, body)
        return [
            ("split", *targets),
            ("mark", slot),
            *self._moved(piece, before + 2),
            ("progress", slot),
            ("jump", here),
        ]

    def _quantifier(self) -> tuple[int, int | None]:
        if self.accept("*"):
            return 0, None
        if self.accept("+"):
            return 1, None
        if self.accept("?"):
            return 0, 1
        if not self.accept("{"):
            return 1, 1
        low = self._count()
        high: int | None = low
        if self.accept(","):
            high = None if self.peek() == "}" else self._count()
        if not self.accept("}") or (high is not None and high < low):
            raise PatternFault
        return low, high

    def _count(self) -> int:
        digits = ""
        while self.peek().isdecimal() and len(digits) < 5:
            digits += self.take()
        if not digits or int(digits) > _LARGEST:
            raise PatternFault
        return int(digits)

    def _atom(self, base: int) -> Code:
        char = self.take()
        if char == "(":
            return self._group(base)
        if char in "*+?{})]":
            raise PatternFault
        if char in "^$":
            return [("assert", self._anchor(char))]
        if char == "\\" and self.peek() in set("123456789"):
            return [self._back_reference()]
        if char == "\\" or char == "[" or char == ".":
            return [("one", self._set(char))]
        step = ("one", _is_char(char, fold=self.fold))
        if not self.fold:
            self.firsts[id(step)] = char
        return [step]

    def _set(self, char: str) -> Test:
        if char == "[":
            return self._class()
        if char == "\\":
            return self._escape()[0]
        return (lambda _c: True) if self.all else (lambda c: c not in "\n\r")

    def _anchor(self, char: str) -> Callable[[str, int], bool]:
        if char == "^":
            return _line_start if self.lines else (lambda _text, at: at == 0)
        return _line_end if self.lines else (lambda text, at: at == len(text))

    def _group(self, base: int) -> Code:
        if self.accept("?:"):
            code = self.alternatives(base)
            if not self.accept(")"):
                raise PatternFault
            return code
        self.groups += 1
        number = self.groups
        inner = self.alternatives(base + 1)
        if not self.accept(")"):
            raise PatternFault
        self.closed.add(number)
        return [("save", 2 * number - 2), *inner, ("save", 2 * number - 1)]

    def _back_reference(self) -> tuple[Any, ...]:
        number = int(self.take())
        while self.peek().isdecimal() and number * 10 + int(self.peek()) <= self.groups:
            number = number * 10 + int(self.take())
        if number not in self.closed:
            raise PatternFault
        fold = self.fold
        return ("back", number, lambda a, b: a.casefold() == b.casefold() if fold else a == b)

    def _escape(self) -> tuple[Test, str | None]:
        """Give (test, the character it stands for when it is a single one)."""
        char = self.take()
        if char in _SINGLE or char in _ESCAPABLE:
            single = _SINGLE.get(char, char)
            return _is_char(single, fold=self.fold), single
        if char in "pP":
            if not self.accept("{") or "}" not in self.text[self.at :]:
                raise PatternFault
            end = self.text.index("}", self.at)
            test = _category(self.text[self.at : end])
            self.at = end + 1
        elif char.lower() in _CLASSES:
            test = _CLASSES[char.lower()]
        else:
            raise PatternFault
        return (_negated(test) if char.isupper() else test), None

    def _class(self) -> Test:
        """Give the test of `[...]`, the opening bracket taken."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise PatternFault
        negative = self.accept("^")
        tests: list[Test] = []
        minus: Test | None = None
        while not self.accept("]"):
            if tests and self.accept("-["):
                minus = self._class()
                if not self.accept("]"):
                    raise PatternFault
                break
            tests.append(self._class_part())
        self.depth -= 1
        if not tests:
            raise PatternFault
        return _combined(tests, minus, negative=negative)

    def _class_part(self) -> Test:
        test, single = self._class_char()
        if single is None or self.peek() != "-" or self.text[self.at + 1 : self.at + 2] in {"]", "["}:
            return test
        self.take()
        _, last = self._class_char()
        if last is None or last < single:
            raise PatternFault
        return _between(single, last, fold=self.fold)

    def _class_char(self) -> tuple[Test, str | None]:
        char = self.take()
        if char == "\\":
            return self._escape()
        if char == "[":
            raise PatternFault
        return _is_char(char, fold=self.fold), char


def _between(low: str, high: str, *, fold: bool) -> Test:
    if fold:
        return lambda c: low <= c <= high or low <= c.lower() <= high or low <= c.upper() <= high
    return lambda c: low <= c <= high


def _combined(tests: list[Test], minus: Test | None, *, negative: bool) -> Test:
    def test(c: str) -> bool:
        if any(one(c) for one in tests) is negative:
            return False
        return minus is None or not minus(c)

    return test

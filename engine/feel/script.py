"""FEEL scripts: one assignment per line, in place of a programming language. Must never loop nor call out by itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.errors import ExpressionRefused
from engine.feel.budget import NO_HOST, Budget
from engine.feel.expression import Expression, compile_expression
from engine.feel.lexer import KEYWORDS, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_TARGET = re.compile(r"\s*(?P<path>[^\W\d]\w*(?:\s*\.\s*[^\W\d]\w*)*)\s*=(?!=)")
_LONGEST, _MOST_LINES = 50_000, 500


class Assignment(NamedTuple):
    """`path = expression`, as it stands at a line of the script (from 1)."""

    path: tuple[str, ...]
    expression: Expression
    line: int


class Script:
    """A compiled script. `names` are the free variables that it reads before it sets them itself."""

    __slots__ = ("assignments", "names", "source")

    def __init__(self, source: str, assignments: tuple[Assignment, ...]) -> None:
        self.source = source
        self.assignments = assignments
        found: set[str] = set()
        given: set[str] = set()
        for path, expression, _ in assignments:
            found |= expression.names - given
            given |= {path[0]} if len(path) == 1 else set()
        self.names = frozenset(found)

    def run(
        self,
        scope: Mapping[str, object],
        host: Mapping[str, Callable[..., object]] = NO_HOST,
        budget: Budget | None = None,
    ) -> dict[tuple[str, ...], object]:
        """Give what each path is set to, in order; later lines see earlier ones, the scope itself is left alone.

        Raises: ExpressionRefused with the script's line.
        """
        meter = budget or Budget()
        seen: dict[str, Any] = dict(scope)
        results: dict[tuple[str, ...], object] = {}
        for path, expression, line in self.assignments:
            try:
                value = expression.evaluate(seen, host, meter)
            except ExpressionRefused as refused:
                refused.facts["line"] = line
                raise
            results[path] = value
            _put(seen, path, value)
        return results


def _put(seen: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    """Set a path, copying each context on the way: the case's own data must not change under it."""
    here = seen
    for name in path[:-1]:
        inner = here.get(name)
        here[name] = dict(inner) if isinstance(inner, dict) else {}
        here = here[name]
    here[path[-1]] = value


def script(source: str) -> Script:
    """Compile a script. Raises: ExpressionRefused(reason="not-an-assignment" or the expression's own) with its line."""
    if len(source) > _LONGEST:
        raise ExpressionRefused(reason="too-long", line=1, column=1, source=source[:200], longest=_LONGEST)
    assignments = tuple(_assignment(text, line) for text, line in _statements(source))
    if len(assignments) > _MOST_LINES:
        raise ExpressionRefused(reason="too-long", line=_MOST_LINES, column=1, source=source[:200], longest=_MOST_LINES)
    return Script(source, assignments)


def _open_brackets(text: str) -> int:
    operators = [token.text for token in tokens(text) if token.kind == "operator"]
    return sum(text in "([{" for text in operators) - sum(text in ")]}" for text in operators)


def _statements(source: str) -> Iterator[tuple[str, int]]:
    """Give each statement with the line on which it starts; an open bracket carries it over to the next line."""
    held, start, open_brackets = "", 1, 0
    for line, text in enumerate(source.splitlines(), 1):
        meaningful = len(tokens(text)) > 1
        if not held and not meaningful:
            continue
        start = start if held else line
        held = f"{held}\n{text}" if held else text
        open_brackets += _open_brackets(text)
        if open_brackets <= 0:
            yield held, start
            held, open_brackets = "", 0
    if held:
        yield held, start


def _assignment(text: str, line: int) -> Assignment:
    found = _TARGET.match(text)
    path = tuple(part.strip() for part in found["path"].split(".")) if found else ()
    if found is None or KEYWORDS & set(path):
        column = len(text) - len(text.lstrip()) + 1
        raise ExpressionRefused(reason="not-an-assignment", line=line, column=column, source=text)
    # The target is blanked, not cut, so that columns are those of the script's own line.
    blanked = " " * found.end() + text[found.end() :]
    try:
        return Assignment(path, compile_expression(blanked), line)
    except ExpressionRefused as refused:
        inner = refused.facts.get("line")
        raise ExpressionRefused(
            **{**refused.facts, "line": line + (inner if isinstance(inner, int) else 1) - 1}
        ) from None

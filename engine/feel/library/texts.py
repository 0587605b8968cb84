"""Functions over text. Source: DMN 1.5 section 10.3.4.3; positions count characters from 1, negative from the end."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from engine.feel.pattern import compile_pattern
from engine.feel.registry import Library
from engine.feel.text import string
from engine.feel.values import DECIMAL, whole

if TYPE_CHECKING:
    from engine.feel.budget import Budget

TEXTS = Library()


@TEXTS.add("string", "from: any")
def _string(budget: Budget, value: Any) -> str | None:
    return string(value, budget)


@TEXTS.add("number", "from: string")
def _number(budget: Budget, text: str) -> Decimal | None:  # noqa: ARG001  # all built-ins take the budget
    return _read_number(text)


@TEXTS.add("number", "from: string, grouping separator: string?, decimal separator: string?")
def _number_grouped(budget: Budget, text: str, grouping: str | None, point: str | None) -> Decimal | None:  # noqa: ARG001  # all built-ins take the budget
    if grouping not in {None, " ", ",", "."} or point not in {None, ",", "."} or (grouping and grouping == point):
        return None
    if grouping:
        text = text.replace(grouping, "")
    return _read_number(text if point in {None, "."} else text.replace(".", " ").replace(str(point), "."))


def _read_number(text: str) -> Decimal | None:
    if not text or len(text) > 6200 or not set(text) <= set("0123456789.+-eE"):
        return None
    try:
        value = DECIMAL.create_decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


@TEXTS.add("string length", "string: string")
def _length(budget: Budget, text: str) -> Decimal:  # noqa: ARG001  # all built-ins take the budget
    return Decimal(len(text))


@TEXTS.add("substring", "string: string, start position: number, length: number?")
def _substring(budget: Budget, text: str, start: Any, length: Any) -> str | None:
    first = whole(start)
    begin = first - 1 if first > 0 else len(text) + first
    if first == 0 or begin < 0 or begin > len(text):
        return None if first == 0 or begin < 0 else ""
    if length is None:
        return budget.text(text[begin:])
    return budget.text(text[begin : begin + whole(length)]) if whole(length) > 0 else None


@TEXTS.add("upper case", "string: string")
def _upper(budget: Budget, text: str) -> str:
    return budget.text(text.upper())


@TEXTS.add("lower case", "string: string")
def _lower(budget: Budget, text: str) -> str:
    return budget.text(text.lower())


@TEXTS.add("trim", "string: string")
def _trim(budget: Budget, text: str) -> str:
    return budget.text(text.strip())


@TEXTS.add("substring before", "string: string, match: string")
def _before(budget: Budget, text: str, match: str) -> str:
    head, found, _ = text.partition(match) if match else ("", "", "")
    return budget.text(head) if found else ""


@TEXTS.add("substring after", "string: string, match: string")
def _after(budget: Budget, text: str, match: str) -> str:
    _, found, tail = text.partition(match) if match else ("", " ", text)
    return budget.text(tail) if found else ""


@TEXTS.add("contains", "string: string, match: string")
def _contains(budget: Budget, text: str, match: str) -> bool:
    budget.spend(len(text) >> 8)
    return match in text


@TEXTS.add("starts with", "string: string, match: string")
def _starts(budget: Budget, text: str, match: str) -> bool:  # noqa: ARG001  # all built-ins take the budget
    return text.startswith(match)


@TEXTS.add("ends with", "string: string, match: string")
def _ends(budget: Budget, text: str, match: str) -> bool:  # noqa: ARG001  # all built-ins take the budget
    return text.endswith(match)


@TEXTS.add("string join", "list: list, delimiter: string?")
def _join(budget: Budget, items: list[Any], delimiter: str | None) -> str | None:
    texts = [item for item in items if item is not None]
    if any(type(item) is not str for item in texts):
        return None
    budget.room(sum(map(len, texts)) + len(delimiter or "") * len(texts))
    return (delimiter or "").join(texts)


@TEXTS.add("matches", "input: string, pattern: string, flags: string?")
def _matches(budget: Budget, text: str, pattern: str, flags: str | None) -> bool | None:
    compiled = compile_pattern(pattern, flags or "")
    return None if compiled is None else compiled.search(text, 0, budget) is not None


@TEXTS.add("replace", "input: string, pattern: string, replacement: string, flags: string?")
def _replace(budget: Budget, text: str, pattern: str, replacement: str, flags: str | None) -> str | None:
    compiled = compile_pattern(pattern, flags or "")
    return None if compiled is None else compiled.replaced(text, replacement, budget)


@TEXTS.add("split", "string: string, delimiter: string")
def _split(budget: Budget, text: str, delimiter: str) -> list[str] | None:
    compiled = compile_pattern(delimiter, "")
    return None if compiled is None else compiled.parts(text, budget)

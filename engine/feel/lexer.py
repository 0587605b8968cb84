"""Text to tokens. Names with spaces are put together later, by the parser, which knows what is in scope.

Must never fail on any text: a character that FEEL does not know becomes a token of its own, refused where it stands.
"""

from __future__ import annotations

import re
from typing import NamedTuple

KEYWORDS = frozenset(
    [
        "if",
        "then",
        "else",
        "for",
        "in",
        "return",
        "some",
        "every",
        "satisfies",
        "and",
        "or",
        "between",
        "true",
        "false",
        "null",
        "function",
        "instance",
        "external",
    ]
)
_TOKEN = re.compile(
    r"""(?P<skip>[\s\u200b\ufeff]+|//[^\n]*|/\*.*?\*/)
  | (?P<number>(?:\d+(?:\.(?!\.)\d+)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w]))
  | (?P<string>"(?:[^"\\]|\\.)*")
  | (?P<name>(?:[^\W\d]|[\U00010000-\U000effff])(?:\w|[\u00b7\u0300-\u036f\u200c\u200d\U00010000-\U000effff])*)
  | (?P<operator>\.\.|\*\*|!=|<=|>=|->|[-+*/=<>()\[\]{},.:?@])
  | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u(?P<four>[0-9a-fA-F]{4})|U(?P<six>[0-9a-fA-F]{6})|(?P<one>.))", re.DOTALL)
_PLAIN_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}


class Token(NamedTuple):
    """`kind` is number, string, name, keyword, operator, other or end; `at` and `end` are offsets in the source."""

    kind: str
    text: str
    at: int
    end: int


def tokens(source: str) -> list[Token]:
    """Give the tokens of a source, the last of kind "end"."""
    found = []
    for match in _TOKEN.finditer(source):
        kind = match.lastgroup or "other"
        if kind == "skip":
            continue
        text = match.group()
        if kind == "name" and text in KEYWORDS:
            kind = "keyword"
        found.append(Token(kind, text, match.start(), match.end()))
    found.append(Token("end", "", len(source), len(source)))
    return found


def _unescaped(match: re.Match[str]) -> str:
    code = match["four"] or match["six"]
    if code is None:
        return _PLAIN_ESCAPES.get(match["one"], match.group())
    point = int(code, 16)
    return chr(point) if point <= 0x10FFFF else match.group()


def text_of(literal: str) -> str:
    """Give the text that a string literal, quotes included, stands for."""
    text = literal[1:-1]
    if "\\" not in text:
        return text
    # A pair of surrogates written as two escapes is one character.
    return _ESCAPE.sub(_unescaped, text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def place(source: str, at: int) -> tuple[int, int]:
    """Give (line, column) of an offset, both from 1."""
    before = source[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1

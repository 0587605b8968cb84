"""Walking over the tokens of a source: looking, taking, putting names together, and refusing with a place and a hint.

Must never know a rule of the grammar beyond names.
"""

from __future__ import annotations

from contextlib import contextmanager
from difflib import get_close_matches
from itertools import pairwise
from typing import TYPE_CHECKING, NoReturn

from engine.errors import ExpressionRefused
from engine.feel.lexer import KEYWORDS, Token, place, text_of, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.feel.vocabulary import Vocabulary

LONGEST, DEEPEST = 10_000, 40
# What people write from habit or from other languages, and what FEEL says instead.
_FOREIGN = {"e": "and", "ou": "or", "não": "not()", "nao": "not()", "se": "if", "&&": "and", "||": "or", "==": "="}
_NAME_SIGNS = frozenset("+-*/.'")


class Cursor:
    """A place in the tokens of one source, with the names known there."""

    def __init__(self, source: str, vocabulary: Vocabulary) -> None:
        self.source = source
        if len(source) > LONGEST:
            raise ExpressionRefused(reason="too-long", line=1, column=1, source=source[:200], longest=LONGEST)
        self.tokens = tokens(source)
        self.i = 0
        self.depth = 0
        self.words = vocabulary

    # -- tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.i]

    def fail(self, reason: str, at: Token | None = None, **facts: object) -> NoReturn:
        """Raise ExpressionRefused at a token, with what was found and what names come near it."""
        token = at or self.token
        line, column = place(self.source, token.at)
        found = token.text[:40] if token.kind != "end" else ""
        near = [_FOREIGN[found]] if found in _FOREIGN else []
        if token.kind == "name":
            near += get_close_matches(found, sorted(self.words.all | KEYWORDS), n=3, cutoff=0.7)
        if near:
            facts["near"] = near
        raise ExpressionRefused(reason=reason, line=line, column=column, source=self.source, found=found, **facts)

    def peek(self, *texts: str) -> bool:
        token = self.tokens[self.i]
        return token.text in texts and token.kind in {"operator", "keyword"}

    def next_is(self, *texts: str) -> bool:
        token = self.tokens[min(self.i + 1, len(self.tokens) - 1)]
        return token.text in texts and token.kind in {"operator", "keyword"}

    def take(self) -> Token:
        token = self.tokens[self.i]
        if token.kind != "end":
            self.i += 1
        return token

    def accept(self, *texts: str) -> bool:
        if self.peek(*texts):
            self.i += 1
            return True
        return False

    def expect(self, text: str) -> Token:
        if not self.peek(text):
            self.fail("unexpected", expected=text)
        return self.take()

    def finish(self) -> None:
        """Refuse anything that is left."""
        if self.token.kind != "end":
            self.fail("unexpected", expected="operator")

    def _jump(self, end: int) -> None:
        while self.token.at < end and self.token.kind != "end":
            self.i += 1

    # -- names

    def known_name(self) -> str | None:
        """Take the longest known name that begins here, where it has more than one word."""
        token = self.token
        if token.kind not in {"name", "keyword"}:
            return None
        found = self.words.match(self.source, token)
        if found is None:
            return None
        self._jump(found[1])
        return found[0]

    def new_name(self, *stops: str) -> str:
        """Take a name that is being given (a key, a parameter, an iterator): every word up to one of `stops`."""
        first = self.token
        if first.kind == "string":
            self.take()
            return text_of(first.text)
        if first.kind not in {"name", "keyword"} or (first.kind == "keyword" and self.next_is(*stops) is False):
            self.fail("unexpected", expected="name")
        parts = [self.take()]
        while not self.peek(*stops) and (
            self.token.kind in {"name", "keyword", "number"} or self.token.text in _NAME_SIGNS
        ):
            parts.append(self.take())
        return joined(parts)

    def path_name(self) -> str:
        """Take the name after a dot; words that follow it can only be more of the same name."""
        known = self.known_name()
        if known is not None:
            return known
        if self.token.kind not in {"name", "keyword"}:
            self.fail("unexpected", expected="name")
        parts = [self.take()]
        while self.token.kind == "name" and self.token.text not in _FOREIGN:
            if self.words.match(self.source, self.token):
                break
            parts.append(self.take())
        return joined(parts)

    @contextmanager
    def binding(self) -> Iterator[None]:
        """Names learnt inside are forgotten at the end."""
        outer, self.words = self.words, self.words.nested()
        try:
            yield
        finally:
            self.words = outer


def joined(parts: list[Token]) -> str:
    """Put the words of a name together, with one space wherever the source had any."""
    text = parts[0].text
    for before, part in pairwise(parts):
        text += part.text if before.end == part.at else f" {part.text}"
    return text

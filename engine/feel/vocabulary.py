"""Names that one token cannot hold: those with spaces or signs, found by their first word. Must never know what a
name means.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.feel.lexer import Token

_SPLIT = re.compile(r"\w+|[^\w\s]")


class Vocabulary:
    """Names that cannot be read off one token: those with spaces or signs, found by their first word."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._by_first: dict[str, list[tuple[int, re.Pattern[str], str]]] = {}
        self.all: set[str] = set()
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Learn a name; one of a single word needs no entry but is kept as a suggestion."""
        self.all.add(name)
        words = _SPLIT.findall(name)
        if len(words) < 2:
            return
        pattern = re.compile(r"\s*".join(re.escape(word) for word in words))
        entries = self._by_first.setdefault(words[0], [])
        entries.append((len(name), pattern, name))
        entries.sort(key=lambda entry: -entry[0])

    def match(self, source: str, token: Token) -> tuple[str, int] | None:
        """Give (name, end offset) of the longest known name that begins at a token, None when there is none."""
        for _, pattern, name in self._by_first.get(token.text, ()):
            found = pattern.match(source, token.at)
            if found and _same_gaps(name, found.group()):
                return name, found.end()
        return None

    def nested(self) -> Vocabulary:
        """Give a copy that may learn more without this one knowing."""
        copy = Vocabulary()
        copy._by_first = {first: list(entries) for first, entries in self._by_first.items()}
        copy.all = set(self.all)
        return copy


def _same_gaps(name: str, text: str) -> bool:
    """Two words written together are not the two words of a name."""
    return " ".join(text.split()) == " ".join(name.split()) or not re.search(r"\w\s+\w", name)

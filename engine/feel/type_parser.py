"""Types as they are written after `instance of` and behind parameters. Must never resolve a name to a definition."""

from __future__ import annotations

from engine.feel.cursor import DEEPEST, Cursor, joined
from engine.feel.nodes import Type


class TypeParser(Cursor):
    """Parses types; the grammar of expressions builds on it."""

    def type(self) -> Type:
        """Parse a type such as `number`, `list<string>`, `context<a: number>` or `function<number> -> string`."""
        self.depth += 1
        if self.depth > DEEPEST:
            self.fail("too-deep", deepest=DEEPEST)
        try:
            return self._type()
        finally:
            self.depth -= 1

    def _type(self) -> Type:
        name = self.known_name() or self._type_name()
        if name == "context" and self.accept("<"):
            return Type(name, entries=self._type_entries())
        parts: list[Type] = []
        if name in {"list", "range", "function"} and self.accept("<"):
            while not self.peek(">"):
                parts.append(self.type())
                if not self.accept(","):
                    break
            self.expect(">")
        if name == "function" and self.accept("->"):
            return Type(name, (*parts, self.type()), (("returns", Type("Any")),))
        return Type(name, tuple(parts))

    def _type_name(self) -> str:
        if self.token.kind not in {"name", "keyword"}:
            self.fail("unexpected", expected="type")
        parts = [self.take()]
        while self.token.kind == "name" or (self.token.text == "and" and parts[-1].text in {"date", "days", "years"}):
            parts.append(self.take())
        while self.accept("."):
            parts[-1] = parts[-1]._replace(text=f"{parts[-1].text}.{self.take().text}")
        return joined(parts)

    def _type_entries(self) -> tuple[tuple[str, Type], ...]:
        entries = []
        while not self.peek(">"):
            name = self.new_name(":")
            self.expect(":")
            entries.append((name, self.type()))
            if not self.accept(","):
                break
        self.expect(">")
        return tuple(entries)

"""Tokens to a tree, by precedence climbing. See docs/adr/0004-feel-parser.md for why it is written by hand.

A name may hold spaces and signs ("date and time", "taxa-base"): where a token begins a known name, the longest known
name
wins. Known are the built-in functions, the names given by the caller, and the names that the expression itself binds.
Must never raise anything but ExpressionRefused, whatever the text.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from engine.feel.cursor import DEEPEST, joined
from engine.feel.lexer import text_of
from engine.feel.nodes import (
    Between,
    Chain,
    Comparison,
    ContextOf,
    Definition,
    Differs,
    Filter,
    For,
    If,
    In,
    InstanceOf,
    Interval,
    Invocation,
    ListOf,
    Literal,
    Name,
    Negation,
    Node,
    Path,
    Quantified,
    Turn,
    Type,
    UnaryTests,
)
from engine.feel.temporal import read_any
from engine.feel.type_parser import TypeParser
from engine.feel.values import DECIMAL

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_CHAIN = 60
_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_LEVELS = ({"+", "-"}, {"*", "/"}, {"**"})


class Parser(TypeParser):
    """One pass over one source. `expression`, `unary_tests` and `finish` are the ways in."""

    def expression(self) -> Node:
        """Parse one expression. Raises: ExpressionRefused."""
        self.depth += 1
        if self.depth > DEEPEST:
            self.fail("too-deep", deepest=DEEPEST)
        try:
            return self._disjunction()
        finally:
            self.depth -= 1

    def _disjunction(self) -> Node:
        return self._chain("or", self._conjunction)

    def _conjunction(self) -> Node:
        return self._chain("and", self._comparison)

    def _chain(self, operator: str, operand: Callable[[], Node]) -> Node:
        first = operand()
        rest = []
        while self.accept(operator):
            rest.append((operator, operand()))
        return Chain(first, tuple(rest)) if rest else first

    def _comparison(self) -> Node:
        left = self._level(0)
        for _ in range(LONGEST_CHAIN):
            if self.peek(*_COMPARISONS):
                left = Comparison(self.take().text, left, self._level(0))
            elif self.accept("between"):
                low = self._level(0)
                self.expect("and")
                left = Between(left, low, self._level(0))
            elif self.accept("in"):
                left = In(left, self._in_tests())
            else:
                return left
        return self.fail("too-deep", deepest=LONGEST_CHAIN)

    def _level(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._signed()
        first = self._level(level + 1)
        rest = []
        while self.peek(*_LEVELS[level]):
            rest.append((self.take().text, self._level(level + 1)))
        return Chain(first, tuple(rest)) if rest else first

    def _signed(self) -> Node:
        signs = 0
        while self.accept("-"):
            signs += 1
        if signs > DEEPEST:
            self.fail("too-deep", deepest=DEEPEST)
        node = self._typed()
        for _ in range(signs):
            node = Negation(node)
        return node

    def _typed(self) -> Node:
        value = self._postfix()
        while self.peek("instance"):
            self.take()
            if self.token.text != "of":
                self.fail("unexpected", expected="of")
            self.take()
            value = InstanceOf(value, self.type())
        return value

    def _postfix(self) -> Node:
        node = self._primary()
        for _ in range(LONGEST_CHAIN):
            if self.accept("."):
                node = Path(node, self.path_name())
            elif self.peek("[") and self._opens_filter():
                self.take()
                node = Filter(node, self._filter_condition())
            elif self.peek("("):
                node = self._invocation(node)
            else:
                return node
        return self.fail("too-deep", deepest=LONGEST_CHAIN)

    def _opens_filter(self) -> bool:
        """After `]1..5` or `[1..5` a bracket may close the range: then nothing that begins an expression follows it."""
        following = self.tokens[self.i + 1]
        if following.kind in {"end", "other"}:
            return False
        if following.kind == "keyword":
            return following.text in _BEGINS
        return following.kind != "operator" or following.text in "([{-?@]" or following.text in _COMPARISONS

    def _filter_condition(self) -> Node:
        condition = self.expression()
        self.expect("]")
        return condition

    def _invocation(self, callee: Node) -> Node:
        at = self.take().at
        named: list[tuple[str, Node]] = []
        args: list[Node] = []
        while not self.peek(")"):
            name = self._argument_name()
            if name is None:
                args.append(self.expression())
            else:
                named.append((name, self.expression()))
            if not self.accept(","):
                break
        if args and named:
            self.fail("mixed-arguments")
        self.expect(")")
        return Invocation(callee, tuple(args), tuple(named), at)

    def _argument_name(self) -> str | None:
        """Take `name:` where the next argument is given by name."""
        i = self.i
        while self.tokens[i].kind in {"name", "keyword"}:
            i += 1
        if i == self.i or self.tokens[i].text != ":":
            return None
        name = joined(self.tokens[self.i : i])
        self.i = i + 1
        return name

    # -- primaries

    def _primary(self) -> Node:
        token = self.token
        known = self.known_name()
        if known is not None:
            return Name(known, token.at)
        parse = (
            _PRIMARIES.get(token.text) if token.kind in {"operator", "keyword"} else _PRIMARIES.get(f"<{token.kind}>")
        )
        if parse is None:
            self.fail("unclosed-text" if token.text == '"' else "unexpected", expected="expression")
        return parse(self)

    def _number(self) -> Node:
        text = self.take().text
        if len(text) > 6200:
            self.fail("bad-literal")
        value = DECIMAL.create_decimal(text) if len(text) < 40 and "e" not in text.lower() else _scientific(text)
        return Literal(value)

    def _string(self) -> Node:
        return Literal(text_of(self.take().text))

    def _at_literal(self) -> Node:
        self.take()
        if self.token.kind != "string":
            self.fail("unexpected", expected="string")
        value = read_any(text_of(self.token.text))
        if value is None:
            self.fail("bad-literal")
        self.take()
        return Literal(value)

    def _constant(self) -> Node:
        return Literal({"true": True, "false": False, "null": None}[self.take().text])

    def _named(self) -> Node:
        """Take a name. Two words side by side are a name only in front of a bracket: a function that the host knows."""
        first = self.i
        token = self.take()
        last = self.i
        while self.tokens[last].kind == "name":
            last += 1
        if last > self.i and self.tokens[last].text == "(":
            self.i = last
        return Name(joined(self.tokens[first : self.i]), token.at)

    def _value_mark(self) -> Node:
        return Name("?", self.take().at)

    def _parenthesis(self) -> Node:
        self.take()
        if self.peek(*_COMPARISONS):
            exact = self.peek("=")
            test = self._operator_test()
            self.expect(")")
            return Interval(test, test, low_in=True, high_in=True) if exact else test
        inner = self.expression()
        if self.peek(".."):
            return self._interval(inner, low_in=False)
        self.expect(")")
        return inner

    def _bracket(self) -> Node:
        self.take()
        items: list[Node] = []
        while not self.peek("]"):
            items.append(self._list_item())
            if len(items) == 1 and self.peek(".."):
                return self._interval(items[0], low_in=True)
            if not self.accept(","):
                break
        self.expect("]")
        return ListOf(tuple(items))

    def _list_item(self) -> Node:
        return self._operator_test() if self.peek(*_COMPARISONS) else self.expression()

    def _open_bracket(self) -> Node:
        self.take()
        return self._interval(self._level(0), low_in=False)

    def _interval(self, low: Node, *, low_in: bool) -> Node:
        self.expect("..")
        high = self._level(0)
        if not self.peek(")", "]", "["):
            self.fail("unexpected", expected="]")
        return Interval(low, high, low_in, self.take().text == "]")

    def _context(self) -> Node:
        self.take()
        entries: list[tuple[str, Node]] = []
        with self.binding():
            while not self.peek("}"):
                at = self.token
                name = self.new_name(":")
                if any(name == known for known, _ in entries):
                    self.fail("duplicate-key", at)
                self.expect(":")
                entries.append((name, self.expression()))
                self.words.add(name)
                if not self.accept(","):
                    break
        self.expect("}")
        return ContextOf(tuple(entries))

    def _if(self) -> Node:
        self.take()
        condition = self.expression()
        self.expect("then")
        then = self.expression()
        self.expect("else")
        return If(condition, then, self.expression())

    def _turns(self) -> tuple[Turn, ...]:
        turns = []
        while True:
            name = self.new_name("in")
            self.expect("in")
            domain = self.expression()
            until = self.expression() if self.accept("..") else None
            self.words.add(name)
            turns.append(Turn(name, domain, until))
            if not self.accept(","):
                return tuple(turns)

    def _for(self) -> Node:
        self.take()
        with self.binding():
            turns = self._turns()
            self.expect("return")
            self.words.add("partial")
            return For(turns, self.expression())

    def _quantified(self) -> Node:
        some = self.take().text == "some"
        with self.binding():
            turns = self._turns()
            self.expect("satisfies")
            return Quantified(some, turns, self.expression())

    def _definition(self) -> Node:
        self.take()
        self.expect("(")
        params: list[tuple[str, Type | None]] = []
        with self.binding():
            while not self.peek(")"):
                name = self.new_name(",", ")", ":")
                params.append((name, self.type() if self.accept(":") else None))
                self.words.add(name)
                if not self.accept(","):
                    break
            self.expect(")")
            if self.peek("external"):
                self.fail("external-function")
            return Definition(tuple(params), self.expression())

    # -- unary tests

    def unary_tests(self) -> UnaryTests:
        """Parse what stands in a cell: `-`, `not(...)`, or tests separated by commas. Raises: ExpressionRefused."""
        if self.token.kind == "end" or (self.peek("-") and self.tokens[self.i + 1].kind == "end"):
            self.take()
            return UnaryTests((), negated=False)
        if self._negates_all():
            self.take()
            self.take()
            tests = self._tests()
            self.expect(")")
            return UnaryTests(tests, negated=True)
        return UnaryTests(self._tests(), negated=False)

    def _negates_all(self) -> bool:
        """`not(...)` over the whole cell negates tests; `not(a) and b` is an expression."""
        if self.token.text != "not" or not self.next_is("("):
            return False
        depth = 0
        for i in range(self.i + 1, len(self.tokens)):
            token = self.tokens[i]
            if token.kind == "operator":
                depth += (token.text in "([{") - (token.text in ")]}")
            if depth == 0:
                return self.tokens[i + 1].kind == "end"
        return False

    def _tests(self) -> tuple[Node, ...]:
        found = [self._test()]
        while self.accept(","):
            found.append(self._test())
        return tuple(found)

    def _test(self) -> Node:
        return self._operator_test() if self.peek(*_COMPARISONS) else self.expression()

    def _operator_test(self) -> Node:
        operator = self.take().text
        value = self._level(0)
        if operator == "=":
            return value
        if operator == "!=":
            return Differs(value)
        closed = operator.endswith("=")
        if operator[0] == "<":
            return Interval(None, value, low_in=False, high_in=closed)
        return Interval(value, None, low_in=closed, high_in=False)

    def _in_tests(self) -> tuple[Node, ...]:
        if self.peek(*_COMPARISONS):
            return (self._operator_test(),)
        if not self.peek("("):
            return (self._level(0),)
        start = self.i
        self.take()
        tests = self._tests()
        if self.peek("..") or (len(tests) == 1 and self._continues_after_parenthesis()):
            self.i = start
            return (self._level(0),)
        self.expect(")")
        return tests

    def _continues_after_parenthesis(self) -> bool:
        """`x in (a).b` and `x in (a + b) * 2` are expressions, not a list of one test."""
        return self.peek(")") and self.next_is(".", "[", "+", "-", "*", "/", "**")


def _scientific(text: str) -> Decimal | None:
    mantissa, _, exponent = text.lower().partition("e")
    if len(exponent) > 6:
        return None
    value = DECIMAL.create_decimal(mantissa)
    scaled = value.adjusted() + int(exponent or 0)
    if value and not -6143 <= scaled <= 6144:
        return None
    return DECIMAL.create_decimal(text)


_BEGINS = frozenset({"if", "for", "some", "every", "function", "true", "false", "null"})
_PRIMARIES: dict[str, Callable[[Parser], Node]] = {
    "<number>": Parser._number,
    "<string>": Parser._string,
    "<name>": Parser._named,
    "@": Parser._at_literal,
    "true": Parser._constant,
    "false": Parser._constant,
    "null": Parser._constant,
    "?": Parser._value_mark,
    "(": Parser._parenthesis,
    "[": Parser._bracket,
    "]": Parser._open_bracket,
    "{": Parser._context,
    "if": Parser._if,
    "for": Parser._for,
    "some": Parser._quantified,
    "every": Parser._quantified,
    "function": Parser._definition,
}

"""Compiled expressions and tests: the public face of the language, with its caches."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from engine.errors import ExpressionRefused
from engine.feel.analysis import free_names, weight
from engine.feel.budget import NO_HOST, Budget
from engine.feel.compile import compile_node, tests_code
from engine.feel.library import FUNCTIONS
from engine.feel.parser import Parser
from engine.feel.properties import NAMES as PROPERTY_NAMES
from engine.feel.values import Frame
from engine.feel.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.feel import nodes

_LANGUAGE = Vocabulary([*FUNCTIONS, *PROPERTY_NAMES, "years and months duration", "days and time duration"])


class _Compiled:
    """What expressions and tests share: running a closure under a budget, and saying which source went over it."""

    __slots__ = ("_code", "_weight", "names", "source")

    def __init__(self, source: str, code: Callable[[Any, Budget], Any], names: frozenset[str], cost: int) -> None:
        self.source = source
        self.names = names
        self._code = code
        self._weight = cost

    def _run(self, scope: Mapping[str, Any], host: Mapping[str, Callable[..., object]], budget: Budget | None) -> Any:
        meter = Budget() if budget is None else budget
        outer, meter.host = meter.host, host
        try:
            meter.spend(self._weight)
            return self._code(scope, meter)
        except ExpressionRefused as refused:
            refused.facts.setdefault("source", self.source)
            raise
        except RecursionError:
            raise ExpressionRefused(reason="budget", limit="depth", source=self.source) from None
        finally:
            meter.host = outer


class Expression(_Compiled):
    """One FEEL expression, ready to run as often as wanted, from any thread.

    `names` are the free variables that it reads: roots only, without functions; a filter's own properties are among
    them, because only a value can tell them apart.
    """

    __slots__ = ()

    def evaluate(
        self,
        scope: Mapping[str, object],
        host: Mapping[str, Callable[..., object]] = NO_HOST,
        budget: Budget | None = None,
    ) -> Any:
        """Give the value. Unknown names are null. Raises: ExpressionRefused(reason="budget" | "unknown-function" |
        "arguments").
        """
        return self._run(scope, host, budget)


class Tests(_Compiled):
    """The unary tests of one decision table cell."""

    __slots__ = ("always",)
    always: bool
    __test__ = False  # pytest collects classes of this name

    def matches(
        self,
        value: object,
        scope: Mapping[str, object],
        host: Mapping[str, Callable[..., object]] = NO_HOST,
        budget: Budget | None = None,
    ) -> bool:
        """Say whether the value, `?` in the tests, satisfies them; null does not. Raises as Expression.evaluate."""
        return self.always or self._run(Frame({"?": value}, scope), host, budget) is True

    def holds(self, frame: Frame, budget: Budget) -> bool:
        """Say the same for a frame that holds the value as `?`; the caller has set the budget's host and checks its
        steps.
        """
        budget.steps -= self._weight
        return self.always or self._code(frame, budget) is True


def _parser(source: str, names: frozenset[str]) -> Parser:
    if not names:
        return Parser(source, _LANGUAGE)
    words = _LANGUAGE.nested()
    for name in names:
        words.add(name)
    return Parser(source, words)


@lru_cache(maxsize=4096)
def compile_expression(source: str, names: frozenset[str] = frozenset()) -> Expression:
    """Give the compiled expression; `names` are the known variables, needed for those with spaces or signs.

    Raises: ExpressionRefused(reason, line, column, source, found, expected, near).
    """
    parser = _parser(source, names)
    tree = _guarded(parser, parser.expression)
    return Expression(source, compile_node(tree), frozenset(free_names(tree) - {"?"}), weight(tree))


@lru_cache(maxsize=8192)
def compile_tests(source: str, names: frozenset[str] = frozenset()) -> Tests:
    """Give the compiled unary tests of a cell; an empty cell and `-` hold for every value. Raises as
    compile_expression.
    """
    parser = _parser(source, names)
    tree: nodes.UnaryTests = _guarded(parser, parser.unary_tests)
    tests = Tests(source, tests_code(tree), frozenset(free_names(tree.tests) - {"?"}), weight(tree.tests))
    tests.always = not tree.tests
    return tests


def _guarded(parser: Parser, parse: Callable[[], Any]) -> Any:
    tree = parse()
    parser.finish()
    return tree

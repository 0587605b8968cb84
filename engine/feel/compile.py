"""The tree to closures. A closure takes (scope, budget) and gives the value; nothing of the tree is left when it runs.

No eval, no exec, no attribute of a Python object by a name from the source. Loops, calls and list operations pay the
budget by the weight of what they repeat; the rest runs at most once per node and the source is bounded, so it pays
nothing.
"""

from __future__ import annotations

from decimal import Decimal
from operator import ge, gt, le, lt
from typing import TYPE_CHECKING, Any

from engine.feel import nodes as n
from engine.feel.analysis import free_names, weight
from engine.feel.arithmetic import minus, negated, over, plus, power, times
from engine.feel.compare import equal, member, ordered
from engine.feel.invoke import calling, found_outside
from engine.feel.kinds import is_instance
from engine.feel.loops import filtering, looping, quantifying
from engine.feel.properties import reach
from engine.feel.values import Frame, Function, Range, number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.feel.budget import Budget

    Code = Callable[[Mapping[str, Any], Budget], Any]


def compile_node(node: n.Node) -> Code:
    """Give the closure of a node."""
    make: Callable[[Any], Code] = _MAKERS[type(node)]
    return make(node)


def constant(value: Any) -> Code:
    """Give a closure that gives a value."""
    return lambda _scope, _budget: value


def _literal(node: n.Literal) -> Code:
    return constant(node.value)


def _name(node: n.Name) -> Code:
    name = node.name

    def read(scope: Mapping[str, Any], budget: Budget) -> Any:
        try:
            value = scope[name]
        except KeyError:
            return found_outside(name, budget)
        return value if type(value) is not float else Decimal(repr(value))

    return read


# -- logic


def _chain(node: n.Chain) -> Code:
    if node.rest[0][0] in {"and", "or"}:
        decides = node.rest[0][0] == "or"
        return _logic(decides, [compile_node(node.first), *(compile_node(part) for _, part in node.rest)])
    return _arithmetic(node)


def _logic(decides: bool, parts: list[Code]) -> Code:  # noqa: FBT001  # true decides an or, false an and
    if len(parts) == 2:
        return _logic_of_two(decides, *parts)

    def decide(scope: Mapping[str, Any], budget: Budget) -> Any:
        sure = True
        for part in parts:
            value = part(scope, budget)
            if value is decides:
                return decides
            sure = sure and value is (not decides)
        return (not decides) if sure else None

    return decide


def _logic_of_two(decides: bool, left: Code, right: Code) -> Code:  # noqa: FBT001  # true decides an or, false an and
    other = not decides

    def decide(scope: Mapping[str, Any], budget: Budget) -> Any:
        first = left(scope, budget)
        if first is decides:
            return decides
        second = right(scope, budget)
        if second is decides:
            return decides
        return other if first is other and second is other else None

    return decide


def _if(node: n.If) -> Code:
    condition, then, otherwise = compile_node(node.condition), compile_node(node.then), compile_node(node.otherwise)
    return lambda scope, budget: (then if condition(scope, budget) is True else otherwise)(scope, budget)


# -- comparison

_ORDER = {"<": lt, "<=": le, ">": gt, ">=": ge}


def _comparison(node: n.Comparison) -> Code:
    left = compile_node(node.left)
    if node.operator in _ORDER:
        return _ordering(_ORDER[node.operator], left, node.right)
    equality = _equality(left, node.right)
    return equality if node.operator == "=" else _opposite(equality)


def _ordering(operator: Callable[[Any, Any], bool], left: Code, right_node: n.Node) -> Code:
    right = compile_node(right_node)
    if isinstance(right_node, n.Literal) and type(right_node.value) is Decimal:
        return _ordering_to_number(operator, left, right_node.value)

    def compare(scope: Mapping[str, Any], budget: Budget) -> bool | None:
        return ordered(operator, left(scope, budget), right(scope, budget))

    return compare


def _ordering_to_number(operator: Callable[[Any, Any], bool], left: Code, fixed: Decimal) -> Code:
    # An int compares with an int several times faster than with a Decimal.
    whole = int(fixed) if fixed == fixed.to_integral_value() and fixed.adjusted() < 18 else fixed

    def compare(scope: Mapping[str, Any], budget: Budget) -> bool | None:
        value = left(scope, budget)
        if type(value) is int:
            return operator(value, whole)
        return ordered(operator, value, fixed)

    return compare


def _equality(left: Code, right_node: n.Node) -> Code:
    right = compile_node(right_node)
    if isinstance(right_node, n.Literal) and type(right_node.value) in {str, bool}:
        return _equality_to_literal(left, right_node.value)

    def compare(scope: Mapping[str, Any], budget: Budget) -> bool | None:
        return equal(left(scope, budget), right(scope, budget), budget)

    return compare


def _equality_to_literal(left: Code, fixed: str | bool) -> Code:  # noqa: FBT001  # the literal to compare with
    kind = type(fixed)

    def compare(scope: Mapping[str, Any], budget: Budget) -> bool | None:
        value = left(scope, budget)
        if type(value) is kind:
            return bool(value == fixed)
        return False if value is None else None

    return compare


def _opposite(code: Code) -> Code:
    def turn(scope: Mapping[str, Any], budget: Budget) -> bool | None:
        value = code(scope, budget)
        return None if value is None else not value

    return turn


def _between(node: n.Between) -> Code:
    value, low, high = compile_node(node.value), compile_node(node.low), compile_node(node.high)

    def compare(scope: Mapping[str, Any], budget: Budget) -> bool | None:
        tested = value(scope, budget)
        above, below = ordered(ge, tested, low(scope, budget)), ordered(le, tested, high(scope, budget))
        return None if above is None or below is None else above and below

    return compare


def _interval(node: n.Interval) -> Code:
    low = compile_node(node.low) if node.low is not None else constant(None)
    high = compile_node(node.high) if node.high is not None else constant(None)
    low_in, high_in = node.low_in, node.high_in
    half = node.low is None or node.high is None or node.low is node.high

    def make(scope: Mapping[str, Any], budget: Budget) -> Range | None:
        bottom, top = low(scope, budget), high(scope, budget)
        if not half and bottom is not None and top is not None and ordered(le, bottom, top) is None:
            return None
        if bottom is None and top is None:
            return None
        return Range(bottom, top, low_in, high_in, half)

    return make


def _differs(node: n.Differs) -> Code:
    """Stand-alone, outside of tests, `!= x` has no meaning as a value."""
    return compile_node(node.value)


# -- tests


def one_test(node: n.Node, value: Code) -> Code:
    """Give the closure of one unary test on what `value` gives."""
    if isinstance(node, n.Interval):
        return _interval_test(node, value)
    if isinstance(node, n.Differs):
        return _opposite(_equal_test(node.value, value))
    if "?" in free_names(node):
        return _predicate(node, value)
    if isinstance(node, n.Literal):
        return _equality(value, node)
    return _member_test(node, value)


def _interval_test(node: n.Interval, value: Code) -> Code:
    if node.low is None and node.high is not None:
        return _ordering(le if node.high_in else lt, value, node.high)
    if node.high is None and node.low is not None:
        return _ordering(ge if node.low_in else gt, value, node.low)
    return _member_test(node, value)


def _equal_test(node: n.Node, value: Code) -> Code:
    return _equality(value, node)


def _predicate(node: n.Node, value: Code) -> Code:
    code = compile_node(node)

    def holds(scope: Mapping[str, Any], budget: Budget) -> bool | None:
        tested = value(scope, budget)
        result = code(Frame({"?": tested}, scope), budget)
        return result if result is True or result is False else None

    return holds


def _member_test(node: n.Node, value: Code) -> Code:
    code = compile_node(node)

    def holds(scope: Mapping[str, Any], budget: Budget) -> bool | None:
        return member(value(scope, budget), code(scope, budget), budget)

    return holds


def _in(node: n.In) -> Code:
    value = compile_node(node.value)
    tests = [one_test(test, value) for test in node.tests]
    return tests[0] if len(tests) == 1 else _logic(True, tests)  # noqa: FBT003  # true decides an or


def _tested(scope: Mapping[str, Any], budget: Budget) -> Any:  # noqa: ARG001  # all closures have one shape
    return scope["?"]


def tests_code(tests: n.UnaryTests) -> Code:
    """Give the closure of a whole cell; it gives True, False or None for the value `?` of its scope."""
    codes = [one_test(test, _tested) for test in tests.tests]
    if not codes:
        return constant(True)  # noqa: FBT003  # a value
    any_of = codes[0] if len(codes) == 1 else _logic(True, codes)  # noqa: FBT003  # true decides an or
    return _opposite(any_of) if tests.negated else any_of


# -- arithmetic

_OPERATORS: dict[str, Callable[[Any, Any, Budget], Any]] = {
    "+": plus,
    "-": minus,
    "*": times,
    "/": over,
    "**": power,
}


def _arithmetic(node: n.Chain) -> Code:
    first = compile_node(node.first)
    rest = [(_OPERATORS[operator], compile_node(part)) for operator, part in node.rest]
    if len(rest) == 1:
        return _arithmetic_of_two(rest[0][0], first, rest[0][1])

    def compute(scope: Mapping[str, Any], budget: Budget) -> Any:
        value = first(scope, budget)
        for work, part in rest:
            value = work(value, part(scope, budget), budget)
        return value

    return compute


def _arithmetic_of_two(work: Callable[[Any, Any, Budget], Any], left: Code, right: Code) -> Code:
    return lambda scope, budget: work(left(scope, budget), right(scope, budget), budget)


def _negation(node: n.Negation) -> Code:
    if isinstance(node.operand, n.Literal) and number(node.operand.value) is not None:
        return constant(negated(node.operand.value))
    operand = compile_node(node.operand)
    return lambda scope, budget: negated(operand(scope, budget))


# -- structure


def _path(node: n.Path) -> Code:
    source, name = compile_node(node.source), node.name

    def read(scope: Mapping[str, Any], budget: Budget) -> Any:
        value = source(scope, budget)
        return None if value is None else reach(value, name, budget)

    return read


def _list(node: n.ListOf) -> Code:
    codes = [compile_node(item) for item in node.items]
    return lambda scope, budget: [code(scope, budget) for code in codes]


def _context(node: n.ContextOf) -> Code:
    entries = [(name, compile_node(value)) for name, value in node.entries]

    def make(scope: Mapping[str, Any], budget: Budget) -> dict[str, Any]:
        frame = Frame({}, scope)
        for name, code in entries:
            frame[name] = code(frame, budget)
        return dict(frame)

    return make


def _definition(node: n.Definition) -> Code:
    params = tuple(name for name, _ in node.params)
    body, cost = compile_node(node.body), 1 + weight(node.body)
    return lambda scope, _budget: Function(params, body, scope, cost)


def _instance_of(node: n.InstanceOf) -> Code:
    value, kind = compile_node(node.value), node.type
    return lambda scope, budget: is_instance(value(scope, budget), kind, budget)


def _for(node: n.For) -> Code:
    turns = [(t.name, compile_node(t.domain), compile_node(t.until) if t.until else None) for t in node.turns]
    return looping(turns, compile_node(node.body), 1 + weight(node.body), keeps="partial" in free_names(node.body))


def _quantified(node: n.Quantified) -> Code:
    turns = [(t.name, compile_node(t.domain), compile_node(t.until) if t.until else None) for t in node.turns]
    return quantifying(turns, compile_node(node.body), 1 + weight(node.body), some=node.some)


def _filter(node: n.Filter) -> Code:
    return filtering(compile_node(node.source), compile_node(node.condition), 1 + weight(node.condition))


def _invocation(node: n.Invocation) -> Code:
    if isinstance(node.callee, n.Name) and node.callee.name == "is defined" and len(node.args) == 1:
        return _is_defined(node.args[0])
    args = [compile_node(arg) for arg in node.args]
    named = [(name, compile_node(arg)) for name, arg in node.named]
    callee = None if isinstance(node.callee, n.Name) else compile_node(node.callee)
    name = node.callee.name if isinstance(node.callee, n.Name) else ""
    return calling(name, callee, args, named)


def _is_defined(node: n.Node) -> Code:
    code = compile_node(node)
    if not isinstance(node, n.Name):
        return lambda scope, budget: code(scope, budget) is not None
    name = node.name

    def known(scope: Mapping[str, Any], budget: Budget) -> bool:  # noqa: ARG001  # all closures have one shape
        try:
            scope[name]
        except KeyError:
            return False
        return True

    return known


_MAKERS: dict[type, Callable[[Any], Code]] = {
    n.Literal: _literal,
    n.Name: _name,
    n.Chain: _chain,
    n.Negation: _negation,
    n.Comparison: _comparison,
    n.Between: _between,
    n.In: _in,
    n.Interval: _interval,
    n.Differs: _differs,
    n.If: _if,
    n.For: _for,
    n.Quantified: _quantified,
    n.Path: _path,
    n.Filter: _filter,
    n.ListOf: _list,
    n.ContextOf: _context,
    n.Invocation: _invocation,
    n.Definition: _definition,
    n.InstanceOf: _instance_of,
}

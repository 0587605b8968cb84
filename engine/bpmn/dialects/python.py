"""The Python of diagrams made for SpiffWorkflow, into FEEL: values, comparisons, logic, sums and choices.

It reads the text as a tree and never runs it. Calls, comprehensions and whatever else has no counterpart are refused.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from engine import feel
from engine.errors import ExpressionRefused

_SIGNS: Mapping[type, str] = {
    ast.Eq: "=", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Add: "+", ast.Sub: "-",
    ast.Mult: "*", ast.Div: "/", ast.And: " and ", ast.Or: " or ", ast.Is: "=", ast.IsNot: "!=",
}  # fmt: skip
_WORDS = {True: "true", False: "false", None: "null"}
_LONGEST = 4_000


def translate(source: str) -> str:
    """Return the FEEL of a Python expression. Raises: ExpressionRefused with reason `python` and `found`, the part."""
    try:
        said = _said(ast.parse(source.strip()[:_LONGEST], mode="eval").body, source)
        feel.compile_expression(said)
    except (SyntaxError, ValueError, RecursionError, MemoryError, ExpressionRefused) as broken:
        found = broken.facts.get("found") if isinstance(broken, ExpressionRefused) else source
        raise ExpressionRefused(reason="python", source=source[:500], found=str(found)[:200]) from broken
    return said


def _said(node: ast.expr, source: str) -> str:
    write = _WRITERS.get(type(node))
    said = write(node, source) if write is not None else None
    if said is None:
        part = ast.get_source_segment(source.strip(), node) or source
        raise ExpressionRefused(reason="python", source=source, found=part)
    return said


def _constant(node: Any, _source: str) -> str | None:
    value = node.value
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, int | float):
        return repr(value)
    return feel_text(value) if isinstance(value, str) else None


def feel_text(value: str) -> str:
    """Return a FEEL text literal."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _compared(node: Any, source: str) -> str | None:
    """`a < b < c` is both; `in` asks a list or a text, which FEEL asks otherwise."""
    terms = [_said(one, source) for one in (node.left, *node.comparators)]
    said = []
    for left, sign, right in zip(terms, node.ops, terms[1:], strict=False):
        if isinstance(sign, ast.In | ast.NotIn):
            asked = f"if {right} instance of string then contains({right}, {left})"
            found = f"({asked} else list contains({right}, {left}))"
            said.append(found if isinstance(sign, ast.In) else f"not({found})")
        else:
            said.append(f"{left} {_SIGNS[type(sign)]} {right}")
    return f"({' and '.join(said)})"


def _joined(node: Any, source: str) -> str | None:
    if isinstance(node, ast.BoolOp):
        return f"({_SIGNS[type(node.op)].join(_said(one, source) for one in node.values)})"
    sign = _SIGNS.get(type(node.op))
    return f"({_said(node.left, source)} {sign} {_said(node.right, source)})" if sign else None


def _unary(node: Any, source: str) -> str | None:
    if isinstance(node.op, ast.Not):
        return f"not({_said(node.operand, source)})"
    return f"(-{_said(node.operand, source)})" if isinstance(node.op, ast.USub) else None


def _chosen(node: Any, source: str) -> str:
    asked, held, other = (_said(one, source) for one in (node.test, node.body, node.orelse))
    return f"(if {asked} then {held} else {other})"


def _item(node: Any, source: str) -> str | None:
    owner, key = _said(node.value, source), getattr(node.slice, "value", None)
    if isinstance(key, int) and not isinstance(key, bool) and key >= 0:
        return f"{owner}[{key + 1}]"
    return f"get value({owner}, {feel_text(key)})" if isinstance(key, str) else None


def _call(node: Any, source: str) -> str | None:
    plain = isinstance(node.func, ast.Name) and len(node.args) == 1 and not node.keywords
    if plain and node.func.id == "len":
        one = _said(node.args[0], source)
        return f"(if {one} instance of string then string length({one}) else count({one}))"
    return None


_WRITERS: Mapping[type, Callable[[Any, str], str | None]] = {
    ast.Constant: _constant,
    ast.Name: lambda node, _: node.id,
    ast.Attribute: lambda node, source: f"{_said(node.value, source)}.{node.attr}",
    ast.Compare: _compared,
    ast.BoolOp: _joined,
    ast.BinOp: _joined,
    ast.UnaryOp: _unary,
    ast.IfExp: _chosen,
    ast.Subscript: _item,
    ast.Call: _call,
    ast.List: lambda node, source: f"[{', '.join(_said(one, source) for one in node.elts)}]",
}

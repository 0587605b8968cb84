"""What a function calls, by full name, itself or through its own module. Follows no call into another module."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping


def imported_names(tree: ast.Module) -> dict[str, str]:
    """Return {name in this module: its full name}, for all that the module imports at the top."""
    names: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Import):
            names |= {
                alias.asname or _top(alias.name): alias.name if alias.asname else _top(alias.name)
                for alias in node.names
            }
        if isinstance(node, ast.ImportFrom) and not node.level:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def calls_of(function: ast.FunctionDef, names: Mapping[str, str]) -> Iterator[str]:
    """Yield the full names of the functions that `function` calls or hands on, as far as its module's imports tell."""
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute | ast.Name):
            root, _, rest = ast.unparse(node).partition(".")
            full = ".".join(part for part in (names.get(root, ""), rest) if part) if root in names else ""
            if full and not full.rpartition(".")[2][:1].isupper():  # a class named in an annotation is not a call
                yield full


def reached(tree: ast.Module, start: ast.FunctionDef) -> list[ast.FunctionDef]:
    """Return `start` and every function of the same module that it calls, directly or through others."""
    own = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    found = {start.name: start}
    waiting = [start]
    while waiting:
        called = {node.id for node in ast.walk(waiting.pop()) if isinstance(node, ast.Name)}
        fresh = [own[name] for name in called & own.keys() - found.keys()]
        found |= {function.name: function for function in fresh}
        waiting += fresh
    return list(found.values())


def _top(name: str) -> str:
    return name.partition(".")[0]

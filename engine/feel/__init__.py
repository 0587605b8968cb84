"""FEEL, the expression language of DMN 1.5: text in, closures out; no eval, bounded, pure.

Must never read the clock, a file or a Python attribute: what an expression may know comes in as `scope` and `host`.
"""

from __future__ import annotations

from engine.feel.budget import NO_HOST, Budget
from engine.feel.expression import Expression, Tests, compile_expression, compile_tests
from engine.feel.jsonable import jsonable
from engine.feel.script import Script, script

__all__ = [
    "NO_HOST",
    "Budget",
    "Expression",
    "Script",
    "Tests",
    "compile_expression",
    "compile_tests",
    "jsonable",
    "script",
]

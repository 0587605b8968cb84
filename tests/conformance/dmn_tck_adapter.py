"""Lends our DMN to the runner of the DMN Technology Compatibility Kit, which is not part of this repository.

    python dmn_tck.py TestCases --adapter tests.conformance.dmn_tck_adapter:load

The kit asks for null where we refuse (no match, unknown function): a refusal is answered as null here, and only here.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from engine.dmn.model import read_all
from engine.errors import Refused
from engine.feel.temporal import iso, read_any
from engine.feel.values import Months


class Model:
    """One file of the kit; what we do not support yet answers null, so that the rest of its file still counts."""

    def __init__(self, path: str) -> None:
        decisions, self.findings = read_all(Path(path).read_bytes())
        self.decisions = {decision.name: decision for decision in decisions.values()}

    def evaluate(self, name: str, inputs: dict[str, Any]) -> Any:
        scope = {key: _taken(value) for key, value in inputs.items()}
        try:
            return _given(self.decisions[name].decide(scope, {"now": datetime.now, "today": date.today}).value)
        except Refused:
            return None


def _taken(value: Any) -> Any:
    if isinstance(value, list):
        return [_taken(item) for item in value]
    if isinstance(value, dict):
        return {key: _taken(item) for key, item in value.items()}
    return read_any(value.text) if hasattr(value, "text") else value


def _given(value: Any) -> Any:
    if isinstance(value, list):
        return [_given(item) for item in value]
    if isinstance(value, dict):
        return {key: _given(item) for key, item in value.items()}
    return iso(value) if isinstance(value, (date, time, timedelta, Months)) else value


def load(path: str) -> Model:
    return Model(path)

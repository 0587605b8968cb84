"""Both sides of one submission, field by field: form-js' verdicts as the browser gave them, ours beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from random import Random
from typing import Any

from engine.errors import AnswersRefused
from engine.forms.answers import check_answers
from engine.forms.components import Input
from engine.forms.sight import Run, dig, look
from engine.forms.view import view
from tests.browser.form_differences import Field
from tests.browser.form_draws import Submission
from tests.browser.form_writing import written
from web.forms import flat

HOST = {"hoje": lambda: date(2026, 11, 23)}


def fields_of(one: Submission, theirs: Mapping[str, Any], writing: Random) -> Iterator[Field]:
    """Yield every input of a submission, those of rows included, as both sides see it."""
    raw = written(one.form, one.answers, writing)
    ours = _Ours(one, raw, theirs["seen"])
    for path, component in one.inputs:
        verdict = theirs["fields"].get(path)
        yield Field(
            form=one.name,
            path=path,
            component=component,
            answer=one.at(path),
            held=verdict and verdict["held"],
            theirs="hidden" if verdict is None else "invalid" if verdict["wrong"] else "valid",
            ours=ours.verdict(path),
            faults=ours.faults.get(path, frozenset()),
            condition=ours.condition(component),
            sees_otherwise=ours.sees_otherwise(component),
            in_blank_row=one.in_blank_row(path),
        )


class _Ours:
    """Our side of one submission. `raw` is what was sent; `seen` is what conditions look at on the other side."""

    def __init__(self, one: Submission, raw: Mapping[str, object], seen: Mapping[str, object]) -> None:
        self.form, self.seen = one.form, seen
        self.scope = look(one.form.level, raw, one.context, Run(HOST)).scope
        self.shown = {each.path for each in flat(view(one.form, raw, one.context, HOST)) if each.path}
        self.faults = _faults(one, raw)
        strange = self.faults.keys() - {path for path, _ in one.inputs}
        assert not strange, f"{one.name}: {strange}"

    def verdict(self, path: str) -> str:
        if path not in self.shown:
            return "hidden"
        return "invalid" if path in self.faults else "valid"

    def condition(self, component: Input) -> object:
        return None if component.hide is None else component.hide.evaluate(self.scope, HOST)

    def sees_otherwise(self, component: Input) -> bool:
        """Say whether the field's condition looks at an answer that the two sides hold in different ways."""
        names = component.hide.names if component.hide else ()
        paths = [slot.path for slot in self.form.level.slots if slot.path[0] in names]
        return any(_otherwise(dig(self.scope, path), dig(self.seen, path)) for path in paths)


def _otherwise(here: object, there: object) -> bool:
    """Say whether one side has none, or both have texts that differ: two numbers that differ stay a finding."""
    if (here is None) != (there is None) or _is_empty(here) != _is_empty(there):
        return True
    return isinstance(here, str) and isinstance(there, str) and here != there


def _is_empty(value: object) -> bool:
    return value is None or value is False or value in ("", [])


def _faults(one: Submission, raw: Mapping[str, object]) -> dict[str, frozenset[str]]:
    try:
        check_answers(one.form, raw, one.context, HOST)
    except AnswersRefused as refused:
        errors = refused.facts["errors"]
        assert isinstance(errors, dict)
        return {path: frozenset(map(_code, faults)) for path, faults in errors.items()}
    return {}


def _code(fault: object) -> str:
    return str(fault["code"] if isinstance(fault, dict) else fault)

"""What a drawing leaves to the data: options from a list or an expression, accepted files, and the present day.

It never decides whether an answer holds: it says what the answer is to be held against.
"""

from __future__ import annotations

from datetime import date

from engine.feel import Expression
from engine.forms.components import Choice, FilePicker, Option
from engine.forms.parts import read_accept
from engine.forms.sight import Run, Sight, options_in


def options_of(component: Choice, sight: Sight, run: Run) -> tuple[Option, ...]:
    """Return the options to choose from in a scope as it shows now."""
    return options_in(component, sight.scope, run)


def accepted(component: FilePicker, sight: Sight, run: Run) -> tuple[tuple[str, ...], bool]:
    """Return the extensions and mime patterns accepted now (none: all), and whether several files are."""
    accept, multiple = component.accept, component.multiple
    if isinstance(accept, Expression):
        found = run.value(accept, sight.scope, component.id)
        accept = read_accept(found) if isinstance(found, str) else ()
    if isinstance(multiple, Expression):
        multiple = run.value(multiple, sight.scope, component.id) is True
    return accept, multiple


def today(run: Run) -> str:
    """Return the present day as ISO text, by the host's `hoje`. Raises: KeyError when the host has none."""
    day = run.host["hoje"]()
    assert isinstance(day, date)
    return day.isoformat()[:10]

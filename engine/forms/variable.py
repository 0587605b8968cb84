"""What a drawing leaves to the data: options from a list or an expression, accepted files, and the present day.

It never decides whether an answer holds: it says what the answer is to be held against.
"""

from __future__ import annotations

from datetime import date

from engine.feel import Expression
from engine.forms.components import Choice, FilePicker, Option
from engine.forms.parts import read_accept, read_option
from engine.forms.sight import Run, Sight, dig

_OPTION_LIMIT = 2_000


def options_of(component: Choice, sight: Sight, run: Run) -> tuple[Option, ...]:
    """Return the options to choose from now; what in the data is neither a scalar nor {label, value} is left out."""
    if component.options is not None:
        return component.options
    if component.options_from is not None:
        found = run.value(component.options_from, sight.scope, component.id)
    else:
        found = dig(sight.scope, component.options_at)
    given = found[:_OPTION_LIMIT] if isinstance(found, list | tuple) else []
    return tuple(option for one in given if (option := read_option(one)) is not None)


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

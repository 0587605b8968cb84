"""The built-in functions of DMN 1.5, by subject. Each is a pure function of a budget and checked arguments.

`now` and `today` are not here: the moment comes from the caller, as a host function.
"""

from __future__ import annotations

from engine.feel.library.contexts import CONTEXTS
from engine.feel.library.intervals import INTERVALS
from engine.feel.library.lists import LISTS
from engine.feel.library.numeric import NUMERIC
from engine.feel.library.statistics import STATISTICS
from engine.feel.library.texts import TEXTS
from engine.feel.library.times import TIMES

FUNCTIONS = {
    name: function
    for library in (CONTEXTS, INTERVALS, LISTS, NUMERIC, STATISTICS, TEXTS, TIMES)
    for name, function in library.functions.items()
}

__all__ = ["FUNCTIONS"]

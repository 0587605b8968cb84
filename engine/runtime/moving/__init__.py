"""Carries an open case to another version of its procedure, as text: the library's own diff loses what people see.

`plan` says whether a case goes, stays or needs a choice, and why; `apply` gives the run in the new version. Tasks keep
their ids, timers their instants, messages their keys; what is new begins to wait with the move. It never guesses: what
it cannot place is a reason to stay.
"""

from engine.runtime.moving.carry import apply, foreseen_due
from engine.runtime.moving.identity import Choices
from engine.runtime.moving.plan import Plan, Reason, plan

__all__ = ["Choices", "Plan", "Reason", "apply", "foreseen_due", "plan"]

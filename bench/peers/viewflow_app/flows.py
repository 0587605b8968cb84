"""Five tasks of people, a decision after the third."""

from __future__ import annotations

from typing import Any

from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.models import Process


def _never_shown(_request: Any) -> None:
    """Stand for a page: completions come from the program."""


class Five(flow.Flow):  # type: ignore[misc]  # a peer: not typed for us
    """The case of five tasks."""

    process_class = Process
    start = flow.StartHandle(this.begin).Next(this.t1)
    t1 = flow.View(_never_shown).Next(this.t2)
    t2 = flow.View(_never_shown).Next(this.t3)
    t3 = flow.View(_never_shown).Next(this.g)
    g = flow.If(lambda activation: activation.process.data["valor"] > 10).Then(this.t4).Else(this.end)
    t4 = flow.View(_never_shown).Next(this.t5)
    t5 = flow.View(_never_shown).Next(this.end)
    end = flow.End()

    def begin(self, activation: Any) -> Any:
        activation.process.data = {"valor": 42}
        return activation.process

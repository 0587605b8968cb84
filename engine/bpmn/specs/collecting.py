"""Nodes that hold tokens until there are enough: complex gateways, and activities that wait for or give several.

A token that waits is a task of the node that has STARTED; it is consumed by being cancelled. Nothing else is kept, so
what waits is saved, pruned and cancelled as any task is.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.specs.MultiChoice import MultiChoice
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.normal import ALWAYS
from engine.bpmn.specs.joins import ACTIVE, reach

RESETS = "from"  # in what waits for a complex gateway to reset: the inputs whose tokens it has consumed
STATE = "gate"  # what the conditions of a complex gateway see of it


class _Holding(BpmnSpecMixin):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """What follows is only known when enough tokens have come: nothing is predicted before."""

    def _predict_hook(self, my_task: Any) -> None:
        """Predict nothing."""

    def _held(self, my_task: Any) -> list[Any]:
        """Return the other tokens that have come here, oldest first, also those that nobody has looked at yet."""
        come = TaskState.STARTED | TaskState.READY
        return [
            task
            for task in my_task.workflow.tasks.values()
            if task.task_spec is self
            and task is not my_task
            and task.has_state(come)
            and RESETS not in task.internal_data
        ]

    def _follow(self, my_task: Any, outputs: list[Any]) -> bool:
        my_task._sync_children(outputs, TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        return True


class Collector(_Holding):
    """Stands before an activity with a start quantity: lets one token pass for every so many. Source: §10.3.1."""

    def _run_hook(self, my_task: Any) -> bool | None:
        wanted = my_task.workflow.script_engine.quantities(self.stands_for)[0]
        held = self._held(my_task)
        if len(held) + 1 < wanted:
            return None
        for token in held[: wanted - 1]:
            token.cancel()
        return self._follow(my_task, self.outputs)


class Producer(_Holding):
    """Stands behind an activity with a completion quantity: makes so many tokens of one. Source: §10.3.1."""

    def _run_hook(self, my_task: Any) -> bool:
        return self._follow(my_task, self.outputs * my_task.workflow.script_engine.quantities(self.stands_for)[1])


class ComplexGateway(_Holding, MultiChoice):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """Waits for its activation condition, then for what may still come, and begins anew.

    Source: BPMN 2.0.2, §13.4.5 and Table 13.4. Having fired, it leaves a task that waits for the reset. A flow without
    a condition is taken when it fires and not when it resets.
    """

    def _update_hook(self, my_task: Any) -> bool:
        return self._may_reset(my_task) if RESETS in my_task.internal_data else bool(super()._update_hook(my_task))

    def _run_hook(self, my_task: Any) -> bool | None:
        if RESETS in my_task.internal_data:
            return self._reset(my_task)
        waiting = self._waiting_for_reset(my_task)
        if waiting is not None:
            my_task._set_state(TaskState.STARTED)  # now it counts among those that have come
            self._update(waiting)
            return None
        return self._start(my_task)

    def _start(self, my_task: Any) -> bool | None:
        tokens = self._by_input([*self._held(my_task), my_task])
        self._show(my_task, tokens, starts=True)
        try:
            if not my_task.workflow.script_engine.activated(my_task):
                return None
            chosen = self._chosen(my_task, starts=True)
        finally:
            del my_task.internal_data[STATE]
        if not chosen:
            raise WorkflowException("No conditions satisfied on gateway", task_spec=self)
        for source, held in tokens.items():
            if source != my_task.parent.task_spec.name:
                held[0].cancel()
        if len(self._inputs) > 1:
            waits = my_task.parent._add_child(self, TaskState.WAITING)
            waits.triggered = True
            waits.internal_data[RESETS] = sorted(tokens)
        return self._follow(my_task, chosen)

    def _reset(self, my_task: Any) -> bool:
        held = self._held(my_task)
        late = {name: some for name, some in self._by_input(held).items() if name not in my_task.internal_data[RESETS]}
        self._show(my_task, late, starts=False)
        try:
            chosen = self._chosen(my_task, starts=False) if late else []  # of no token none is made
        finally:
            del my_task.internal_data[STATE]
        consumed = [some[0] for some in late.values()]
        for token in consumed:
            token.cancel()
        left = [token for token in held if token not in consumed]
        if left:  # tokens that came again on a way that had been consumed: they may start it anew
            left[0]._set_state(TaskState.READY)
        return self._follow(my_task, chosen)

    def _may_reset(self, my_task: Any) -> bool:
        """Whether no token can come any more on an input that has brought none, by the rule of inclusive joins."""
        full = {*my_task.internal_data[RESETS], *self._by_input(self._held(my_task))}
        for task in my_task.workflow.tasks.values():
            if task.task_spec is not self and task.has_state(ACTIVE):
                reached = reach(self._wf_spec, [task.task_spec.name], self.name) & set(self._inputs)
                if reached - full and not reached & full:
                    return False
        return True

    def _waiting_for_reset(self, my_task: Any) -> Any:
        tasks = my_task.workflow.tasks.values()
        live = TaskState.WAITING | TaskState.READY | TaskState.ERROR
        return next(
            (one for one in tasks if one.task_spec is self and RESETS in one.internal_data and one.has_state(live)),
            None,
        )

    def _by_input(self, tokens: list[Any]) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for token in tokens:
            found.setdefault(token.parent.task_spec.name, []).append(token)
        return found

    def _show(self, my_task: Any, tokens: dict[str, list[Any]], *, starts: bool) -> None:
        my_task.internal_data[STATE] = {
            "waitingForStart": starts,
            "activationCount": sum(len(some) for some in tokens.values()),
        }

    def _chosen(self, my_task: Any, *, starts: bool) -> list[Any]:
        """Return the outputs whose conditions hold, else the default one. Source: Table 13.4."""
        found, default = [], []
        for condition, name in self.cond_task_specs:
            if condition is None:
                default.append(self._wf_spec.task_specs[name])
            elif condition.args[0] == ALWAYS:
                found += [self._wf_spec.task_specs[name]] if starts else []
            elif condition._matches(my_task):
                found.append(self._wf_spec.task_specs[name])
        return found or default

"""Joins that wait for the tokens of their round, and the end of a scope. Nothing is predicted past a join."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.control import _EndJoin
from SpiffWorkflow.bpmn.specs.defaults import InclusiveGateway, ParallelGateway
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.util.task import TaskState

ACTIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED | TaskState.ERROR


def reach(spec: Any, starts: list[str], without: str) -> set[str]:
    """Names of the specs that a token at one of `starts` may come to without passing `without`."""
    seen: set[str] = set()
    ahead = list(starts)
    while ahead:
        name = ahead.pop()
        if name not in seen and name != without:
            seen.add(name)
            ahead.extend(spec.task_specs[name]._outputs)
    return seen


def last_firing(join: Any, task: Any) -> Any:
    """Return the nearest earlier firing of `join` above `task`, None in the first round."""
    above = task.parent
    while above is not None:
        if above.task_spec is join and above.state == TaskState.COMPLETED:
            return above
        above = above.parent
    return None


def _drop_other_firings(my_task: Any) -> None:
    """Drop what followed firings of the same join that do not lie above this one: a branch was begun anew since.

    The library does so too, and merges the data of tasks, which are never used, going into itself for each level.
    """
    above, kept = my_task.parent, {my_task.id}
    while above is not None:
        kept.add(above.id)
        above = above.parent
    tasks = my_task.workflow.tasks
    fired = [one for one in tasks.values() if one.task_spec is my_task.task_spec and one.state == TaskState.COMPLETED]
    for task in fired:
        if task.id not in kept and task.id in tasks:  # it may have gone with another
            task._drop_children(force=True)


class _NoPredictionPastJoin:
    """A join's outcome is unknown until it fires: predicting past it only multiplies tasks."""

    def _predict_hook(self, my_task: Any) -> None:
        if len(self._inputs) < 2 or my_task.has_state(TaskState.READY | TaskState.STARTED):  # type: ignore[attr-defined]  # a mixin for TaskSpec
            super()._predict_hook(my_task)  # type: ignore[misc]  # a mixin for TaskSpec

    def _on_ready_hook(self, my_task: Any) -> None:
        super()._on_ready_hook(my_task)  # type: ignore[misc]  # a mixin for TaskSpec
        if len(self._inputs) > 1:  # type: ignore[attr-defined]  # a mixin for TaskSpec
            self._predict(my_task, mask=TaskState.NOT_FINISHED_MASK)  # type: ignore[attr-defined]  # a mixin for TaskSpec

    def arrivals(self, my_task: Any) -> set[str]:
        """Return the names of the inputs that have brought a token in the round of `my_task`."""
        base = last_firing(self, my_task)
        return {
            task.parent.task_spec.name
            for task in my_task.workflow.tasks.values()
            if task.task_spec is self
            and task is not base
            and task.parent is not None
            and task.parent.state == TaskState.COMPLETED
            and last_firing(self, task) is base
        }


class RoundParallelGateway(_NoPredictionPastJoin, ParallelGateway):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A parallel gateway that waits, in each round of a loop, for every flow that can bring a token in that round."""

    def _run_hook(self, my_task: Any) -> bool:
        _drop_other_firings(my_task)
        return True

    def _check_threshold_unstructured(self, my_task: Any) -> bool:
        if len(self._inputs) < 2:
            return True
        return not (self.expected(last_firing(self, my_task)) - self.arrivals(my_task))

    def expected(self, last: Any) -> set[str]:
        """Return the inputs that the round after the firing `last` waits for; None is the first round."""
        rounds: tuple[set[str], set[str]] | None = self.__dict__.get("_rito_rounds")
        if rounds is None:
            rounds = self.__dict__["_rito_rounds"] = self.rounds()
        return rounds[0] if last is None else rounds[1]

    def rounds(self) -> tuple[set[str], set[str]]:
        """Return the inputs that can bring a token before the gateway has fired, and those that can again after it."""
        inputs = set(self._inputs)
        first = reach(self._wf_spec, [self._wf_spec.start.name], self.name)
        later = reach(self._wf_spec, list(self._outputs), self.name)
        return inputs & first or inputs, inputs & later


class RoundInclusiveGateway(_NoPredictionPastJoin, InclusiveGateway):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """An inclusive gateway with the standard's join rule, tokens counted per round. Source: BPMN 2.0.2 §13.4.3."""

    def _predict_hook(self, my_task: Any) -> None:
        if my_task.has_state(TaskState.COMPLETED):
            return  # its children are those whose conditions held
        super()._predict_hook(my_task)

    def _check_threshold_unstructured(self, my_task: Any) -> bool:
        if len(self._inputs) < 2:
            return True
        full = self.arrivals(my_task)
        for task in my_task.workflow.tasks.values():
            if task.task_spec is not self and task is not my_task and task.has_state(ACTIVE):
                reached = self._inputs_from(task.task_spec.name)
                if reached - full and not reached & full:
                    return False
        return True

    def _run_hook(self, my_task: Any) -> bool:
        _drop_other_firings(my_task)
        matches, defaults = self._get_matching_outputs(my_task)
        if not matches and not defaults:
            raise WorkflowException("No conditions satisfied on gateway", task_spec=self)
        my_task._sync_children(matches or defaults, TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        return True

    def _inputs_from(self, name: str) -> set[str]:
        known: dict[str, set[str]] = self.__dict__.setdefault("_rito_reach", {})
        if name not in known:
            known[name] = reach(self._wf_spec, [name], self.name) & set(self._inputs)
        return known[name]


class HoldingEndJoin(_EndJoin):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """The end of a scope, which does not end while something in it stands failed: an operator will retry that.

    The library looks for what is still open by going down the tree, and no deeper than a thousand tasks.
    """

    def _check_threshold_unstructured(self, my_task: Any) -> bool:
        live = TaskState.NOT_FINISHED_MASK | TaskState.ERROR
        last = {self.name, *self._outputs}
        return not any(
            task.has_state(live) and task.task_spec.name not in last for task in my_task.workflow.tasks.values()
        )

    def _run_hook(self, my_task: Any) -> bool:  # noqa: ARG002  the signature is SpiffWorkflow's
        return True  # the library would merge the data of tasks, which are never used, tree by tree

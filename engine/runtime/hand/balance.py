"""What parallel joins still wait for, and whether an act by hand leaves one waiting for ever or firing once too often.

A token is in the block of a join when it can come to some of the join's inputs but not to all that its round expects:
one that can come to all has still to be split. A join is under way when a token has come to it or is in its block; it
starves when an expected input has none and no token of the block can bring it. Source: BPMN 2.0.2 §13.4.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from SpiffWorkflow.util.task import TaskState

from engine.bpmn.specs.joins import RoundParallelGateway, last_firing, reach
from engine.runtime.hand.places import JOINS, tokens

Round = tuple[str, UUID | None]
Filled = list[tuple[str, list[str]]]


def starving(part: Any, new: Sequence[Any] = ()) -> dict[Round, set[str]]:
    """Return the inputs that no token can bring, by the join and round under way that waits for them.

    `new`: tasks of tokens that are about to begin.
    """
    return {
        (join.name, base.id if base is not None else None): missing
        for join in _parallel_joins(part.spec)
        for base, (come, coming) in _under_way(part, join, new).items()
        if (missing := join.expected(base) - come - coming)
    }


def under_way(part: Any) -> set[Round]:
    """Return the joins and rounds to which a token has come or is on its way."""
    return {
        (join.name, base.id if base is not None else None)
        for join in _parallel_joins(part.spec)
        for base in _under_way(part, join, ())
    }


def _parallel_joins(spec: Any) -> Iterator[Any]:
    return (one for one in spec.task_specs.values() if isinstance(one, RoundParallelGateway) and len(one._inputs) > 1)


def _under_way(part: Any, join: Any, new: Sequence[Any]) -> dict[Any, tuple[set[str], set[str]]]:
    """Return by round what has come to a join and what tokens in its block may bring."""
    rounds: dict[Any, tuple[set[str], set[str]]] = {}
    for task in arrivals(part, join):
        rounds.setdefault(last_firing(join, task), (set(), set()))[0].add(task.parent.task_spec.name)
    for task in [*tokens(part), *new]:
        base, brought = last_firing(join, task), _brings(task, join)
        if brought and brought & join.expected(base) != join.expected(base):
            rounds.setdefault(base, (set(), set()))[1].update(brought)
    return rounds


def arrivals(part: Any, join: Any) -> list[Any]:
    """Return the tasks that record a token which has come to a join and is not consumed yet."""
    come = [
        task
        for task in part.tasks.values()
        if task.task_spec is join
        and task.state in (TaskState.WAITING, TaskState.CANCELLED)
        and task.parent.state == TaskState.COMPLETED
    ]
    fired = {
        last_firing(join, task)
        for task in part.tasks.values()
        if task.task_spec is join and task.state == TaskState.COMPLETED
    }
    return [task for task in come if last_firing(join, task) not in fired]


def inputs_from(join: Any, name: str) -> set[str]:
    """Return the inputs of a join to which a token at a node may bring itself, not passing the join."""
    return reach(join._wf_spec, [name], join.name) & set(join._inputs)


def fired_above(task: Any) -> set[str]:
    """Return the joins of the part of `task` that have fired on its way."""
    return {join.name for join in _parallel_joins(task.workflow.spec) if last_firing(join, task) is not None}


def under(task: Any, entry: Any) -> Any:
    """Return where under the finished `task` a token for `entry` may hang so that every join still sees its round.

    A join that has fired above, and to which the token comes otherwise than through a loop, must count it in the round
    before that firing: the place is then above it.
    """
    place, above = task, task
    while above is not None:
        join = above.task_spec
        if isinstance(join, RoundParallelGateway) and len(join._inputs) > 1:
            brought = inputs_from(join, entry.name)
            if brought and not brought <= join.expected(above):
                place = above.parent
        above = above.parent
    return place


def comes_twice(part: Any, new: Any) -> str | None:
    """Return the join to which a new token would bring what another token has brought or will bring, if any.

    Two tokens may come to one input when an earlier join makes one of them.
    """
    joins = [one for one in part.spec.task_specs.values() if isinstance(one, JOINS) and len(one._inputs) > 1]
    standing = [*tokens(part), *(task for join in joins for task in arrivals(part, join))]
    for join in joins:
        for other in standing:
            if other is not new and _both(join, new, other) and not _merged(joins, join, new, other):
                return str(join.name)
    return None


def has_fired(part: Any, new: Any) -> str | None:
    """Return the join ahead of a new token that has fired in the token's own round, for tokens that still go on."""
    fired = [
        task
        for task in part.tasks.values()
        if isinstance(task.task_spec, JOINS)
        and task.state == TaskState.COMPLETED
        and len(task.task_spec._inputs) > 1
        and _brings(new, task.task_spec)
        and last_firing(task.task_spec, task) is last_firing(task.task_spec, new)
    ]
    return str(fired[0].task_spec.name) if fired else None


def _both(join: Any, new: Any, other: Any) -> set[str]:
    return _brings(new, join) & _brings(other, join)


def _merged(joins: list[Any], before: Any, new: Any, other: Any) -> bool:
    """Whether another join makes one token of two on their way to `before`."""
    for join in joins:
        ways = _brings(new, join), _brings(other, join)
        if join is not before and all(ways) and not ways[0] & ways[1] and inputs_from(before, join.name):
            return True
    return False


def _brings(task: Any, join: Any) -> set[str]:
    """Return the inputs of a join that the token of `task` may come to, or has come to."""
    if task.task_spec is join:
        return {task.parent.task_spec.name}
    return inputs_from(join, task.task_spec.name)


def fill(part: Any, under_task: Any, missing: Mapping[Round, set[str]]) -> Filled:
    """Enter that what a join waits for has come: it had, in the round that is done again in part. Return what."""
    told: Filled = []
    for (join, _), inputs in missing.items():
        for name in sorted(inputs):
            brought = under_task._add_child(part.spec.task_specs[name], TaskState.COMPLETED)
            brought._add_child(part.spec.task_specs[join], TaskState.CANCELLED)
        told.append((join, sorted(inputs)))
    return told

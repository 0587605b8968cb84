"""The operator's hand on a running case: elements passed over, tokens moved, cases ended and taken up again.

Every move leaves the tree such that joins still see their rounds: what would let one wait for ever, or fire once too
often, is refused. Each function ends at rest, as after any step. It asks for no rights and keeps no record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.drawing import Element
from engine.bpmn.notes import NOTHING
from engine.bpmn.specs import drawn_id
from engine.errors import HandRefused
from engine.runtime import state
from engine.runtime.effects import Trace
from engine.runtime.hand import balance, places
from engine.runtime.hand.balance import Filled
from engine.runtime.hand.later import later
from engine.runtime.hand.places import CHOICES, JOINS, Place
from engine.runtime.run import Run


@dataclass(frozen=True)
class _Ground:
    """On what a token is put: what was taken away for it, what starved before, and whether a join had fired.

    What was taken tells in which round of its joins the token belongs.
    """

    taken: Sequence[Any] = ()
    before: Mapping[str, Mapping[Any, set[str]]] = field(default_factory=dict)
    fired: Callable[[Any, str], bool] = lambda _part, _join: False


_CORRECTION = Element(id="", kind="correction", name="", note=NOTHING, lane=None, scope=None)


def correct(run: Run, path: tuple[str, ...], value: Any) -> None:
    """Set one value of the case's document."""
    run.document.stand([])
    run.document.write(path, value)
    run.trace(Trace(_CORRECTION, UUID(int=0), run.document.take_changes(), state="corrected"))
    run.settle()


def skip(run: Run, task_id: UUID, outputs: Mapping[str, Any]) -> None:
    """Pass an open or failed element without doing it; `outputs` go into the case's document.

    Raises: HandRefused when nothing stands there, or when a way on has to be chosen (then the token is moved).
    """
    task = places.find_token(run.workflow, task_id)
    if isinstance(task.task_spec, CHOICES):
        raise HandRefused(reason="choose-a-way", element=drawn_id(task.task_spec))
    run.scripts.stand(task)
    run.document.answer(outputs)
    inside = run.workflow.subprocesses.get(task.id)
    if inside is not None:
        inside.cancel()
    task._set_state(TaskState.READY)
    task.workflow.top_workflow.event_manager.remove_task(task)
    task.task_spec._predict(task, mask=TaskState.NOT_FINISHED_MASK)
    task.complete()
    element = run.blueprint.elements.get(drawn_id(task.task_spec) or "")
    if element is not None:
        run.trace(Trace(element, task.id, run.document.take_changes(), state="skipped"))
    run.settle()


def cancel(run: Run, task_id: UUID) -> None:
    """Take a token away. Raises: HandRefused when a join would wait for it, or nothing else moves its scope."""
    task = places.find_token(run.workflow, task_id)
    places.require_plain(task)
    part = task.workflow
    before = balance.starving(part)
    _take_away(run, task)
    part.update_waiting_tasks()
    if not part.completed and not any(task.has_state(TaskState.NOT_FINISHED_MASK) for task in part.tasks.values()):
        raise HandRefused(reason="last-token", element=drawn_id(task.task_spec))
    _refuse_starving(part, before)
    run.settle()


def add(run: Run, element: str, where: str) -> Filled:
    """Put one more token before or after an element, into the scope around it when that is open.

    Raises: HandRefused, also when the scope is not open.
    """
    place = places.place_of(run.blueprint, element, where)
    part = places.part_within(run.workflow, place.spec, None)
    if part is None:
        raise HandRefused(reason="scope-not-open", element=element)
    beside = [one for one in places.tokens(part) if not places.is_armed(one)][:1]
    return _put(run, place, where, _Ground(beside, _balances(run)))


def move(run: Run, task_id: UUID, element: str, where: str) -> Filled:
    """Take a token away and put one before or after an element; return the joins that will not wait again, for what.

    A sub-process that the token leaves empty is left with it. Raises: HandRefused.
    """
    place = places.place_of(run.blueprint, element, where)
    task = _leaving(run, places.find_token(run.workflow, task_id), place.spec)
    places.require_plain(task)
    fired = balance.fired_above(task)
    ground = _Ground([task], _balances(run), lambda part, join: part is task.workflow and join in fired)
    _take_away(run, task)
    return _put(run, place, where, ground)


def restart(run: Run, element: str, done: Mapping[str, int]) -> Filled:
    """Take back all that came of an element that was done, and put a token before it again.

    `done`: the number of the last step at which each element was done. Returns the joins that will not wait again, and
    for what. Raises: HandRefused when it was not done, or nothing is there that came of it.
    """
    if element not in done:
        raise HandRefused(reason="not-done", element=element)
    if element not in run.blueprint.drawing.elements:
        raise HandRefused(reason="in-a-called-process", element=element)
    place = places.place_of(run.blueprint, element, "before")
    came = later(run.blueprint.drawing, element, done)
    standing = {drawn_id(one.task_spec) for part in places.live_parts(run.workflow) for one in places.tokens(part)}
    if element in standing:
        raise HandRefused(reason="already-there", element=element)
    balances = _balances(run)
    taken = _take_back(run, came | {element})
    if not taken:
        raise HandRefused(reason="nothing-came-of-it", element=element)

    def fired(part: Any, join: str) -> bool:
        return done.get(_drawn(part, join), 0) > done[element]

    return _put(run, place, "before", _Ground(taken, balances, fired))


def end(run: Run, outcome: str | None) -> None:
    """End a case where it stands: everything open in it is taken away."""
    run.notes["outcome"] = outcome
    run.workflow.cancel()
    run.workflow = _bare(run)
    run.workflow.completed = True


def reopen(run: Run, element: str, where: str) -> Filled:
    """Take up an ended case with one token before or after an element. Raises: HandRefused when it has not ended."""
    if not run.workflow.completed:
        raise HandRefused(reason="not-ended", element=element)
    place = places.place_of(run.blueprint, element, where)
    run.notes.pop("outcome", None)
    run.workflow = _bare(run)
    return _put(run, place, where, _Ground(fired=lambda _part, _join: True))


# -- taking away ------------------------------------------------------------------------------------------------------


def _balances(run: Run) -> dict[str, dict[Any, set[str]]]:
    return {part.spec.name: balance.starving(part) for part in places.live_parts(run.workflow)}


def _take_away(run: Run, task: Any) -> None:
    """Cancel a token with what is armed beside it and all that is open inside it."""
    run.scripts.begin_anew(task, drawn_id(task.task_spec))
    beside = task.parent.children if isinstance(task.parent.task_spec, BoundaryEventSplit) else []
    for other in beside:
        if isinstance(other.task_spec, BoundaryEvent) and other.has_state(TaskState.NOT_FINISHED_MASK):
            other.cancel()
    if task.state == TaskState.ERROR:
        task._set_state(TaskState.READY)
    task.cancel()


def _leaving(run: Run, task: Any, to: Any) -> Any:
    """Return the token to take away when `task` goes to a place in `to`: the outermost that it alone keeps open."""
    around = {id(to)}
    place = places.host_of(run.blueprint, to)
    while place is not None:
        around.add(id(place.spec))
        place = places.host_of(run.blueprint, place.spec)
    while id(task.workflow.spec) not in around:
        places.require_plain(task)
        if [one for one in places.tokens(task.workflow) if one is not task and not places.is_armed(one)]:
            break
        task = places.host_task(task.workflow)
    return task


def _take_back(run: Run, came: set[str]) -> list[Any]:
    """Take away every token and every arrival at a join that stands at one of these elements; return what was there."""
    taken: list[Any] = []
    for part in places.live_parts(run.workflow):
        if part.completed:  # with the sub-process around it, just now
            continue
        for task in places.tokens(part):
            stands = task.id in part.tasks and task.has_state(places.OPEN) and not places.is_armed(task)
            if stands and drawn_id(task.task_spec) in came:
                places.require_plain(task)
                _take_away(run, task)
                taken.append(task)
        taken += _uncounted(part, came)
    return taken


def _uncounted(part: Any, came: set[str]) -> list[Any]:
    """Take back the arrivals at joins of tokens that came over these elements; return what stood before each."""
    taken = []
    for join in part.spec.task_specs.values():
        if not isinstance(join, JOINS) or len(join._inputs) < 2:
            continue
        come = balance.arrivals(part, join)
        left = [task for task in come if drawn_id(task.parent.task_spec) not in came]
        for task in come:
            if task not in left:
                taken.append(task.parent)
                part._remove_task(task.id)
        if left and not any(task.state == TaskState.WAITING for task in left):
            left[-1]._set_state(TaskState.WAITING)
    return taken


# -- putting ----------------------------------------------------------------------------------------------------------


def _put(run: Run, place: Place, where: str, ground: _Ground) -> Filled:
    """Put a token and go on from there."""
    part = _part(run, place, ground.taken)
    under_way = balance.under_way(part)
    hang = _under(part, ground.taken, place)
    new = _place_token(hang, place, where)
    state.prune(run.workflow)  # what is no longer on the way to any token must not count as having come
    missing = balance.starving(part, new)
    again = {key: inputs for key, inputs in missing.items() if key not in under_way and ground.fired(part, key[0])}
    _refuse_starving(part, {**ground.before.get(part.spec.name, {}), **again}, new)
    _refuse_twice(part, new)
    filled = balance.fill(part, hang, again)
    for one in new:
        one.task_spec._update(one)
    for each in places.live_parts(run.workflow):
        _refuse_starving(each, ground.before.get(each.spec.name, {}))
        each.update_waiting_tasks()
    run.settle()
    return [(_drawn(part, join), [_drawn(part, name) for name in inputs]) for join, inputs in filled]


def _part(run: Run, place: Place, sources: Sequence[Any]) -> Any:
    """Return the open part that a place belongs to; it is opened, empty, with the parts around it, when it is not."""
    part = places.part_within(run.workflow, place.spec, sources[0] if sources else None)
    if part is not None:
        return part
    host = places.host_of(run.blueprint, place.spec)
    assert host is not None, "the process itself is open"
    element = run.blueprint.elements.get(drawn_id(host.node) or "")
    if element is not None and (element.many is not None or element.kind != "subProcess"):
        raise HandRefused(reason="scope-not-open", element=element.id)
    outer = _part(run, host, sources)
    (task,) = _place_token(_under(outer, sources, host), host, "before")
    task.task_spec._update(task)
    while task.task_spec is not host.node:
        task.run()
        task = next(child for child in task.children if child.task_spec is host.node)
    inside = run.workflow.subprocesses[task.id]
    for child in inside.task_tree.children:
        inside._remove_task(child.id)
    return inside


def _under(part: Any, sources: Sequence[Any], place: Place) -> Any:
    source = next((one for one in sources if one.workflow is part), None)
    above = part.task_tree if source is None else places.place_under(source)
    return balance.under(above, place.entry) or part.task_tree


def _place_token(hang: Any, place: Place, where: str) -> list[Any]:
    """Add the tasks of a new token, not begun yet: one before an element, or one on each flow out of it."""
    if where == "before":
        specs = [place.entry]
    else:
        specs = [one for one in place.node.outputs if not isinstance(one, BoundaryEventJoin)]
        if not isinstance(place.node, JOINS):  # a firing of it would end the round that it is in
            hang = hang._add_child(place.node, TaskState.COMPLETED)
    new = [hang._add_child(spec, TaskState.FUTURE) for spec in specs]
    for task in new:
        task.task_spec._predict(task, mask=TaskState.NOT_FINISHED_MASK)
    return new


def _refuse_twice(part: Any, new: list[Any]) -> None:
    for one in new:
        join = balance.has_fired(part, one) or balance.comes_twice(part, one)
        if join is not None:
            raise HandRefused(reason="join-would-fire-twice", element=_drawn(part, join))


def _refuse_starving(part: Any, before: Mapping[Any, Any], new: Sequence[Any] = ()) -> None:
    for key, inputs in balance.starving(part, new).items():
        if inputs - before.get(key, set()):
            missing = sorted(_drawn(part, name) for name in inputs)
            raise HandRefused(reason="join-would-starve", element=_drawn(part, key[0]), others=missing)


def _drawn(part: Any, name: str) -> str:
    return drawn_id(part.spec.task_specs[name]) or name


def _bare(run: Run) -> Any:
    """Return a process of which nothing but its beginning has been."""
    bare = state.CaseWorkflow(run.blueprint.process, dict(run.blueprint.parts), script_engine=run.scripts)
    for child in bare.task_tree.children:
        bare._remove_task(child.id)
    bare.task_tree._set_state(TaskState.COMPLETED)
    return bare

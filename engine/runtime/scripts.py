"""SpiffWorkflow's script engine, spoken in FEEL: conditions, timers, keys, scripts, rules and jobs of a running case.

Nothing of a diagram is ever evaluated as Python. What was asked, and what it saw, is kept as records for the trail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine

from engine import feel
from engine.bpmn.drawing import Element
from engine.bpmn.moves import Move
from engine.bpmn.normal import ALWAYS
from engine.bpmn.notes import iso_term
from engine.bpmn.reader import Blueprint
from engine.bpmn.specs import drawn_id
from engine.dmn import Decision
from engine.errors import CallRefused, DecisionRefused, ErrorRaised, ExpressionRefused, Refused
from engine.runtime import calls, scopes
from engine.runtime.document import CaseDocument
from engine.runtime.instances import Instances
from engine.runtime.records import Job, NotBegun, Records, Thrown, Wait
from engine.runtime.scopes import around as scopes_around
from engine.runtime.scopes import outside
from engine.runtime.timers import begin_timer, carry_timer
from engine.runtime.undoing import Undo
from engine.words import words
from engine.worktime import Calendar, Term, clock_span, due_at, parse_term

LONGEST_KEY = 120
SIGNAL = "signal"


@dataclass(frozen=True, kw_only=True)
class Around:
    """What a step sees beside its case: the moment, the calendar, dated parameters, the version's tables, facts.

    `facts` are names that no answer can overwrite, such as `processo` and `relogios`. `most_instances` is what one
    activity may have, `shortest_cycle` what must lie at least between two instants of a cycle. `called` gives the
    part that a call of another procedure begins now.
    """

    at: datetime
    calendar: Calendar
    parameter: Callable[[str], object]
    tables: Mapping[str, Decision]
    facts: Mapping[str, object]
    most_instances: int = 500
    shortest_cycle: timedelta = timedelta(minutes=1)
    called: Callable[[Element], str | None] = lambda _element: None


def _raise(code: object, message: object = None) -> object:
    """End an activity with a BPMN error: what scripts call as `erro`. Source: BPMN 2.0.2 §10.5.6."""
    if not isinstance(code, str) or not 1 <= len(code) <= LONGEST_KEY:
        raise ExpressionRefused(reason="no-error-code", found=type(code).__name__)
    raise ErrorRaised(error=code, message=message if isinstance(message, str) else "")


class Scripts(PythonScriptEngine):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """The script engine of one case. `around` is set anew for every step; `turns` gives the turns of its loops,
    `next_to_undo` what the gateway of a compensation leads to. `hear` lets the case hear a signal that it throws.
    """

    def __init__(self, blueprint: Blueprint, document: CaseDocument, around: Around) -> None:
        super().__init__()
        self.blueprint = blueprint
        self.document = document
        self.around = around
        self.records = Records()
        self.instances = Instances(self)
        self._term: Term | None = None
        self.begins_at: str | None = None
        self.turns: Callable[[], dict[str, int]] = dict
        self.next_to_undo: Callable[[Any], Undo | None] = lambda _task: None
        self.hear: Callable[[Thrown], None] = lambda _thrown: None

    def stand(self, task: Any) -> None:
        """See and write from now on what is seen and written where `task` stands."""
        self.document.stand(scopes_around(task, self.blueprint.elements))

    # -- what SpiffWorkflow calls ---------------------------------------------------------------------------------

    def validate(self, expression: str) -> None:
        feel.compile_expression(expression)

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> bool:  # noqa: ARG002  SpiffWorkflow's
        """Return whether the condition of a gateway's flow holds, and keep a record of it with the data it saw."""
        self.stand(task)
        if task.task_spec.name in self.blueprint.entrances:
            return self.begins_at in expression.split("\n")
        if task.task_spec.name in self.blueprint.turns:
            return self._once_more(task)
        if expression == ALWAYS:  # a flow drawn without a condition, beside others with one
            return True
        return self.holds(expression, drawn_id(task.task_spec))

    def _once_more(self, task: Any) -> bool:
        """Whether an activity with a loop is done once more; counts its turns."""
        element = self.blueprint.elements[self.blueprint.turns[task.task_spec.name]]
        loop, turns = element.loop, self._turns_at(task)
        assert loop is not None
        done = turns.get(element.id, 0) + (0 if loop.before else 1)
        more = loop.maximum is None or done < int(loop.maximum)
        if more and loop.condition is not None:
            more = self.holds(loop.condition, element.id)
        if more:
            turns[element.id] = done + (1 if loop.before else 0)
        else:
            turns.pop(element.id, None)
        return more

    def begin_anew(self, task: Any, element_id: str | None) -> None:
        """Forget the turns of an activity that was interrupted beside `task`."""
        self._turns_at(task).pop(element_id or "", None)

    def _turns_at(self, task: Any) -> dict[str, int]:
        """Return the turns of the loops in a task's scope: they end with it, and each of many has its own."""
        scope = outside(task)
        found: dict[str, int] = self.turns() if scope is None else scope.internal_data.setdefault("turns", {})
        return found

    def holds(self, expression: str, element: str | None) -> bool:
        """Return whether a condition holds from where the case stands, and keep a record. Raises: ExpressionRefused."""
        compiled = feel.compile_expression(expression)
        scope = self.scope()
        value = compiled.evaluate(scope, self._host(None))
        saw = {name: scope[name] for name in sorted(compiled.names) if name in scope}
        self.records.conditions.append({"element": element, "condition": expression, "value": value, "saw": saw})
        if not isinstance(value, bool):
            raise ExpressionRefused(reason="not-boolean", source=expression, found=type(value).__name__, saw=saw)
        return value

    def execute(self, task: Any, script: str, external_context: Any = None) -> bool:  # noqa: ARG002  SpiffWorkflow's
        """Run a FEEL script: its assignments go into the case's document, or the scope that knows their names.

        When it raises an error none of them does.
        """
        self.stand(task)
        host = {**self._host(None), "erro": _raise}
        for path, value in feel.script(script).run(self.scope(), host).items():
            self.document.write(path, feel.jsonable(value))
        return True

    def call_service(self, task: Any, **_kwargs: Any) -> None:
        """Refuse: services are jobs of the outbox, never calls inside a step."""
        raise ExpressionRefused(reason="service-in-step", source=str(task.task_spec.bpmn_id))

    # -- what our own specifications call -------------------------------------------------------------------------

    def begin_timer(self, task: Any, key: str) -> None:
        """Keep when a timer falls due, counted from now, and a record of it."""
        self.stand(task)
        begin_timer(self, task, key)

    def carry_timer(self, task: Any, again: Any, key: str) -> None:
        """Let `again` wait for what is left of the timer that `task` waited for."""
        carry_timer(self, task, again, key)

    def holds_now(self, task: Any, key: str) -> bool | None:
        """Return whether the condition of an event holds, None when it cannot be told: the event then stands failed.

        A null counts as not yet: what such an event waits for is data that are not there so far.
        """
        self.stand(task)
        source = self.blueprint.event(key).expression or ""
        compiled, scope = feel.compile_expression(source), self.scope()
        saw = {name: scope[name] for name in sorted(compiled.names) if name in scope}
        try:
            value = compiled.evaluate(scope, self._host(None))
            if value is not None and not isinstance(value, bool):
                raise ExpressionRefused(reason="not-boolean", source=source, found=type(value).__name__, saw=saw)
        except Refused as refused:
            self.records.not_begun.append(NotBegun(task.id, key, refused.code, refused.facts))
            return None
        if value:
            element = self.blueprint.drawn_as(key)
            self.records.conditions.append({"element": element, "condition": source, "value": True, "saw": saw})
        return bool(value)

    def wait_key(self, task: Any, element_id: str) -> str | None:
        """Return the key by which a waiting event is found, and keep a record of the wait.

        None when it cannot be computed: the event then stands failed.
        """
        self.stand(task)
        element = self.blueprint.event(element_id)
        try:
            key = self._key_of(element)
        except Refused as refused:
            self.records.not_begun.append(NotBegun(task.id, element_id, refused.code, refused.facts))
            return None
        name = self.blueprint.drawing.heard_name(element)
        self.records.waits.append(Wait(task.id, element_id, element.event or "", name, key))
        return key

    def throw(self, task: Any, element_id: str) -> None:
        """Keep a record of the message or signal that an element throws; the case itself hears a signal at once.

        Raises: ExpressionRefused when its key or what it carries cannot be computed; nothing is thrown then.
        """
        self.stand(task)
        element = self.blueprint.event(element_id)
        payload = {name: feel.jsonable(self.value(source)) for name, source in element.note.inputs}
        name, key = self.blueprint.drawing.heard_name(element), self._key_of(element)
        thrown = Thrown(task.id, element_id, element.event or "", name, key, payload)
        if thrown.kind == SIGNAL:
            self.hear(thrown)
        self.records.thrown.append(thrown)

    def _key_of(self, element: Element) -> str:
        return "" if element.event == SIGNAL else self._key(element.note.key or "")

    def _key(self, source: str) -> str:
        value = self.value(source)
        if value is None or isinstance(value, dict | list):
            raise ExpressionRefused(reason="no-key", source=source)
        if not 1 <= len(str(value)) <= LONGEST_KEY:
            raise ExpressionRefused(reason="key-length", source=source, limit=LONGEST_KEY)
        return str(value)

    def call(self, task: Any) -> str:
        """Return the part that a call activity begins, its data prepared.

        Raises: CallRefused when calls are nested too deep, or what is called is not in force.
        """
        depth = calls.depth(task, self.blueprint.elements)
        if depth > calls.DEEPEST:
            raise CallRefused(element=drawn_id(task.task_spec), reason="too-deep", limit=calls.DEEPEST)
        element = self.blueprint.elements.get(task.task_spec.bpmn_id or "")

        if element is not None and element.passing is not None and element.passing.is_apart:
            self.stand(task)
            task.internal_data["apart"] = calls.taken(element.passing, self.document.seen(), self.value)
        return self._called_part(task, element)

    def _called_part(self, task: Any, element: Element | None) -> str:
        if element is None or element.passing is None or not element.passing.elsewhere:
            return str(task.task_spec.spec)
        part = self.around.called(element)
        if part is None or part not in self.blueprint.parts:
            raise CallRefused(element=element.id, reason="not-in-force", name=element.reference)
        task.internal_data["part"] = part
        return part

    def called(self, task: Any) -> None:
        """Take what a call activity gives back. Raises: ExpressionRefused; nothing is taken then."""
        element = self.blueprint.elements.get(task.task_spec.bpmn_id or "")
        if "apart" in task.internal_data and element is not None and element.passing is not None:
            own = scopes.apart(task)
            self.document.stand([own])
            given = calls.given(element.passing, own.values, self.value)
            self.stand(task)
            for path, value in given:
                self.document.write(path, value)
            del task.internal_data["apart"]

    def activated(self, task: Any) -> bool:
        """Return whether a complex gateway fires with the tokens that have come. Raises: ExpressionRefused."""
        self.stand(task)
        element = self._element(task)
        return element.activation is None or self.holds(element.activation, element.id)

    def enough(self, task: Any) -> bool:
        """Return whether what was done of an ad-hoc sub-process ends the rest of it. Raises: ExpressionRefused."""
        free = self.blueprint.elements[task.task_spec.stands_for].free
        if free is None or free.until is None or not free.cancels:
            return False
        self.stand(task)
        return self.holds(free.until, task.task_spec.stands_for)

    def quantities(self, element_id: str) -> tuple[int, int]:
        """Return how many tokens an activity waits for and gives."""
        start, gives = self.blueprint.elements[element_id].quantities
        return int(start), int(gives)

    def prepare_job(self, task: Any) -> None:
        """Record the job of a service task that begins."""
        self.stand(task)
        element = self._element(task)
        inputs = {name: feel.jsonable(self.value(source)) for name, source in element.note.inputs}
        self.records.jobs.append(Job(task.id, element.id, element.note.topic or "", inputs))

    def move(self, task: Any, moves: Iterable[Move]) -> None:
        """Move values within the case's data, all of them or, when one cannot be computed, none."""
        self.stand(task)
        seen = self.scope()
        found = [(one.target, seen[one.source]) for one in moves if one.copies and one.source in seen]
        found += [(one.target, feel.jsonable(self.value(one.source))) for one in moves if not one.copies]
        for path, value in found:
            self.document.write(path, deepcopy(value))

    def decide(self, task: Any) -> None:
        """Decide by the table of a business rule task; its outputs go into the case's document."""
        self.stand(task)
        element = self._element(task)
        decision = self.around.tables.get(element.note.decision or "")
        if decision is None:
            raise DecisionRefused(table=element.note.decision, reason="unknown", rows=[])
        verdict = decision.decide(self.scope(), host=self._host(None))
        outputs = verdict.merged() if element.note.combine == "ou" else verdict.outputs
        kept = feel.jsonable(outputs)
        if element.note.result:
            self.document.write(tuple(element.note.result.split(".")), kept)
        elif isinstance(kept, dict):
            self.document.merge(kept)
        else:
            raise DecisionRefused(table=decision.id, reason="result-without-name", rows=list(verdict.matched))
        seen = feel.jsonable(dict(verdict.inputs))
        self.records.decisions.append(
            {
                "element": element.id,
                "table": decision.id,
                "inputs": seen,
                "rows": list(verdict.matched),
                "outputs": kept,
            }
        )

    # -- expressions ----------------------------------------------------------------------------------------------

    def scope(self) -> dict[str, Any]:
        return {**self.document.seen(), **self.around.facts}

    def value(self, source: str, extra: Mapping[str, object] | None = None, role: str | None = None) -> object:
        """Return what a FEEL expression gives over the case's document, `extra` names first."""
        return feel.compile_expression(source).evaluate({**self.scope(), **(extra or {})}, self._host(role))

    def moment(
        self, source: str, *, role: str | None, days: Literal["uteis", "corridos"]
    ) -> tuple[datetime, Term | None]:
        """Return the instant that a due expression means, counted from now, and the term it was asked for in.

        ISO durations count `days` ("uteis" or "corridos"); anything else is FEEL.
        """
        literal = iso_term(source)
        if literal is not None:
            value: object = literal
        else:
            self._term = None
            value = self.value(source, role=role)
            if self._term is not None:
                term, self._term = self._term, None
                return self._as_moment(value, source), term
            value = value if isinstance(value, date) else feel.jsonable(value)
        if isinstance(value, str) and value.startswith("P"):
            span = clock_span(value)
            if span is not None:
                return self.around.at.astimezone(UTC) + span, None
            term = parse_term(value, days=days)
            return due_at(self.around.at, term, self._calendar(role)), term
        return self._as_moment(value, source), None

    def _as_moment(self, value: object, source: str) -> datetime:
        zone = ZoneInfo(self.around.calendar.zone)
        try:
            if isinstance(value, str):
                value = datetime.fromisoformat(value)
            if isinstance(value, datetime):
                return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
            if isinstance(value, date):
                return datetime.combine(value + timedelta(days=1), time.min, zone).astimezone(UTC)
        except (ValueError, OverflowError):
            raise ExpressionRefused(reason="not-a-moment", source=source, found=str(value)[:80]) from None
        raise ExpressionRefused(reason="not-a-moment", source=source, found=type(value).__name__)

    def _calendar(self, role: str | None) -> Calendar:
        return self.around.calendar.for_sector(role) if role else self.around.calendar

    def _host(self, role: str | None) -> Mapping[str, Callable[..., object]]:
        def asked(term: Term) -> None:
            self._term = term

        return words(self.around.at, self._calendar(role), self.around.parameter, asked)

    def _element(self, task: Any) -> Element:
        return self.blueprint.elements[task.task_spec.bpmn_id]

"""What is done with whole cases: start, hear a message, withdraw, retry what failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, insert, select, update

from engine.access import EXTERNAL, OPERATOR, By, may_work, require_duty, require_scope, require_sight
from engine.acts import documents, openings, outbox
from engine.acts.advance import Held, Moved, advance, begin, hold_case
from engine.acts.advance.hearers import Entrance, entrances
from engine.acts.buffer import lock_key, order_delivery
from engine.acts.protocol import hold_numbers, new_case, new_code, next_number
from engine.acts.tasks import check
from engine.audit import Entry, record_on_case
from engine.bpmn.beginnings import hand_starts
from engine.bpmn.drawing import Element, role_of
from engine.city import Edition, edition, effective_version
from engine.errors import BadInput, BeginsByEvent, CaseClosed, Denied, ExpressionRefused, MessageUnmatched, NotFound
from engine.store.cases import CASE_OPEN, MESSAGE, Case, Comment, Incident, MessageWait
from engine.store.deadlines import Timer
from engine.store.trail import Inbox

WITHDRAWAL = "desistencia"


@dataclass(frozen=True)
class Started:
    """A case that began: what the citizen needs to follow it. The code is shown once and kept only as a hash."""

    case_id: int
    number: str
    access_code: str
    moved: Moved


def start(
    by: By, procedure_key: str, raw: Mapping[str, Any], *, origin: str, version: Edition | None = None
) -> Started:
    """Start a case of the version in force, with the answers of its start form; its first task is thereby completed.

    `origin`: portal, balcao or api; `version` is the one in force, when the caller has it. A draft of the form is the
    caller's to discard. Raises: NotFound (procedure), BeginsByEvent, Denied, AnswersRefused, CaseStuck.
    """
    require_scope(by, "cases:start")
    version = version or edition(by, effective_version(by, procedure_key))
    if not hand_starts(version.blueprint.drawing):
        raise BeginsByEvent(procedure=version.procedure_key)
    first = version.blueprint.first_task
    _require_first(by, first)
    form = version.forms.get(first.note.form or "") if first else None
    answers = check(by, form, raw, {})
    number, code = next_number(by), new_code()
    act = Entry("case.start", f"case:{number}", {"procedure": version.procedure_key, "version": version.number})
    moved = begin(by, new_case(by, version, answers, (number, code), origin), act, answers)
    if first is not None and moved.first_task is not None:
        documents.file_answers(by, moved.case_id, (moved.first_task, first.id), form, answers)
    return Started(moved.case_id, number, code, moved)


def _require_first(by: By, first: Element | None) -> None:
    """Refuse whoever may not complete the task with which a case starts; a requester's anybody may, also for him."""
    role = role_of(first) if first is not None else None
    if role not in {None, EXTERNAL} and not may_work(by, str(role)):
        raise Denied(role=role)


# -- messages ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Heard:
    """What became of a message: the case it moved, or None when it is kept until a case waits for it."""

    case_id: int | None
    number: str | None
    repeated: bool = False


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message from outside. `source` and `external_id` together make it one, however often it comes."""

    source: str
    external_id: str
    name: str
    key: str
    payload: Mapping[str, Any]


def source_of(case_id: int | None) -> str:
    """Return the source of the messages that a case itself throws."""
    return f"case:{case_id}"


def correlate(by: By, message: Message) -> Heard:
    """Deliver a message to the case that waits for its name and key; else begin a case where a procedure in force
    begins with it; else keep it until a case waits. Once, ever.

    Locks are taken in the order of every step: the case, or the numbers of cases, then the message's name and key.
    Raises: Denied without the scope, CaseStuck.
    """
    require_scope(by, "messages")
    held, entrance = _taker(by, message)
    lock_key(by, message.name, message.key)
    known = select(Inbox.case_id).where(Inbox.source == message.source, Inbox.external_id == message.external_id)
    found = by.connection.execute(known).one_or_none()
    if found is not None:
        return Heard(found.case_id, _number(by, found.case_id), repeated=True)
    row = {"source": message.source, "external_id": message.external_id, "name": message.name, "key": message.key}
    by.connection.execute(insert(Inbox).values(payload=dict(message.payload), received_at=by.at, **row))
    return _deliver(by, message, held, entrance)


def deliver_kept(by: By, source: str, external_id: str) -> Heard:
    """Deliver a message that came before anyone waited for it; nothing happens when it was delivered meanwhile."""
    query = select(Inbox.__table__).where(Inbox.source == source, Inbox.external_id == external_id)
    row = by.connection.execute(query).mappings().one()
    message = Message(**{name: row[name] for name in ("source", "external_id", "name", "key", "payload")})
    held, entrance = _taker(by, message)
    lock_key(by, message.name, message.key)
    delivered_to = by.connection.execute(query).mappings().one()["case_id"]
    if delivered_to is not None:
        return Heard(delivered_to, _number(by, delivered_to), repeated=True)
    return _deliver(by, message, held, entrance)


def _taker(by: By, message: Message) -> tuple[Held | None, Entrance | None]:
    """Lock and return the case that waits for a message, or where a case begins with it, the numbers of cases held."""
    wait = _awaiting(by, message)
    if wait is not None:
        return hold_case(by, wait.case_id), None
    awaited = by.connection.execute(_waits(message)).first() is not None  # by a suspended case, which will go on
    entrance = None if awaited else next(iter(entrances(by, MESSAGE, message.name, message.key)), None)
    if entrance is not None:
        hold_numbers(by)
    return None, entrance


def _awaiting(by: By, message: Message) -> Row[int, UUID, str] | None:
    """Return the first wait for a message: case_id, task_id, element. What a suspended case waits for is kept."""
    waits = _waits(message).join(Case, Case.id == MessageWait.case_id).where(Case.suspended_at.is_(None))
    return by.connection.execute(waits.order_by(MessageWait.case_id).limit(1)).one_or_none()


def _waits(message: Message) -> Select[int, UUID, str]:
    return select(MessageWait.case_id, MessageWait.task_id, MessageWait.element).where(
        MessageWait.name == message.name, MessageWait.key == message.key, MessageWait.kind == MESSAGE
    )


def _deliver(by: By, message: Message, held: Held | None, entrance: Entrance | None) -> Heard:
    """Deliver to the held case if it still waits; order a later delivery when another does: its lock is not ours."""
    wait = _awaiting(by, message)
    facts = {"name": message.name, "key": message.key, "source": message.source, "id": message.external_id}
    if wait is None:
        return Heard(None, None) if entrance is None else _begin(by, message, entrance, facts)
    if held is None or held.case["id"] != wait.case_id:
        order_delivery(by, message.source, message.external_id)
        return Heard(None, None)
    act = Entry("message.deliver", wait.element, {**facts, "payload": dict(message.payload)})
    delivered: list[bool] = []
    try:
        moved = advance(by, held, act, _delivery(wait.task_id, wait.element, message.payload, delivered))
    except ExpressionRefused as refused:  # the case that could not take it must be known, whoever sent it
        raise ExpressionRefused(**{**refused.facts, "case": wait.case_id}) from refused
    assert delivered == [True], "a wait row outlived its wait"
    _taken_by(by, message, wait.case_id)
    return Heard(wait.case_id, moved.number)


def _begin(by: By, message: Message, entrance: Entrance, facts: Mapping[str, str]) -> Heard:
    moved = openings.begin_at(by, entrance, message.payload, facts)
    _taken_by(by, message, moved.case_id)
    return Heard(moved.case_id, moved.number)


def _taken_by(by: By, message: Message, case_id: int) -> None:
    mine = update(Inbox).where(Inbox.source == message.source, Inbox.external_id == message.external_id)
    by.connection.execute(mine.values(case_id=case_id))


def _delivery(task_id: UUID, element: str, payload: Mapping[str, Any], delivered: list[bool]) -> Any:
    return lambda run: delivered.append(run.deliver(task_id, element, payload))


def _number(by: By, case_id: int | None) -> str | None:
    return by.connection.execute(select(Case.number).where(Case.id == case_id)).scalar() if case_id else None


def withdraw(by: By, case_id: int, reason: str) -> Moved:
    """Withdraw a request: the requester's right (Lei 9.784/1999 art. 51), where the diagram awaits `desistencia`.

    Raises: NotFound, Denied, CaseClosed.
    """
    held = _visible(by, case_id)
    if by.case_id is None and EXTERNAL not in by.roles and "protocolo" not in by.roles:
        raise Denied(role="protocolo")
    wait = select(MessageWait.task_id, MessageWait.element).where(
        MessageWait.case_id == case_id, MessageWait.name == WITHDRAWAL, MessageWait.kind == MESSAGE
    )
    found = by.connection.execute(wait).one_or_none()
    if held.case["status"] != CASE_OPEN or found is None:
        raise CaseClosed(case=case_id)
    act = Entry("case.withdraw", f"case:{held.case['number']}", {"reason": reason[:1000]})
    return advance(by, held, act, lambda run: run.deliver(found.task_id, found.element, {"motivo": reason[:1000]}))


def confirm_payment(by: By, case_id: int, cents: int, reference: str) -> Heard:
    """Enter a payment that Fazenda saw on its own statement, as the bank's message would have told it.

    Raises: NotFound, Denied, MessageUnmatched when the case awaits no payment, BadInput when one was entered under the
    same reference before (reference: taken).
    """
    _visible(by, case_id)
    if "fazenda" not in by.roles:
        raise Denied(role="fazenda")
    query = select(MessageWait.key).where(MessageWait.case_id == case_id, MessageWait.name == "pagamento_confirmado")
    txid = by.connection.execute(query).scalar()
    if txid is None:
        raise MessageUnmatched(name="pagamento_confirmado", key="")
    value = Decimal(cents) / 100
    payload = {"valor": value, "pago_em": by.at.isoformat(), "origem": f"baixa manual: {reference[:120]}"}
    message = Message(
        source=by.actor, external_id=f"{txid}:{reference[:80]}"[:120], name="pagamento_confirmado", key=txid,
        payload=payload,
    )  # fmt: skip
    heard = correlate(by, message)
    if heard.repeated:  # else a corrected value under a reference that was entered before would be lost in silence
        raise BadInput(errors={"reference": ["taken"]})
    return heard


# -- incidents --------------------------------------------------------------------------------------------------------


def open_incident(by: By, case_id: int, code: str, facts: Mapping[str, Any]) -> None:
    """Enter that a step could not be taken; called in a transaction of its own after that step was rolled back."""
    row = {"case_id": case_id, "element": "", "code": code[:60], "facts": dict(facts), "status": "open"}
    by.connection.execute(insert(Incident).values(opened_at=by.at, **row))
    record_on_case(by, case_id, Entry("incident.open", "", {"code": code, **facts}))


def retry(by: By, incident_id: int, reason: str) -> None:
    """Retry what an incident says has failed; `reason` says what has changed since.

    Raises: NotFound, Denied, BadInput without a reason, CaseStuck when it fails in the engine again.
    """
    require_duty(by, OPERATOR)
    if not reason.strip():
        raise BadInput(errors={"reason": ["required"]})
    query = select(Incident.__table__).where(Incident.id == incident_id, Incident.status == "open")
    incident = by.connection.execute(query).mappings().one_or_none()
    if incident is None:
        raise NotFound(incident=incident_id)
    held = hold_case(by, incident["case_id"])
    act = Entry("incident.retry", incident["element"], {"incident": incident_id, "reason": reason.strip()[:1000]})
    closed = {"status": "closed", "closed_at": by.at, "closed_by": by.name}
    still_open = update(Incident).where(Incident.id == incident_id, Incident.status == "open")
    if by.connection.execute(still_open.values(**closed)).rowcount != 1:
        raise NotFound(incident=incident_id)
    if _ordered_again(by, dict(incident)) or incident["task_id"] is None:
        record_on_case(by, incident["case_id"], act)
        return
    by.house.shelf.get("runs", {}).pop(incident["case_id"], None)
    advance(by, held, act, lambda run: run.retry(incident["task_id"]))


def _ordered_again(by: By, incident: Mapping[str, Any]) -> bool:
    """Put the failed order of an incident back; without one, the deadlines of its case that were set aside."""
    if outbox.again(by, incident["facts"].get("order")):
        return True
    if incident["task_id"] is None:
        aside = update(Timer).where(Timer.case_id == incident["case_id"], Timer.status == "failed")
        by.connection.execute(aside.values(status="waiting", attempts=0, settled_at=None))
    return False


def remark(by: By, case_id: int, body: str, *, public: bool) -> None:
    """Add a remark to a case. Raises: NotFound, Denied."""
    require_sight(by, case_id)
    if by.servant_id is None:
        raise Denied(role="servidor")
    row = {"case_id": case_id, "author_id": by.servant_id, "body": body[:4000], "public": public, "created_at": by.at}
    by.connection.execute(insert(Comment).values(**row))
    record_on_case(by, case_id, Entry("case.remark", f"case:{case_id}", {"public": public}))


def _visible(by: By, case_id: int) -> Held:
    require_sight(by, case_id)
    return hold_case(by, case_id)

"""Orders of the outbox: claimed with a lease, carried out outside every transaction, settled back into their case.

At least once: a lease that runs out is claimed again, and the token of the earlier claim then settles nothing. Whoever
receives a call gets the same key each time, `case:task:order`.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, insert, select, text, update

from engine.access import By
from engine.acts import cases, documents, openings, outbox, signals
from engine.acts.advance import advance, hold_case
from engine.acts.surroundings import origins
from engine.audit import Entry, record_on_case
from engine.city import calendar, edition, parameter
from engine.forms.manner import shaped, shapes_of
from engine.house import House
from engine.outlets import OutletFailed
from engine.outlets.connectors import PAPER_TOPIC, Call, Inside, as_document, carry, issued, known
from engine.outlets.mail import Mail, send
from engine.outlets.notices import written_notice
from engine.settings import Settings
from engine.store.base import table
from engine.store.cases import Case, Incident
from engine.store.procedures import Procedure
from engine.store.trail import Outbox

LEASE = timedelta(seconds=20)  # renewed while the work goes on; who was killed is followed within half a minute
MAX_ATTEMPTS = 5
MAX_LOSSES = 3
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=1)
_GLANCE = timedelta(seconds=2)
_TRIES = 5  # at orders whose case another clock took at the same moment
_OTHER = table(Outbox).alias("other")
_LOCK_CASE = text("SELECT pg_advisory_xact_lock(hashtextextended('rito outbox', :case))")
_MOVES = frozenset({"service", "signal"})  # orders that end in a step of their case
_KEPT = "result"  # of a service, where its case was suspended while it was asked


@dataclass(frozen=True, kw_only=True)
class Order:
    """A claimed order with all that carrying it out needs, so that nothing is read while it runs."""

    id: int
    token: str
    kind: str
    case_id: int | None
    task_id: UUID | None
    element: str | None
    attempt: int
    losses: int
    payload: Mapping[str, Any]
    context: Mapping[str, Any]

    @property
    def lost(self) -> bool:
        """Whether workers were lost over it so often that it may be what ends them; it must not be tried once more."""
        return self.losses >= MAX_LOSSES

    @property
    def key(self) -> str:
        """The same for every attempt at this order, so that a receiver can tell a repeated one."""
        return f"{self.case_id}:{self.task_id or '-'}:{self.id}"


# What ends in a step of a suspended case waits until it is resumed.
_WAITS_FOR_ITS_CASE = exists().where(
    Case.id == Outbox.case_id, Case.suspended_at.is_not(None), Outbox.kind.in_(sorted(_MOVES))
)


def claim(by: By, only: int | None = None) -> Order | None:
    """Lease the oldest order that is due, or that one; None when none is. Committed before any work is done.

    Of one case no two orders are in hand at once: what the second does may rest on what the first brings. Whoever finds
    an order still leased when its lease has run out knows that a worker was lost over it.
    """
    due = _due(by) if only is None else _due(by).where(Outbox.id == only)
    for _ in range(_TRIES):
        row = by.connection.execute(due).mappings().one_or_none()
        if row is None:
            return None
        if row["case_id"] is None or not _taken_meanwhile(by, row["case_id"]):
            return _leased(by, dict(row))
    return None


def _due(by: By) -> Select[Any]:
    busy = _in_hand(by).where(_OTHER.c.case_id == Outbox.case_id, _OTHER.c.id != Outbox.id)
    return (
        select(table(Outbox))
        .where(Outbox.settled_at.is_(None), Outbox.next_at <= by.at, ~busy.exists(), ~_WAITS_FOR_ITS_CASE)
        .order_by(Outbox.next_at, Outbox.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Outbox)
    )


def _in_hand(by: By) -> Select[Any]:
    return select(_OTHER.c.id).where(_OTHER.c.status == "leased", _OTHER.c.next_at > by.at)


def _taken_meanwhile(by: By, case_id: int) -> bool:
    """Whether another clock leased an order of the case since this one looked; from here on, none can."""
    if by.connection.dialect.name != "postgresql":
        return False  # the only writer
    by.connection.execute(_LOCK_CASE, {"case": case_id})
    return by.connection.execute(_in_hand(by).where(_OTHER.c.case_id == case_id).limit(1)).first() is not None


def _leased(by: By, row: dict[str, Any]) -> Order:
    token, losses = secrets.token_hex(16), row["losses"] + (row["status"] == "leased")
    lease = {"status": "leased", "lease_token": token, "attempts": row["attempts"] + 1, "losses": losses}
    by.connection.execute(update(Outbox).where(Outbox.id == row["id"]).values(next_at=by.at + LEASE, **lease))
    names = ("id", "kind", "case_id", "task_id", "element", "payload")
    known_of = {name: row[name] for name in names}
    return Order(token=token, attempt=row["attempts"] + 1, losses=losses, context=_context(by, row), **known_of)


def waits_until(by: By, order_id: int) -> datetime | None:
    """Return when to come again for an order that could not be claimed; None when it is settled."""
    query = select(Outbox.next_at).where(Outbox.id == order_id, Outbox.settled_at.is_(None))
    next_at = by.connection.execute(query).scalar_one_or_none()
    return None if next_at is None else max(next_at, by.at + _GLANCE)


def count_due(by: By, most: int) -> int:
    """Return how many orders could be claimed now, up to `most`; changes nothing."""
    due = select(Outbox.id).where(Outbox.settled_at.is_(None), Outbox.next_at <= by.at, ~_WAITS_FOR_ITS_CASE)
    due = due.limit(most)
    return len(by.connection.execute(due).all())


def renew(by: By, tokens: Collection[str]) -> None:
    """Prolong leases whose work goes on."""
    mine = update(Outbox).where(Outbox.lease_token.in_(tokens), Outbox.status == "leased")
    by.connection.execute(mine.values(next_at=by.at + LEASE))


def hand_back(by: By, order: Order, pause: timedelta = timedelta(0)) -> None:
    """Give an order back unsettled, as if it had not been claimed; whoever works on it still settles nothing."""
    mine = update(Outbox).where(Outbox.id == order.id, Outbox.lease_token == order.token, Outbox.status == "leased")
    values = {"status": "pending", "lease_token": None, "attempts": order.attempt - 1, "next_at": by.at + pause}
    if by.connection.execute(mine.values(**values)).rowcount == 1:
        outbox.tell(by, order.id, order.case_id, by.at + pause if pause else None)


def _context(by: By, row: Mapping[str, Any]) -> dict[str, Any]:
    if row["case_id"] is None or row["kind"] not in ("service", "paper"):
        return {}
    query = (
        select(Case.number, Case.data, Case.version_id, Case.started_at, Procedure.name)
        .join(Procedure, Procedure.id == Case.procedure_id)
        .where(Case.id == row["case_id"])
    )
    number, data, version_id, started_at, name = by.connection.execute(query).one()
    context: dict[str, Any] = {"number": number, "procedure": name}
    connector = known(by.house).connectors.get(row["payload"].get("topic", ""))
    if row["kind"] == "service" and (connector is None or not connector.inside):
        return context
    version = edition(by, row["payload"].get("version", version_id))  # the case may have moved since
    values = {**shaped(data, shapes_of(version.forms.values())), "reais": _in_reais(data)}
    values["processo"] = {"numero": number, "protocolado_em": started_at.isoformat()}
    context["inside"] = Inside(
        house=by.house,
        parameter=parameter(by),
        calendar=calendar(by),
        procedure=name,
        values=values,
        papers=version.papers,
        origins=origins(by),
    )
    return context


def _in_reais(value: Any) -> Any:
    """Return the numbers of a document as money is written, `1.234,50`, in the same places."""
    if isinstance(value, dict):
        return {name: _in_reais(inner) for name, inner in value.items()}
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    return None


# -- outside every transaction ----------------------------------------------------------------------------------------


def carry_out(house: House, at: datetime, order: Order) -> dict[str, Any]:
    """Do what an order asks, with no transaction open; return the result to settle.

    Raises: OutletFailed, which says whether another attempt may help.
    """
    if _KEPT in order.payload:
        return dict(order.payload[_KEPT])
    if order.kind == "service":
        return _call(house, at, order)
    if order.kind == "paper":
        return _issue(house.settings, at, order)
    if order.kind == "mail":
        return _mail(house.settings, at, order)
    return {}


def _call(house: House, at: datetime, order: Order) -> dict[str, Any]:
    topic, found = order.payload["topic"], known(house)
    connector = found.connectors.get(topic)
    if connector is None:
        raise OutletFailed("topic-broken" if topic in found.broken else "topic-unknown", retry=False, topic=topic)
    call = Call(
        inputs=order.payload["inputs"],
        key=order.key,
        attempt=order.attempt,
        number=order.context["number"],
        at=at,
        inside=order.context.get("inside"),
    )
    return carry(connector, call)


def _issue(settings: Settings, at: datetime, order: Order) -> dict[str, Any]:
    inside: Inside = order.context["inside"]
    names = (order.payload["paper"], order.context["number"], inside.procedure)
    return issued(settings, at, inside.papers[names[0]], inside.values, names)


def _mail(settings: Settings, at: datetime, order: Order) -> dict[str, Any]:
    """Send a notice; without a configured outlet it stays in the outbox as what would have been said."""
    if settings.mail_url is None:
        return {"sent": False}
    subject, text = written_notice(order.payload, settings)
    send(Mail(to=order.payload["to"], subject=subject, text=text, ref=order.key, at=at), settings.mail_url)
    return {"sent": True}


# -- back inside ------------------------------------------------------------------------------------------------------


def settle(by: By, order: Order, result: Mapping[str, Any]) -> bool:
    """Write the result of an order back, once. Returns whether this claim was still the one that counts.

    The case's row is locked before the order's, as everywhere. Raises: ExpressionRefused when an output does not
    compile over the result, CaseStuck.
    """
    held = hold_case(by, order.case_id) if order.case_id is not None and order.kind in _MOVES else None
    if held is not None and held.case["suspended_at"] is not None:
        return _put_by(by, order, result)
    mine = update(Outbox).where(Outbox.id == order.id, Outbox.lease_token == order.token, Outbox.status == "leased")
    if by.connection.execute(mine.values(status="done", settled_at=by.at, error=None)).rowcount != 1:
        return False
    if held is not None and order.kind == "signal":
        signals.deliver(by, held, order.payload)
    elif held is not None and order.task_id is not None:
        task_id = order.task_id
        act = Entry("service.result", order.element or "", {"topic": order.payload["topic"], "result": dict(result)})
        advance(by, held, act, lambda run: run.finish_job(task_id, result))
        if order.payload["topic"] == PAPER_TOPIC:  # after the step: both add to the trail, and the step knows its head
            _enter(by, order, as_document(result), draft=order.payload["inputs"].get("minuta") is True)
    elif order.kind == "paper" and order.case_id is not None:
        _enter(by, order, result, draft=order.payload["draft"])
    elif held is None:
        _deliver(by, order)
    return True


def raise_error(by: By, order: Order, failed: OutletFailed) -> None:
    """Let what a connector says failed be the BPMN error that it names, once, in a step of the case.

    Raises: ErrorRaised when nothing in the diagram catches it; the order is then as before.
    """
    assert order.case_id is not None
    assert order.task_id is not None
    held, task_id, code = hold_case(by, order.case_id), order.task_id, failed.error or ""
    if held.case["suspended_at"] is not None:
        hand_back(by, order)  # asked again when the case is resumed
        return
    mine = update(Outbox).where(Outbox.id == order.id, Outbox.lease_token == order.token, Outbox.status == "leased")
    if by.connection.execute(mine.values(status="done", settled_at=by.at, error=failed.kind)).rowcount != 1:
        return
    act = Entry("service.error", order.element or "", {**_subject(order), **failed.facts, "attempt": order.attempt})
    advance(by, held, act, lambda run: run.fail_job(task_id, code))


def _deliver(by: By, order: Order) -> None:
    if order.kind == "deliver":
        cases.deliver_kept(by, order.payload["source"], order.payload["external_id"])
    elif order.kind == "start":
        openings.begin_by_signal(by, order.payload)
    elif order.kind == "message":
        said = {name: order.payload[name] for name in ("external_id", "name", "key", "payload")}
        cases.correlate(by, cases.Message(source=cases.source_of(order.case_id), **said))


def _put_by(by: By, order: Order, result: Mapping[str, Any]) -> bool:
    """Keep the result of an order whose case was suspended meanwhile: it is settled when the case is resumed."""
    mine = update(Outbox).where(Outbox.id == order.id, Outbox.lease_token == order.token, Outbox.status == "leased")
    payload = {**order.payload, **({_KEPT: dict(result)} if order.kind == "service" else {})}
    again = {"status": "pending", "attempts": order.attempt - 1, "next_at": by.at, "lease_token": None}
    if by.connection.execute(mine.values(payload=payload, **again)).rowcount != 1:
        return False
    outbox.tell(by, order.id, order.case_id, None)
    return True


def _enter(by: By, order: Order, stored: Mapping[str, Any], *, draft: bool) -> None:
    assert order.case_id is not None
    kind = order.payload.get("paper") or order.payload["inputs"]["modelo"]
    words = {"task_id": order.task_id, "element": order.element, "type": kind, "title": stored["title"]}
    documents.enter(by, order.case_id, words | {"code": stored["code"], "draft": draft}, stored)


def fail(by: By, order: Order, code: str, facts: Mapping[str, Any], *, retry: bool) -> None:
    """Put an order off after a failed attempt, or, when no further attempt may help, open an incident for it.

    The case's row is locked before the order's, as everywhere.
    """
    again = retry and order.attempt < MAX_ATTEMPTS
    facts = dict(facts)
    pause = _pause(order.attempt, facts.pop("retry_after", None))
    case_id = facts.get("case", order.case_id)  # a message fails in the case that hears it, not in the one that sent it
    if isinstance(case_id, int) and not again:
        hold_case(by, case_id)
    mine = update(Outbox).where(Outbox.id == order.id, Outbox.lease_token == order.token, Outbox.status == "leased")
    values: dict[str, Any] = {"status": "pending" if again else "failed", "error": code}
    values |= {"next_at": by.at + pause} if again else {"settled_at": by.at}
    if by.connection.execute(mine.values(**values)).rowcount != 1:
        return
    if again:
        outbox.tell(by, order.id, order.case_id, by.at + pause)
    elif isinstance(case_id, int):
        _open_incident(by, order, case_id, code, facts)


def _open_incident(by: By, order: Order, case_id: int, code: str, facts: Mapping[str, Any]) -> None:
    kept = {**_subject(order), **facts, "attempt": order.attempt}
    kept.pop("retry", None)  # no more
    row = {
        "case_id": case_id, "task_id": order.task_id, "element": order.element or "", "code": code[:60],
        "facts": {**kept, "order": order.id}, "status": "open", "opened_at": by.at,
    }  # fmt: skip
    by.connection.execute(insert(Incident).values(**row))
    record_on_case(by, case_id, Entry("incident.open", order.element or "", {"code": code, **kept}))


def _subject(order: Order) -> dict[str, Any]:
    """Return what an order was about in a word; its inputs may hold what only the receiver was to read."""
    words = {name: order.payload[name] for name in ("topic", "paper", "notice") if name in order.payload}
    return {"what": order.kind, **words}


def _pause(attempt: int, asked: object = None) -> timedelta:
    """Return the wait before the next attempt: 10 s, then three times as long each, 20% more or less.

    `asked`: the seconds that the receiver asked for, heeded when they are more; an hour at most.
    """
    pause = min(FIRST_PAUSE * 3 ** (attempt - 1), LONGEST_PAUSE)
    spread: timedelta = pause * random.uniform(0.8, 1.2)  # noqa: S311  spreading retries needs no secrecy
    return max(spread, min(timedelta(seconds=asked), LONGEST_PAUSE)) if isinstance(asked, int) else spread

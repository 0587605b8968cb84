"""Orders of the outbox: claimed with a lease, carried out outside every transaction, settled back into their case.

At least once: a lease that runs out is claimed again, and the token of the earlier claim then settles nothing. Whoever
receives a call gets the same key each time, `case:task:order`.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from engine.access import By
from engine.acts import cases, documents, signals
from engine.acts.advance import advance, hold_case
from engine.audit import Entry, record_on_case
from engine.city import calendar, edition, parameter
from engine.forms.manner import shaped, shapes_of
from engine.house import House
from engine.outlets import OutletFailed
from engine.outlets.connectors import CONNECTORS, Call
from engine.outlets.files import keep
from engine.outlets.mail import Mail, send
from engine.outlets.notices import written_notice
from engine.outlets.papers import PaperFacts, issue
from engine.settings import Settings
from engine.store.cases import Case, Incident
from engine.store.procedures import Procedure
from engine.store.trail import Outbox
from engine.worktime import Term, due_at

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 5
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=1)
_MOVES = frozenset({"service", "signal"})  # orders that end in a step of their case


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
    payload: Mapping[str, Any]
    context: Mapping[str, Any]

    @property
    def lost(self) -> bool:
        """Whether every lease of it ran out: whoever carries it out dies of it, and must not try once more."""
        return self.attempt > MAX_ATTEMPTS

    @property
    def key(self) -> str:
        """The same for every attempt at this order, so that a receiver can tell a repeated one."""
        return f"{self.case_id}:{self.task_id or '-'}:{self.id}"


def claim(by: By) -> Order | None:
    """Lease the oldest order that is due; None when none is. Committed before any work is done."""
    due = (
        select(Outbox.__table__)
        .where(Outbox.settled_at.is_(None), Outbox.next_at <= by.at)
        .order_by(Outbox.next_at, Outbox.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = by.connection.execute(due).mappings().one_or_none()
    if row is None:
        return None
    token = secrets.token_hex(16)
    lease = {"status": "leased", "lease_token": token, "attempts": row["attempts"] + 1, "next_at": by.at + LEASE}
    by.connection.execute(update(Outbox).where(Outbox.id == row["id"]).values(**lease))
    names = ("id", "kind", "case_id", "task_id", "element", "payload")
    return Order(
        token=token, attempt=row["attempts"] + 1, context=_context(by, dict(row)), **{name: row[name] for name in names}
    )


def _context(by: By, row: Mapping[str, Any]) -> dict[str, Any]:
    if row["case_id"] is None:
        return {}
    query = (
        select(Case.number, Case.data, Case.version_id, Case.started_at, Procedure.name)
        .join(Procedure, Procedure.id == Case.procedure_id)
        .where(Case.id == row["case_id"])
    )
    number, data, version_id, started_at, name = by.connection.execute(query).one()
    context: dict[str, Any] = {"number": number, "procedure": name}
    if row["kind"] == "paper":
        protocol = {"numero": number, "protocolado_em": started_at.isoformat()}
        version = edition(by, version_id)
        values = shaped(data, shapes_of(version.forms.values()))
        context |= {"values": {**values, "processo": protocol, "reais": _in_reais(data)}}
        context |= {"template": version.papers[row["payload"]["paper"]]}
    if row["kind"] == "service":
        context |= {"pix_key": str(parameter(by)("pix_chave") or ""), "due": _charge_due(by)}
    return context


def _charge_due(by: By) -> datetime:
    days = parameter(by)("prazo_pagamento_dias")
    return due_at(by.at, Term(int(days) if isinstance(days, Decimal) else 30, "corridos"), calendar(by))


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
    if order.kind == "service":
        return _call(house, at, order)
    if order.kind == "paper":
        return _issue(house.settings, at, order)
    if order.kind == "mail":
        return _mail(house.settings, at, order)
    return {}


def _call(house: House, at: datetime, order: Order) -> dict[str, Any]:
    connector = CONNECTORS.get(order.payload["topic"])
    if connector is None:
        raise OutletFailed("topic-unknown", retry=False, topic=order.payload["topic"])
    call = Call(
        house=house,
        inputs=order.payload["inputs"],
        number=order.context["number"],
        key=order.key,
        at=at,
        pix_key=order.context["pix_key"],
        due_at=order.context["due"],
    )
    return dict(connector(call))


def _issue(settings: Settings, at: datetime, order: Order) -> dict[str, Any]:
    title, _, body = order.context["template"].partition("\n")
    code = documents.new_code()
    facts = PaperFacts(
        title=title.lstrip("# ").strip(),
        city=settings.city,
        secretariat=order.context["procedure"],
        number=order.context["number"],
        issued_at=at,
        code=code,
        verify_url=f"{settings.base_url}/verificar/{code}",
        zone=settings.zone,
    )
    content = issue(body, order.context["values"], facts)
    name = f"{order.payload['paper']}-{order.context['number']}.pdf"
    stored = keep(content, name, settings.upload_limit_bytes, (".pdf",), settings.files_dir)
    return {
        "sha256": stored.sha256, "name": stored.name, "size": stored.size, "mime": stored.mime, "code": code,
        "title": facts.title,
    }  # fmt: skip


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
    mine = update(Outbox).where(Outbox.id == order.id, Outbox.lease_token == order.token, Outbox.status == "leased")
    if by.connection.execute(mine.values(status="done", settled_at=by.at, error=None)).rowcount != 1:
        return False
    if held is not None and order.kind == "signal":
        signals.deliver(by, held, order.payload)
    elif held is not None and order.task_id is not None:
        task_id = order.task_id
        act = Entry("service.result", order.element or "", {"topic": order.payload["topic"], "result": dict(result)})
        advance(by, held, act, lambda run: run.finish_job(task_id, result))
    elif order.kind == "paper" and order.case_id is not None:
        words = {"task_id": order.task_id, "element": order.element, "type": order.payload["paper"]}
        words |= {"title": result["title"], "code": result["code"], "draft": order.payload["draft"]}
        documents.enter(by, order.case_id, words, result)
    elif order.kind == "deliver":
        cases.deliver_kept(by, order.payload["source"], order.payload["external_id"])
    return True


def fail(by: By, order: Order, code: str, facts: Mapping[str, Any], *, retry: bool) -> None:
    """Put an order off after a failed attempt, or, when no further attempt may help, open an incident for it.

    The case's row is locked before the order's, as everywhere.
    """
    again = retry and order.attempt < MAX_ATTEMPTS
    case_id = order.case_id if order.case_id is not None else facts.get("case")  # a kept message is of no case itself
    if isinstance(case_id, int) and not again:
        hold_case(by, case_id)
    mine = update(Outbox).where(Outbox.id == order.id, Outbox.lease_token == order.token, Outbox.status == "leased")
    values: dict[str, Any] = {"status": "pending" if again else "failed", "error": code}
    values |= {"next_at": by.at + _pause(order.attempt)} if again else {"settled_at": by.at}
    if by.connection.execute(mine.values(**values)).rowcount != 1 or again or not isinstance(case_id, int):
        return
    row = {"case_id": case_id, "task_id": order.task_id, "element": order.element or "", "code": code[:60]}
    kept = {**facts, "order": order.id, "payload": dict(order.payload)}
    by.connection.execute(insert(Incident).values(facts=kept, status="open", opened_at=by.at, **row))
    record_on_case(by, case_id, Entry("incident.open", order.element or "", {"code": code, **facts}))


def _pause(attempt: int) -> timedelta:
    """Return the wait before the next attempt: 10 s, then three times as long each, 20% more or less."""
    pause = min(FIRST_PAUSE * 3 ** (attempt - 1), LONGEST_PAUSE)
    spread: timedelta = pause * random.uniform(0.8, 1.2)  # noqa: S311  spreading retries needs no secrecy
    return spread

"""Scenarios: a list of dated acts and what is expected of them, played through the same acts as everyone's.

What an analyst can check lies in `diagrams/*/*/scenarios.yaml`. Between two acts time passes as it would: whatever
falls due is settled at its instant.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from sqlalchemy import insert, select

from engine.access import ANALYST, EXTERNAL, By
from engine.acts import cases, deadlines, procedures, tasks
from engine.bpmn.drawing import Element
from engine.city import edition, effective_version, revision
from engine.clockwork import Clockwork
from engine.errors import NotFound
from engine.forms.components import Form
from engine.house import House
from engine.library import read_bundle
from engine.outlets.files import keep
from engine.store.base import dumps, loads
from engine.store.cases import Case, Document, MessageWait, Step, Task
from engine.store.deadlines import Clock
from engine.store.people import Role
from engine.store.procedures import Lot, Parameter
from engine.store.session import transaction

_SHOWN = frozenset({"userTask", "manualTask", "task", "scriptTask", "serviceTask", "businessRuleTask"})
_EVENTS = frozenset({"boundaryEvent", "intermediateCatchEvent"})
_EPOCH = date(2000, 1, 1)
_CITY = {"pix_chave": "tesouro@cenario.gov.br", "prazo_pagamento_dias": 30}
_CONTENT = {".dwg": b"AC1032" + b"\0" * 250, ".jpg": b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xd9"}
_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@dataclass(frozen=True)
class Scenario:
    """One story: its acts with their answers already joined with the defaults, and what is expected at the end.

    `draft`: the procedure is published as a draft, with this role for what the drawing gives to nobody.
    """

    name: str
    procedure: str
    parameters: Mapping[str, object]
    services: Mapping[str, Mapping[str, object]]
    acts: list[dict[str, Any]]
    expect: Mapping[str, Any]
    draft: str | None = None


@dataclass(frozen=True)
class Played:
    """How a scenario went."""

    number: str
    path: list[str]
    end: str | None
    open: list[str]
    deadlines: Mapping[str, str]
    suspended: Mapping[str, int]
    documents: list[str]
    data: Mapping[str, Any]
    case_id: int = field(default=0)


def read_scenarios(path: Path) -> list[Scenario]:
    """Return the scenarios of a file. Raises: NotFound."""
    if not path.is_file():
        raise NotFound(file=str(path))
    text = yaml.safe_load(path.read_text())
    defaults = text.get("defaults", {})
    return [replace(_scenario(one, text["procedure"], defaults), draft=text.get("draft")) for one in text["scenarios"]]


def _scenario(one: Mapping[str, Any], procedure: str, defaults: Mapping[str, Any]) -> Scenario:
    acts = []
    for act in one["acts"]:
        usual = defaults.get("answers", {}).get(act.get("task") or "t_protocolar", {})
        acts.append({**act, "answers": _joined(usual, act.get("answers") or {})})
    return Scenario(
        name=one["name"],
        procedure=procedure,
        parameters={**defaults.get("parameters", {}), **one.get("parameters", {})},
        services={**defaults.get("services", {}), **one.get("services", {})},
        acts=acts,
        expect=one["expect"],
    )


def _joined(usual: Any, over: Any) -> Any:
    if isinstance(usual, dict) and isinstance(over, dict):
        return {
            name: _joined(usual.get(name), over[name]) if name in over else usual[name] for name in {**usual, **over}
        }
    return over


# -- setting the stage ------------------------------------------------------------------------------------------------


def set_stage(house: House, folder: Path, scenario: Scenario) -> None:
    """Make in an empty store what a scenario needs: roles, parameters, the lot it names, the procedure published."""
    bundle = replace(read_bundle(folder), draft=scenario.draft)
    with transaction(house.store) as session:
        connection = session.connection()
        for role in sorted({*_roles_in(bundle.xml), *([scenario.draft] if scenario.draft else [])}):
            connection.execute(insert(Role).values(code=role, name=role))
        for key, value in {**_CITY, **scenario.parameters}.items():
            row = {"key": key, "value": str(value), "since_on": _EPOCH, "norm": "cenário"}
            connection.execute(insert(Parameter).values(**row))
        _lots(connection, scenario)
        by = By(house=house, session=session, at=_at(house, "2000-01-01 00:00"), actor="scenario", name="cenário")
        by.roles = frozenset({ANALYST})
        procedures.publish(by, bundle)
        procedures.touch(by)


def _roles_in(xml: bytes) -> list[str]:
    found = {part.split('"')[0] for part in xml.decode().split('candidateGroups="')[1:]}
    return sorted(found - {EXTERNAL})


def _lots(connection: Any, scenario: Scenario) -> None:
    facts = scenario.services.get("cadastro.consultar")
    registrations = {act["answers"].get("inscricao_imobiliaria") for act in scenario.acts if act["do"] == "start"}
    for registration in sorted(one for one in registrations if one):
        row = {"registration": registration, "facts": dict(facts or {}), "updated_at": datetime(2000, 1, 1, tzinfo=UTC)}
        connection.execute(insert(Lot).values(**row))


# -- playing ----------------------------------------------------------------------------------------------------------


class Player:
    """Plays the acts of one scenario, in order, each in its own transaction, each at its own moment."""

    def __init__(self, house: House, scenario: Scenario) -> None:
        self.house = house
        self.scenario = scenario
        self.clock = Clockwork(house)
        self.case_id = 0
        self.number = ""

    def play(self) -> Played:
        """Play all acts; return how it went. Whatever an act refuses is raised."""
        for act in self.scenario.acts:
            at = _at(self.house, act["at"])
            self.pass_time(at)
            getattr(self, f"_{act['do']}")(at, act)
            self._settle(at)
        return self._played()

    def pass_time(self, until: datetime) -> None:
        """Let whatever falls due before `until` fall due at its own instant."""
        while True:
            with self._by(until, "clock") as by:
                due = deadlines.next_due(by)
            if due is None or due >= until:
                return
            self._settle(due + timedelta(seconds=1))

    def _settle(self, at: datetime) -> None:
        while self.clock.tick(at):
            pass

    def _start(self, at: datetime, act: Mapping[str, Any]) -> None:
        with self._by(at, EXTERNAL) as by:
            version = edition(by, effective_version(by, self.scenario.procedure))
            first = version.blueprint.first_task
            raw = self._with_files(act["answers"], version.forms.get((first.note.form if first else None) or ""))
            started = cases.start(by, self.scenario.procedure, raw, origin="portal")
        self.case_id, self.number = started.case_id, started.number

    def _complete(self, at: datetime, act: Mapping[str, Any]) -> None:
        with self._by(at, "clock") as by:
            task = self._open_task(by, act["task"])
        with self._by(at, task["role"]) as by:
            form = edition(by, task["version_id"]).forms.get(task["form"] or "")
            tasks.complete(by, task["id"], self._with_files(act["answers"], form), confirmed=True)

    def _pay(self, at: datetime, act: Mapping[str, Any]) -> None:
        with self._by(at, "clock") as by:
            query = select(MessageWait.key, Case.data).join(Case, Case.id == MessageWait.case_id)
            txid, data = by.connection.execute(
                query.where(MessageWait.case_id == self.case_id, MessageWait.name == "pagamento_confirmado")
            ).one()
        exact = act.get("amount", "exact") == "exact"
        value = data["cobranca"]["valor"] if exact else Decimal(str(act["amount"]))
        payload = {"valor": value, "pago_em": at.isoformat(), "origem": "banco"}
        message = cases.Message(
            source="banco",
            external_id=f"{txid}-{at:%Y%m%d%H%M}",
            name="pagamento_confirmado",
            key=txid,
            payload=payload,
        )
        with self._by(at, "clock") as by:
            cases.correlate(by, message)

    def _withdraw(self, at: datetime, act: Mapping[str, Any]) -> None:
        with self._by(at, EXTERNAL) as by:
            cases.withdraw(by, self.case_id, act.get("reason", "desisto do pedido"))

    def _tick(self, at: datetime, _act: Mapping[str, Any]) -> None:
        self._settle(at)

    def _open_task(self, by: By, element: str) -> Mapping[str, Any]:
        query = select(Task.id, Task.role, Task.form, Case.version_id).join(Case, Case.id == Task.case_id)
        row = by.connection.execute(
            query.where(Task.case_id == self.case_id, Task.element == element, Task.status == "open")
        ).one_or_none()
        if row is None:
            raise NotFound(task=element, case=self.number)
        return {"id": row.id, "role": row.role, "form": row.form, "version_id": row.version_id}

    def _with_files(self, answers: Any, form: Form | None) -> dict[str, Any]:
        """Put a small stored file of its kind in the place of every file name of a file field."""
        fields = form.file_fields if form else {}
        filled: dict[str, Any] = self._filled(answers, "", frozenset(fields))
        return filled

    def _filled(self, value: Any, path: str, fields: frozenset[str]) -> Any:
        if path in fields and isinstance(value, list):
            return [self._stored(name) for name in value]
        if isinstance(value, dict):
            return {name: self._filled(inner, f"{path}.{name}".strip("."), fields) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._filled(inner, path, fields) for inner in value]
        return value

    def _stored(self, name: str) -> dict[str, Any]:
        ending = Path(name).suffix
        content = _CONTENT.get(ending, _PDF)
        settings = self.house.settings
        stored = keep(io.BytesIO(content), name, settings.upload_limit_bytes, (ending,), settings.files_dir)
        return {"sha256": stored.sha256, "name": stored.name, "size": stored.size, "mime": stored.mime}

    @contextmanager
    def _by(self, at: datetime, role: str) -> Iterator[By]:
        with transaction(self.house.store) as session:
            by = By(house=self.house, session=session, at=at, actor=f"scenario:{role}", name=role)
            by.revision = revision(session)
            if role == EXTERNAL:
                by.case_id, by.name = self.case_id or None, "requerente"
            else:
                by.roles = frozenset({role})
            yield by

    def _played(self) -> Played:
        with self._by(_at(self.house, self.scenario.acts[-1]["at"]), "clock") as by:
            return _read_played(by, self.case_id, self.number)


def _read_played(by: By, case_id: int, number: str) -> Played:
    connection = by.connection
    case = connection.execute(select(Case.outcome, Case.data, Case.version_id).where(Case.id == case_id)).one()
    elements = edition(by, case.version_id).blueprint.elements
    steps = connection.execute(select(Step.element, Step.kind).where(Step.case_id == case_id).order_by(Step.seq))
    rows = connection.execute(
        select(Task.element, Task.due_at, Task.status).where(Task.case_id == case_id).order_by(Task.attempt)
    )
    task_rows: list[tuple[str, datetime | None, str]] = [(row.element, row.due_at, row.status) for row in rows]
    clocks = connection.execute(
        select(Clock.name, Clock.due_at, Clock.suspensions).where(Clock.case_id == case_id)
    ).all()
    papers = select(Document.type).where(Document.case_id == case_id, Document.origin == "emitido")
    dues = [(name, due) for name, due, _ in task_rows] + [(clock.name, clock.due_at) for clock in clocks]
    return Played(
        number=number,
        path=[name for name, kind in steps if kind in _SHOWN | _EVENTS or _ends(elements.get(name))],
        end=case.outcome,
        open=[name for name, _, status in task_rows if status == "open"],
        deadlines={name: _local_day(by.house, due) for name, due in dues if due is not None},
        suspended={clock.name: clock.suspensions for clock in clocks},
        documents=list(
            connection.execute(papers.where(Document.status != "substituido").order_by(Document.id)).scalars()
        ),
        data=case.data,
        case_id=case_id,
    )


def _ends(element: Element | None) -> bool:
    return element is not None and element.note.outcome is not None


def differences(played: Played, expect: Mapping[str, Any]) -> list[str]:
    """Return one line for each thing that went otherwise than expected; only what is named is compared."""
    found = [
        f"{name}: expected {expect[name]}, was {getattr(played, name)}"
        for name in ("end", "path", "open", "documents")
        if name in expect and getattr(played, name) != expect[name]
    ]
    for name in ("deadlines", "suspended", "data"):
        actual: Mapping[str, Any] = getattr(played, name)
        for key, value in (expect.get(name) or {}).items():
            if not _same(actual.get(key), value):
                found.append(f"{name}.{key}: expected {value}, was {actual.get(key)}")
    return found


def _same(actual: Any, expected: Any) -> bool:
    if isinstance(expected, float):
        return actual is not None and Decimal(str(actual)) == Decimal(str(expected))
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(_same(actual.get(key), value) for key, value in expected.items())
    return bool(actual == expected) or loads(dumps(actual)) == expected


def _at(house: House, local: str) -> datetime:
    zone = ZoneInfo(house.settings.zone)
    return datetime.fromisoformat(str(local)).replace(tzinfo=zone).astimezone(UTC)


def _local_day(house: House, moment: datetime) -> str:
    return moment.astimezone(ZoneInfo(house.settings.zone)).date().isoformat()

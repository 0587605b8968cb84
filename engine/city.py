"""What the city gives every case: calendar, dated parameters, and the published versions with their parts.

Published parts never change, so a process keeps them; calendar and parameters are kept until the city's revision moves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import bindparam, select

from engine.access import By
from engine.borrowed import Borrowed, borrow, called_keys, choose
from engine.bpmn.draft.plan import Draft
from engine.bpmn.drawing import Element
from engine.bpmn.many import counts
from engine.bpmn.reader import Blueprint, read_cached, read_cached_draft
from engine.dmn import Decision, read_tables
from engine.errors import NotFound
from engine.forms.components import Form
from engine.forms.definition import read_form
from engine.store.deadlines import Holiday
from engine.store.prepared import Prepared
from engine.store.procedures import FormVersion, PaperVersion, Parameter, Procedure, Revision, TableVersion, Version
from engine.store.session import Session
from engine.worktime import Calendar, DayOff

_IN_FORCE = Prepared(
    select(Version.id, Procedure.public)
    .join(Procedure, Procedure.id == Version.procedure_id)
    .where(Procedure.key == bindparam("key"), Version.effective_from <= bindparam("at"))
    .order_by(Version.effective_from.desc(), Version.number.desc())
    .limit(1)
)
_READ = (
    Version.sha256, Version.xml, Version.process_id, Version.manifest, Version.number, Procedure.id, Procedure.key,
    Procedure.name,
)  # fmt: skip
_REVISION = select(Revision.value).where(Revision.name == "city")


@dataclass(frozen=True, eq=False)
class Edition:
    """A published version with all its parts read: what cases of it run on."""

    id: int
    procedure_id: int
    procedure_key: str
    procedure_name: str
    number: int
    xml: bytes
    blueprint: Blueprint
    forms: Mapping[str, Form]
    tables: Mapping[str, Decision]
    papers: Mapping[str, str]
    borrowed: tuple[Borrowed, ...] = ()
    pins: Mapping[str, int] = field(default_factory=dict)
    revision: int | None = None

    def called(self, element: Element, at: datetime) -> str | None:
        """Return the part that a call of another procedure begins at a moment, None when nothing is in force."""
        caller = next((one for one in self.borrowed if element.id.startswith(one.prefix)), None)
        pins = self.pins if caller is None else caller.manifest.get("called", {})
        found = choose(element, pins, self.borrowed, at)
        return None if found is None else found.blueprint.drawing.process_id

    @property
    def is_draft(self) -> bool:
        """Whether what its drawing lacks is asked of people."""
        return self.blueprint.draft is not None


def edition(by: By, version_id: int) -> Edition:
    """Return a published version, read once per process; one that calls others, again when a version was published.

    Raises: NotFound.
    """
    shelf: dict[int, Edition] = by.house.shelf.setdefault("editions", {})
    found = shelf.get(version_id)
    if found is None or (found.revision is not None and found.revision != by.revision):
        found = shelf[version_id] = _read_edition(by, version_id)
    return found


def _read_edition(by: By, version_id: int) -> Edition:
    query = select(*_READ).join(Procedure, Procedure.id == Version.procedure_id).where(Version.id == version_id)
    row = by.connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(version=version_id)
    sha256, xml, process_id, manifest, number, procedure_id, key, name = row
    own = Edition(
        id=version_id,
        procedure_id=procedure_id,
        procedure_key=key,
        procedure_name=name,
        number=number,
        xml=xml,
        blueprint=read_cached_draft(sha256, xml, Draft.of_json(manifest["draft"]))
        if "draft" in manifest
        else read_cached(sha256, xml, process_id),
        **_parts(by, manifest, ""),
        pins=manifest.get("called", {}),
    )
    keys = called_keys(own.blueprint)
    return _with_called(by, own, keys) if keys else own


def _with_called(by: By, own: Edition, keys: set[str]) -> Edition:
    """Return an edition with the versions that it may call and their parts, each name under its prefix.

    A paper that a connector asks for by name is the caller's, else that of the latest version that has it.
    """
    borrowed = borrow(by, keys)
    kinds: dict[str, dict[str, Any]] = {"forms": {}, "tables": {}, "papers": {}}
    for one in borrowed:
        for kind, parts in _parts(by, one.manifest, one.prefix).items():
            kinds[kind] |= parts
            if kind == "papers":
                kinds[kind] |= {name.removeprefix(one.prefix): body for name, body in parts.items()}
    return replace(
        own,
        blueprint=own.blueprint.with_called([(one.key, one.blueprint) for one in borrowed]),
        forms={**kinds["forms"], **own.forms},
        tables={**kinds["tables"], **own.tables},
        papers={**kinds["papers"], **own.papers},
        borrowed=borrowed,
        revision=by.revision,
    )


def _parts(by: By, manifest: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    tables: dict[str, Decision] = {}
    for body in _bodies(by, TableVersion, manifest["tables"]).values():
        tables |= {prefix + name: table for name, table in read_tables(body).items()}
    return {
        "forms": {prefix + form: read_form(body) for form, body in _bodies(by, FormVersion, manifest["forms"]).items()},
        "tables": tables,
        "papers": {prefix + name: body for name, body in _bodies(by, PaperVersion, manifest["papers"]).items()},
    }


def _bodies(by: By, table: Any, hashes: Mapping[str, str]) -> dict[str, Any]:
    """Return {key: body} of the parts that a manifest names by hash."""
    if not hashes:
        return {}
    rows = by.connection.execute(select(table.sha256, table.body).where(table.sha256.in_(set(hashes.values()))))
    bodies: dict[str, Any] = {sha256: body for sha256, body in rows}  # noqa: C416  a Row is a tuple to Python, not to the type checker
    return {key: bodies[sha256] for key, sha256 in hashes.items()}


def effective_version(by: By, procedure_key: str, *, public: bool = False) -> int:
    """Return the id of the version of a procedure in force at `by.at`.

    `public`: only of a procedure that the city offers to everybody. Raises: NotFound.
    """
    found = _IN_FORCE.row(by.connection, {"key": procedure_key, "at": by.at})
    if found is None or (public and not found[1]):
        raise NotFound(procedure=procedure_key)
    version_id: int = found[0]
    return version_id


def revision(session: Session) -> int:
    """Return the count of changes to people, calendar and parameters; what processes keep is good for one value."""
    return session.connection().execute(_REVISION).scalar() or 0


def calendar(by: By) -> Calendar:
    """Return the city's calendar with its rows and those of every sector."""
    return by.house.kept("calendar", by.revision, lambda: _read_calendar(by))


def _read_calendar(by: By) -> Calendar:
    rows = by.connection.execute(select(Holiday.__table__).order_by(Holiday.on_date, Holiday.id)).mappings()
    days = tuple(
        DayOff(
            on=row["on_date"], until=row["until_date"], name=row["name"], closes_at=row["closes_at"],
            sector=row["role"], norm=row["norm"],
        )
        for row in rows
    )  # fmt: skip
    settings = by.house.settings
    return Calendar(zone=settings.zone, state=settings.state, days_off=days)


def parameter(by: By) -> Callable[[str], object]:
    """Return the function that FEEL knows as `parametro`: the value in force on the local day of `by.at`."""
    dated = by.house.kept("parameters", by.revision, lambda: _read_parameters(by))
    today = by.at.astimezone(ZoneInfo(by.house.settings.zone)).date()

    def value(key: object) -> object:
        for since, until, kept in dated.get(str(key), ()):
            if since <= today and (until is None or today <= until):
                return kept
        return None

    return value


def _read_parameters(by: By) -> dict[str, list[tuple[date, date | None, object]]]:
    dated: dict[str, list[tuple[date, date | None, object]]] = {}
    query = select(Parameter.key, Parameter.since_on, Parameter.until_on, Parameter.value).order_by(Parameter.since_on)
    for key, since, until, text in by.connection.execute(query):
        dated.setdefault(key, []).append((since, until, _number_or_text(text)))
    return dated


def _number_or_text(text: str) -> object:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


class _Kept(msgspec.Struct):
    """The notes inside a case's saved state; the rest of it is the engine's alone."""

    n: dict[str, Any]


class _Parts(msgspec.Struct):
    """The parts inside a case's saved state, outermost first: the task around each, whether it ended, its tasks."""

    w: list[tuple[str, bool, list[list[Any]]]]


_notes_reader = msgspec.json.Decoder(_Kept)
_parts_reader = msgspec.json.Decoder(_Parts)


def form_context(case: Mapping[str, Any], task_id: UUID) -> dict[str, object]:
    """Return what the form of a task sees: the case's data, the task's own, `processo` and `relogios`.

    `case` has the columns number, started_at, state and data.
    """
    facts = case_facts(case["number"], case["started_at"], _notes_reader.decode(case["state"]).n)
    return {**case["data"], **local_names(case["state"], task_id), **facts}


def local_names(state: str, task_id: UUID) -> dict[str, object]:
    """Return what a task sees of its own: of its instance among many and of the sub-processes around it.

    `state`: of the task's case, as saved. Nothing is found for a task that is not open.
    """
    if not any(f'"{word}":' in state for word in ("local", "nth", "apart")):
        return {}
    parts = _parts_reader.decode(state).w
    kept = {row[0]: (above, row[4] if len(row) > 4 else {}) for above, _, rows in parts for row in rows if row[0]}
    names: dict[str, object] = {}
    here = task_id.hex
    while here in kept:
        above, own = kept[here]
        inner = {**own.get("local", {}), **own.get("apart", {})}
        if "nth" in own:
            inner |= {"loopCounter": own["nth"], **counts(kept.get(above, ("", {}))[1].get("many", {}))}
        names = {**inner, **names}
        here = above
    return names


def case_facts(number: str, started_at: datetime, notes: Mapping[str, Any]) -> dict[str, object]:
    """Return the names that no answer can overwrite: `processo` {numero, protocolado_em}, `relogios` by name."""
    clocks = notes.get("clocks", {})
    return {
        "processo": {"numero": number, "protocolado_em": started_at.isoformat()},
        "relogios": {
            name: {"suspensoes": clock["suspensions"], "vence_em": clock["due"]} for name, clock in clocks.items()
        },
    }

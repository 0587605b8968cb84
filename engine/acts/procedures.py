"""Publishing: a diagram with its forms, tables and templates becomes a version, whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update

from engine import dmn
from engine.access import ANALYST, EXTERNAL, By, require_duty, require_scope
from engine.acts.advance.hearers import entrances
from engine.acts.surroundings import topics
from engine.audit import record
from engine.bpmn.beginnings import event_starts, start_key
from engine.bpmn.check.around import Surroundings
from engine.bpmn.reader import Blueprint, read, read_draft
from engine.bpmn.structure import Finding
from engine.city import edition, effective_version
from engine.errors import BadInput, DecisionRefused, DiagramRefused, NotFound
from engine.forms.asking import asking
from engine.forms.definition import read_form
from engine.outlets.connectors import known
from engine.store.base import dumps, table
from engine.store.cases import MESSAGE
from engine.store.people import Role, Secretariat
from engine.store.procedures import (
    FormVersion,
    PaperVersion,
    Parameter,
    Procedure,
    Revision,
    StartEvent,
    TableVersion,
    Version,
)


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """What is published together. Keys are the names by which the diagram calls its parts.

    `accepted`: codes of findings that the analyst says are meant; the trail keeps them. `process`: which process of the
    diagram it is; None for the one that is executable, or of several for the one that has the key as its id or that no
    other calls. `draft`: the role
    that does what the drawing gives to nobody, when it is run although it lacks conditions, times or roles.
    """

    key: str
    name: str
    xml: bytes
    forms: Mapping[str, str]
    tables: Mapping[str, bytes]
    papers: Mapping[str, str]
    secretariat: str | None = None
    accepted: frozenset[str] = frozenset()
    process: str | None = None
    draft: str | None = None


@dataclass(frozen=True)
class Published:
    """The version that a bundle became; `fresh` is False when the same content had been published before."""

    version_id: int
    number: int
    fresh: bool


def publish(by: By, bundle: Bundle, *, effective_from: datetime | None = None, note: str | None = None) -> Published:
    """Publish a bundle as the next version of its procedure, effective at once or from a moment.

    The same content again gives the version that it already is. Open cases stay on their version.
    Raises: Denied, DiagramRefused with every finding in diagram, forms, tables and templates.
    """
    require_scope(by, "procedures:deploy")
    require_duty(by, ANALYST)
    blueprint = inspect(by, bundle)
    if blueprint.draft is not None:
        bundle = replace(bundle, forms=_asked(bundle, blueprint))
    starts = _starts(by, bundle, blueprint)
    manifest = _manifest(bundle, blueprint) | _pinned(by, blueprint)
    sha256 = hashlib.sha256(dumps(manifest).encode()).hexdigest()
    procedure_id = _procedure(by, bundle)
    same = select(Version.id, Version.number).where(Version.procedure_id == procedure_id, Version.sha256 == sha256)
    found = by.connection.execute(same).one_or_none()
    if found is not None:
        return Published(found.id, found.number, fresh=False)
    _keep_parts(by, bundle, manifest)
    last = by.connection.execute(select(func.max(Version.number)).where(Version.procedure_id == procedure_id)).scalar()
    number = (last or 0) + 1
    row = {
        "procedure_id": procedure_id, "number": number, "sha256": sha256, "xml": bundle.xml,
        "process_id": blueprint.drawing.process_id, "manifest": manifest, "effective_from": effective_from or by.at,
        "published_at": by.at, "published_by": by.name, "note": note,
    }  # fmt: skip
    version_id = by.connection.execute(insert(Version).values(**row).returning(Version.id)).scalar_one()
    if starts:
        by.connection.execute(insert(table(StartEvent)), [{"version_id": version_id, **one} for one in starts])
    touch(by)  # whoever may call this procedure reads its versions anew
    record(by, "procedure.publish", f"procedure:{bundle.key}", _recorded(bundle, number, sha256))
    return Published(version_id, number, fresh=True)


def _starts(by: By, bundle: Bundle, blueprint: Blueprint) -> list[dict[str, Any]]:
    """Return the rows of the events with which cases begin.

    Raises: DiagramRefused when another procedure in force begins with the same message: it could be only one.
    """
    drawing, rows = blueprint.drawing, []
    for one in event_starts(drawing):
        row = {"element": one.id, "kind": one.event, "name": drawing.heard_name(one), "key": None}
        if one.event == MESSAGE:
            row["key"] = start_key(one)
            _require_free(by, bundle.key, row)
        rows.append(row)
    return rows


def _require_free(by: By, procedure_key: str, row: Mapping[str, Any]) -> None:
    taken = [edition(by, one.version_id).procedure_key for one in entrances(by, MESSAGE, row["name"], row["key"])]
    others = [key for key in taken if key != procedure_key]
    if others:
        found = {"element": row["element"], "code": "start-message-taken", "name": row["name"], "procedure": others[0]}
        raise DiagramRefused(findings=[found])


def _pinned(by: By, blueprint: Blueprint) -> dict[str, Any]:
    """Return, for the manifest, the versions in force of what is called as it is at publication."""
    calls = [one.passing for one in blueprint.elements.values() if one.passing is not None and one.passing.elsewhere]
    keys = {one.called or "" for one in calls if one.binding == "deployment"}
    try:
        in_force = {key: effective_version(by, key) for key in sorted(keys)}
    except NotFound as missing:
        found_none = {"element": None, "code": "called-unknown", "name": missing.facts["procedure"]}
        raise DiagramRefused(findings=[found_none]) from missing
    numbers = select(Version.id, Version.number).where(Version.id.in_(in_force.values()))
    found = {row.id: row.number for row in by.connection.execute(numbers)} if keys else {}
    return {"called": {key: found[version_id] for key, version_id in in_force.items()}} if keys else {}


def _recorded(bundle: Bundle, number: int, sha256: str) -> dict[str, Any]:
    facts: dict[str, Any] = {"version": number, "sha256": sha256}
    facts |= {"accepted": sorted(bundle.accepted)} if bundle.accepted else {}
    return {**facts, "draft": bundle.draft} if bundle.draft else facts


def inspect(by: By, bundle: Bundle) -> Blueprint:
    """Return the blueprint of a bundle in which everything named exists and compiles. Raises: DiagramRefused."""
    found: list[Finding] = []
    decisions = _decisions(bundle, found)
    for key, body in bundle.forms.items():
        try:
            read_form(body)
        except DiagramRefused as refused:
            found += [{**one, "form": key} for one in _findings(refused)]
    around = Surroundings(
        roles=_roles(by), procedures=_procedures(by, bundle), forms=bundle.forms, decisions=decisions,
        papers=bundle.papers, topics=topics(known(by.house)),
        shortest_cycle=timedelta(seconds=by.house.settings.shortest_cycle_seconds),
    )  # fmt: skip
    if bundle.draft and bundle.draft not in (around.roles or ()):
        found.append({"element": None, "code": "role-unknown", "name": bundle.draft})
    try:
        blueprint = _read(bundle, around)
    except DiagramRefused as refused:
        raise DiagramRefused(findings=found + _findings(refused)) from refused
    if found:
        raise DiagramRefused(findings=found)
    return blueprint


def _read(bundle: Bundle, around: Surroundings) -> Blueprint:
    if bundle.draft:
        return read_draft(bundle.xml, bundle.draft, around, bundle.process or bundle.key)
    return read(bundle.xml, around, bundle.accepted, bundle.process or bundle.key)


def _asked(bundle: Bundle, blueprint: Blueprint) -> dict[str, str]:
    """Return the form of each task of a draft, by its element: its own, or a remark, and which way the case goes on.

    Raises: DiagramRefused when a form has a field of the question's name.
    """
    forms, found = {}, list[Finding]()
    for element, question in blueprint.questions.items():
        own = bundle.forms.get(question.form or "")
        forms[element] = asking(element, own, question.ways, several=question.several, result=question.result)
        try:
            read_form(forms[element])
        except DiagramRefused as refused:
            found += [{**one, "form": question.form or element} for one in _findings(refused)]
    if found:
        raise DiagramRefused(findings=found)
    return forms


def _procedures(by: By, bundle: Bundle) -> dict[str, set[int]]:
    """Return the numbers of the versions of every procedure by its key, that of the bundle too."""
    query = select(Procedure.key, Version.number, Version.manifest).join(Version, Version.procedure_id == Procedure.id)
    found: dict[str, set[int]] = {bundle.key: {0}}
    for key, number, manifest in by.connection.execute(query):
        if "draft" not in manifest:
            found.setdefault(key, set()).add(number)
    return found


def _findings(refused: DiagramRefused) -> list[Finding]:
    found: list[Finding] = refused.facts["findings"]  # type: ignore[assignment]  # DiagramRefused's own fact
    return found


def _decisions(bundle: Bundle, found: list[Finding]) -> Collection[str]:
    names: set[str] = set()
    for key, body in bundle.tables.items():
        try:
            problems = dmn.check(body)
            found += [{"element": None, "code": "table-refused", "file": key, **one} for one in problems]
            if not problems:
                names |= set(dmn.read_tables(body))
        except (DecisionRefused, DiagramRefused) as refused:
            found.append({"element": None, "code": "table-refused", "file": key, **refused.facts})
    return names


def _roles(by: By) -> set[str]:
    return {EXTERNAL, *by.connection.execute(select(Role.code)).scalars()}


def _manifest(bundle: Bundle, blueprint: Blueprint) -> dict[str, Any]:
    def hashes(parts: Mapping[str, str | bytes]) -> dict[str, str]:
        return {key: _sha256(parts[key]) for key in sorted(parts)}

    draft = {} if blueprint.draft is None else {"draft": blueprint.draft.as_json()}
    return draft | {
        "diagram": _sha256(bundle.xml),
        "forms": hashes(bundle.forms),
        "tables": hashes(bundle.tables),
        "papers": hashes(bundle.papers),
    }


def _sha256(body: str | bytes) -> str:
    return hashlib.sha256(body.encode() if isinstance(body, str) else body).hexdigest()


def _procedure(by: By, bundle: Bundle) -> int:
    found = by.connection.execute(select(Procedure.id).where(Procedure.key == bundle.key)).scalar()
    if found is not None:
        return found
    owner = select(Secretariat.id).where(Secretariat.code == bundle.secretariat).scalar_subquery()
    row = {"key": bundle.key, "name": bundle.name, "secretariat_id": owner, "public": True}
    procedure_id: int = by.connection.execute(insert(Procedure).values(**row).returning(Procedure.id)).scalar_one()
    return procedure_id


def _keep_parts(by: By, bundle: Bundle, manifest: Mapping[str, Any]) -> None:
    parts: tuple[tuple[Any, Mapping[str, str | bytes], Mapping[str, str]], ...] = (
        (FormVersion, bundle.forms, manifest["forms"]),
        (TableVersion, bundle.tables, manifest["tables"]),
        (PaperVersion, bundle.papers, manifest["papers"]),
    )
    for model, bodies, hashes in parts:
        known = set(by.connection.execute(select(model.sha256).where(model.sha256.in_(hashes.values()))).scalars())
        fresh = {hashes[key]: {"sha256": hashes[key], "key": key, "body": body} for key, body in bodies.items()}
        rows = [row for sha256, row in fresh.items() if sha256 not in known]
        if rows:
            by.connection.execute(insert(model), rows)


def set_parameter(by: By, key: str, value: str, since: date, norm: str) -> None:
    """Set a dated parameter from `since` on; the value in force until then ends the day before.

    Raises: Denied, BadInput when there is a value from that day or a later one on (since: overlaps).
    """
    require_duty(by, "gestor", "administrador")
    later = select(Parameter.id).where(Parameter.key == key, Parameter.since_on >= since)
    if by.connection.execute(later).first() is not None:
        raise BadInput(errors={"since": ["overlaps"]})
    before = update(Parameter).where(Parameter.key == key, Parameter.since_on < since)
    still = before.where(Parameter.until_on.is_(None) | (Parameter.until_on >= since))
    by.connection.execute(still.values(until_on=since - timedelta(days=1)))
    by.connection.execute(insert(Parameter).values(key=key, value=value, since_on=since, norm=norm))
    touch(by)
    record(by, "parameter.set", f"parameter:{key}", {"value": value, "since": since.isoformat(), "norm": norm})


def touch(by: By) -> None:
    """Tell every process that people, calendar or parameters changed."""
    moved = update(Revision).where(Revision.name == "city").values(value=Revision.value + 1)
    if by.connection.execute(moved).rowcount == 0:
        by.connection.execute(insert(Revision).values(name="city", value=1))

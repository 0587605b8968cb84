"""What the portal shows before anyone signs in: what can be asked of the city hall, and the form to ask it with.

Everything comes from the version in force, as its analyst published it. It must never show a case.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from engine import feel
from engine.access import EXTERNAL, By
from engine.bpmn.drawing import Drawing, Element, role_of
from engine.city import Edition, calendar, edition, effective_version, parameter
from engine.errors import BadInput, ExpressionRefused, NotFound
from engine.forms.components import Component, FilePicker, Form, Group, Input, Rows, Text
from engine.forms.manner import Manner, shapes_of
from engine.forms.view import Shown, view
from engine.store.people import SecretariatTerm
from engine.store.procedures import Procedure, Version
from engine.words import words
from engine.worktime import Term

NO_GOOD = frozenset({"arquivado", "indeferido", "desistencia", "tacito"})


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A procedure that the city offers now."""

    key: str
    name: str
    secretariat: str | None
    version_id: int


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Something that the start form asks. `always` is False when it depends on other answers."""

    label: str
    required: bool
    always: bool
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class Charter:
    """A procedure as the Carta de Serviços describes it (Lei 13.460/2017 art. 7º §2º)."""

    key: str
    name: str
    secretariat: str | None
    number: int
    since: datetime
    sections: tuple[tuple[str, tuple[Asked, ...]], ...]
    documents: tuple[Asked, ...]
    stages: tuple[str, ...]
    term: Term | None
    norm: str | None
    has_fee: bool
    may_appeal: bool
    may_withdraw: bool


@dataclass(frozen=True, kw_only=True)
class Opening:
    """The start form of a procedure, the procedure's name, and the version in force that both are of."""

    key: str
    name: str
    form: Form
    version: Edition


def offers(by: By) -> list[Offer]:
    """Return the public procedures with a version in force, by name."""
    latest = (
        select(Version.procedure_id, Version.id, func.row_number().over(
            partition_by=Version.procedure_id, order_by=(Version.effective_from.desc(), Version.number.desc())
        ).label("rank"))
        .where(Version.effective_from <= by.at)
        .subquery()
    )  # fmt: skip
    query = (
        select(Procedure.key, Procedure.name, SecretariatTerm.name, latest.c.id)
        .join(latest, latest.c.procedure_id == Procedure.id)
        .outerjoin(SecretariatTerm, _named_on(today(by)))
        .where(Procedure.public.is_(True), latest.c.rank == 1)
        .order_by(Procedure.name)
    )
    rows = by.connection.execute(query)
    return [Offer(key=key, name=name, secretariat=owner, version_id=version) for key, name, owner, version in rows]


def today(by: By) -> date:
    """Return the city's local day."""
    return by.at.astimezone(ZoneInfo(by.house.settings.zone)).date()


def _named_on(day: date) -> Any:
    return (
        (SecretariatTerm.secretariat_id == Procedure.secretariat_id)
        & (SecretariatTerm.since_on <= day)
        & (SecretariatTerm.until_on.is_(None) | (SecretariatTerm.until_on >= day))
    )


def service(by: By, key: str) -> Charter:
    """Return what the Carta de Serviços says of a procedure. Raises: NotFound, also for one that is not public."""
    offer = _offer(by, key)
    version = edition(by, offer.version_id)
    since = by.connection.execute(select(Version.effective_from).where(Version.id == version.id)).scalar_one()
    drawing = version.blueprint.drawing
    clock = next((element for element in drawing.elements.values() if element.note.clock), None)
    form = _start_form(version)
    return Charter(
        key=key,
        name=version.procedure_name,
        secretariat=offer.secretariat,
        number=version.number,
        since=since,
        sections=_sections(form) if form else (),
        documents=tuple(_asked(picker) for picker in form.file_fields.values()) if form else (),
        stages=stages(drawing),
        term=_term(by, clock.expression) if clock else None,
        norm=clock.note.norm if clock else None,
        has_fee=any(element.note.topic == "pix.cobrar" for element in drawing.elements.values()),
        may_appeal=any(_is_appeal(element) for element in drawing.elements.values()),
        may_withdraw="desistencia" in drawing.messages.values(),
    )


def opening(by: By, key: str) -> Opening:
    """Return the start form of a public procedure. Raises: NotFound."""
    version = edition(by, effective_version(by, key, public=True))
    form = _start_form(version)
    if form is None:
        raise NotFound(procedure=key)
    return Opening(key=key, name=version.procedure_name, form=form, version=version)


def fields(
    by: By, form: Form, raw: Mapping[str, Any], context: Mapping[str, Any], version: Edition | None = None
) -> list[Shown]:
    """Return a form as it is to be shown with what was typed so far over a case's data.

    Values that another form of the `version` asked for read in its sentences as that form writes them.
    """
    manner = Manner(by.house.settings.zone, shapes_of(version.forms.values()) if version else {})
    return view(form, raw, context, words(by.at, calendar(by), parameter(by)), manner)


def _offer(by: By, key: str) -> Offer:
    effective_version(by, key)
    found = next((offer for offer in offers(by) if offer.key == key), None)
    if found is None:
        raise NotFound(procedure=key)
    return found


def _start_form(version: Edition) -> Form | None:
    first = version.blueprint.first_task
    return version.forms.get(first.note.form or "") if first else None


def _is_appeal(element: Element) -> bool:
    return element.is_for_people and role_of(element) == EXTERNAL and element.note.stage == "Recurso"


def _term(by: By, expression: str | None) -> Term | None:
    """Return the term that a clock's expression asks `prazo` for at this moment, None when it names no term."""
    asked: list[Term] = []
    host = words(by.at, calendar(by), parameter(by), asked.append)
    try:
        feel.compile_expression(expression or "").evaluate({}, host)
    except (ExpressionRefused, BadInput, TypeError, ValueError):
        return None  # a term that depends on the case cannot be told beforehand
    return asked[0] if asked else None


# -- what the start form asks -----------------------------------------------------------------------------------------


def _sections(form: Form) -> tuple[tuple[str, tuple[Asked, ...]], ...]:
    """Return [(group's label, what it asks)], files left out: they are documents."""
    found = [
        (_plain(component.label), tuple(_inputs(component.level.components, always=component.hide is None)))
        for component in form.components
        if isinstance(component, Group)
    ]
    return tuple((label, asked) for label, asked in found if label and asked)


def _inputs(components: Iterable[Component], *, always: bool) -> Iterator[Asked]:
    for component in components:
        known = always and component.hide is None
        if isinstance(component, Group | Rows):
            yield from _inputs(component.level.components, always=known)
        elif isinstance(component, Input) and not isinstance(component, FilePicker):
            asked = _asked(component)
            yield Asked(label=asked.label, required=asked.required, always=known, hint=asked.hint)


def _asked(component: Input) -> Asked:
    return Asked(
        label=_plain(component.label),
        required=component.required,
        always=component.hide is None,
        hint=_plain(component.description),
    )


def _plain(text: Text) -> str:
    return "".join(part for part in text.parts if isinstance(part, str)).strip()


# -- the way of a case, in plain words --------------------------------------------------------------------------------


def stages(drawing: Drawing) -> tuple[str, ...]:
    """Return the public stages along the shortest way from the start to what was asked for, in order."""
    found: dict[str, None] = {}
    for element_id in _shortest_way(drawing):
        stage = drawing.elements[element_id].note.stage
        if stage:
            found.setdefault(stage)
    return tuple(found)


def goal_name(drawing: Drawing) -> str:
    """Return the name of the end event that gives what was asked for."""
    return drawing.elements[_shortest_way(drawing)[-1]].name


def _shortest_way(drawing: Drawing) -> list[str]:
    """Return the elements from the start to the nearest end that gives what was asked, events on borders left out."""
    start = next(element.id for element in drawing.within(None) if element.kind == "startEvent")
    came_from: dict[str, str] = {start: ""}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        element = drawing.elements[here]
        if _is_goal(element):
            return _back(came_from, here)
        for there in _next(drawing, element):
            if there not in came_from:
                came_from[there] = here
                queue.append(there)
    return list(drawing.elements)


def _is_goal(element: Element) -> bool:
    return element.kind == "endEvent" and element.scope is None and element.note.outcome not in NO_GOOD


def _next(drawing: Drawing, element: Element) -> list[str]:
    """Return where the way goes on: into a sub-process, out of it at its plain ends, or along the flows."""
    if element.kind == "subProcess" and not element.event_scope:
        return [inner.id for inner in drawing.within(element.id) if inner.kind == "startEvent"]
    if element.kind == "endEvent":
        return [] if element.scope is None or element.event else _out_of(drawing, element.scope)
    return [flow.target for flow in drawing.outgoing(element.id)]


def _out_of(drawing: Drawing, scope: str) -> list[str]:
    return [flow.target for flow in drawing.outgoing(scope)]


def _back(came_from: Mapping[str, str], last: str) -> list[str]:
    way = [last]
    while came_from[way[-1]]:
        way.append(came_from[way[-1]])
    return way[::-1]

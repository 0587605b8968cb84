"""The city's cases: each act of `data/cases.yaml` done through the engine by whoever would do it, at its past moment.

Between two acts time passes as it would: what falls due is settled at its instant. Nothing is written but by acts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import select

from engine.access import EXTERNAL, By
from engine.acts import cases, deadlines, tasks
from engine.city import revision
from engine.clockwork import Clockwork
from engine.demo.attachments import Attachments
from engine.demo.city import DATA, PROCEDURE, Days, Founded, Plan, citizens, lots
from engine.errors import NotFound
from engine.house import House
from engine.standing import standing
from engine.store.cases import Case, MessageWait, Task
from engine.store.people import ApiToken, Membership, Role, Servant, StandIn
from engine.store.session import transaction

_OPENS, _PACE = 8 * 60 + 10, 43  # minutes of the day at which a case's acts begin, and between one and the next
_PAYMENT = "pagamento_confirmado"
Tell = Callable[[int, int, datetime], None]


@dataclass
class Story:
    """One case of the plan: how it is told, and, once it began, its own numbers."""

    order: int
    plan: Plan
    requester: str
    case_id: int = 0
    number: str = ""
    code: str = ""


@dataclass(frozen=True, order=True)
class Deed:
    """One act of one story at its moment."""

    at: datetime
    order: int
    name: str
    story: Story = field(compare=False)


def play(house: House, founded: Founded, now: datetime, tell: Tell) -> list[Story]:
    """Do every act of every case in the order of time, then let time pass until `now`; return the stories.

    `tell` hears (acts done, acts in all, moment) after each.
    """
    plan = yaml.safe_load((DATA / "cases.yaml").read_text(encoding="utf-8"))
    stories = _stories(plan)
    deeds = sorted(deed for story in stories for deed in _deeds(story, founded.days))
    stage = _Stage(house, founded, plan)
    for done, deed in enumerate(deeds, start=1):
        stage.pass_time(deed.at)
        stage.do(deed)
        tell(done, len(deeds), deed.at)
    stage.pass_time(now)
    return stories


def _stories(plan: Plan) -> list[Story]:
    land = lots()
    return [
        Story(order, one, one.get("who") or land[one["lot"]]["proprietario"]) for order, one in enumerate(plan["cases"])
    ]


def _deeds(story: Story, days: Days) -> Iterator[Deed]:
    spoken = [one.split() for one in story.plan["acts"].split(",") if one.strip()]
    for number, (name, after) in enumerate([("protocolar", "0"), *spoken]):
        day = days.back(story.plan["back"] - int(after))
        minutes = _OPENS + story.order * 7 % 41 + number * _PACE
        yield Deed(days.at(day, time(minutes // 60, minutes % 60)), story.order, name, story)


class _Stage:
    """Where the acts are done: the house, its clock, and who is who."""

    def __init__(self, house: House, founded: Founded, plan: Plan) -> None:
        self.house = house
        self.plan = plan
        self.days = founded.days
        self.clock = Clockwork(house)
        self.servants = founded.servants
        self.attachments = Attachments(house)
        self.land, self.citizens = lots(), citizens()
        with self.clock.by(self.days.at(self.days.today, time())) as by:
            self.holders = _holders(by)
            self.absences = _absences(by)
            self.bank = by.connection.execute(select(ApiToken.id).where(ApiToken.name == "banco")).scalar_one()

    def pass_time(self, until: datetime) -> None:
        """Settle whatever falls due before `until`, each at its instant, with the orders that follow."""
        while True:
            with self.clock.by(until) as by:
                due = deadlines.next_due(by)
            if due is None or due >= until:
                return
            self._settle(due + timedelta(seconds=1))

    def do(self, deed: Deed) -> None:
        """Do one act and what the city's own machines then do at once."""
        if deed.name == "protocolar":
            self._start(deed)
        else:
            act = self.plan["acts"][deed.name]
            _DOINGS[act.get("do", "complete")](self, deed, act)
        self._settle(deed.at)

    def _settle(self, at: datetime) -> None:
        while self.clock.tick(at):
            pass

    # -- what citizens do ---------------------------------------------------------------------------------------------

    def _start(self, deed: Deed) -> None:
        story = deed.story
        origin = story.plan.get("origin", "portal")
        with self._servant(deed, "protocolo") if origin == "balcao" else self._citizen(deed) as by:
            raw = self.attachments.filled(_request(self.plan, story, self.land, self.citizens))
            started = cases.start(by, PROCEDURE.rpartition("/")[2], raw, origin=origin)
        story.case_id, story.number, story.code = started.case_id, started.number, started.access_code

    def withdraw(self, deed: Deed, act: Plan) -> None:
        with self._citizen(deed) as by:
            cases.withdraw(by, deed.story.case_id, act["reason"])

    def pay(self, deed: Deed, act: Plan) -> None:
        """Let the bank tell of a payment, as its integration would."""
        with self.clock.by(deed.at) as by:
            txid, due = _charge(by, deed.story.case_id)
            value = Decimal(act["amount"]) if "amount" in act else due
            by.actor, by.name, by.scopes = f"token:{self.bank}", "banco", frozenset({"messages"})
            payload = {"valor": value, "pago_em": deed.at.isoformat(), "origem": "banco"}
            external = f"E{deed.at:%Y%m%d%H%M}{deed.order:04d}"
            message = cases.Message(source=by.actor, external_id=external, name=_PAYMENT, key=txid, payload=payload)
            cases.correlate(by, message)

    # -- what servants do ---------------------------------------------------------------------------------------------

    def complete(self, deed: Deed, act: Plan) -> None:
        with self.clock.by(deed.at) as by:
            task_id, role, data = _open_task(by, deed.story, act["task"])
        raw = self.attachments.filled(_answers(act, data))
        with self._citizen(deed) if role == EXTERNAL else self._servant(deed, role) as by:
            tasks.complete(by, task_id, raw, confirmed=True)

    def take(self, deed: Deed, act: Plan) -> None:
        with self.clock.by(deed.at) as by:
            task_id, _, _ = _open_task(by, deed.story, act["task"])
        with self._person(deed, act["by"]) as by:
            tasks.take(by, task_id)

    def remark(self, deed: Deed, act: Plan) -> None:
        with self._person(deed, act["by"]) as by:
            cases.remark(by, deed.story.case_id, act["body"], public=False)

    def settle_by_hand(self, deed: Deed, _act: Plan) -> None:
        """Let Fazenda enter a payment that it saw on its own statement."""
        with self._person(deed, "fazenda") as by:
            _, due = _charge(by, deed.story.case_id)
            cases.confirm_payment(by, deed.story.case_id, int(due * 100), "extrato do dia, lançamento 4471")

    # -- who ----------------------------------------------------------------------------------------------------------

    @contextmanager
    def _citizen(self, deed: Deed) -> Iterator[By]:
        story = deed.story
        with self.clock.by(deed.at) as by:
            if story.case_id:
                by.actor, by.name, by.case_id = f"citizen:{story.number}", story.requester, story.case_id
            else:
                by.actor, by.name = f"visitor:demo-{story.order}", "visitante"
            yield by

    @contextmanager
    def _servant(self, deed: Deed, role: str) -> Iterator[By]:
        """Give somebody of a role, in turn; for whoever is away, the deputy."""
        day = deed.at.astimezone(self.days.zone).date()
        there = [login for login, since, until in self.holders[role] if since <= day and (not until or day <= until)]
        login = there[deed.order % len(there)]
        for absent, deputy, of, since, until in self.absences:
            if absent == login and of in (role, None) and since <= day <= until:
                login = deputy
        with self._person(deed, login) as by:
            yield by

    @contextmanager
    def _person(self, deed: Deed, login: str) -> Iterator[By]:
        servant_id = self.servants[login]
        with transaction(self.house.store) as session:
            moved = revision(session)
            day = deed.at.astimezone(self.days.zone).date()
            held = standing(self.house, session.connection(), servant_id, day, moved)
            name = session.connection().execute(select(Servant.name).where(Servant.id == servant_id)).scalar_one()
            yield By(
                house=self.house, session=session, at=deed.at, actor=f"servant:{servant_id}", name=name,
                servant_id=servant_id, roles=held.roles, titulars=held.titulars, revision=moved,
            )  # fmt: skip


_DOINGS: Mapping[str, Callable[[_Stage, Deed, Plan], None]] = {
    "complete": _Stage.complete, "take": _Stage.take, "remark": _Stage.remark, "withdraw": _Stage.withdraw,
    "pay": _Stage.pay, "settle": _Stage.settle_by_hand,
}  # fmt: skip


# -- what is read -----------------------------------------------------------------------------------------------------


def _open_task(by: By, story: Story, element: str) -> tuple[UUID, str, Mapping[str, Any]]:
    query = select(Task.id, Task.role, Case.data).join(Case, Case.id == Task.case_id)
    row = by.connection.execute(
        query.where(Task.case_id == story.case_id, Task.element == element, Task.status == "open")
    ).one_or_none()
    if row is None:
        raise NotFound(task=element, case=story.number)
    return row.id, row.role, row.data


def _charge(by: By, case_id: int) -> tuple[str, Decimal]:
    query = select(MessageWait.key, Case.data).join(Case, Case.id == MessageWait.case_id)
    row = by.connection.execute(query.where(MessageWait.case_id == case_id, MessageWait.name == _PAYMENT)).one()
    return row.key, Decimal(row.data["cobranca"]["valor"])


def _holders(by: By) -> dict[str, list[tuple[str, date, date | None]]]:
    query = (
        select(Role.code, Servant.login, Membership.since_on, Membership.until_on)
        .join(Membership, Membership.role_id == Role.id)
        .join(Servant, Servant.id == Membership.servant_id)
        .order_by(Servant.id)
    )
    found: dict[str, list[tuple[str, date, date | None]]] = {}
    for code, login, since, until in by.connection.execute(query):
        found.setdefault(code, []).append((login, since, until))
    return found


def _absences(by: By) -> list[tuple[str, str, str | None, date, date]]:
    names = {row.id: row.login for row in by.connection.execute(select(Servant.id, Servant.login))}
    roles = {row.id: row.code for row in by.connection.execute(select(Role.id, Role.code))}
    rows = by.connection.execute(
        select(StandIn.absent_id, StandIn.deputy_id, StandIn.role_id, StandIn.since_on, StandIn.until_on)
    )
    return [
        (names[absent], names[deputy], roles.get(role) if role else None, since, until)
        for absent, deputy, role, since, until in rows
    ]


# -- what is answered -------------------------------------------------------------------------------------------------


def _request(
    plan: Plan, story: Story, land: Sequence[Mapping[str, str]], people: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """Return the answers of the start form."""
    person, lot = people[story.requester], land[story.plan["lot"]]
    owner = lot["proprietario"] == story.requester
    work = dict(plan["works"][story.plan["work"]])
    more = [name for name in ("ppci", "eiv", "licenca_ambiental") if work.pop(name, False)]
    papers = [*plan["papers"], *([] if owner else ["autorizacao"]), *more]
    requester = {"cpf_cnpj": person["documento"], "nome": story.requester, "fone": person["fone"]}
    technician = plan["technicians"][story.order % len(plan["technicians"])]
    return {
        "toca_app": False,
        "arvores_suprimir": 0,
        "rede_esgoto": True,
        **work,
        "area_construir": story.plan.get("area", work["area_construir"]),
        "inscricao_imobiliaria": lot["inscricao"],
        "requerente": requester | ({"email": person["email"]} if person["email"] else {}),
        "e_proprietario": owner,
        "rt": {**technician, "art_rrt": f"{8_012_000 + 137 * story.order}-{story.order % 10}", "situacao": "regular"},
        "documentos": {name: [f"{name}.{'dwg' if name.endswith('dwg') else 'pdf'}"] for name in papers},
        "declaracao": True,
    }


def _answers(act: Plan, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers of a task: those of the plan, with what only the case itself can tell."""
    answers = dict(act.get("answers") or {})
    if act["task"] == "t_conferir":
        answers["conferencia"] = dict.fromkeys(data["documentos"], "ok") | dict(act.get("wrong") or {})
    if act["task"] == "t_corrigir":
        answers["correcoes"] = _replied(data["correcoes"], act)
    if act["task"] == "t_complementar":
        answers["carta"] = {"itens": _replied(data["carta"]["itens"], act)}
    return answers


def _replied(rows: Sequence[Mapping[str, Any]], act: Plan) -> list[dict[str, Any]]:
    return [{**row, "resposta": act["reply"], "arquivos": [act["file"]]} for row in rows]

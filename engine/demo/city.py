"""The city before its cases: secretariats, people, parameters, days off, lots and keys, each as of its own past date.

It must never be loaded over real data: every person has the same, published password.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from holidays import country_holidays
from sqlalchemy import insert, select

from engine.access import ADMINISTRATOR, ANALYST, MANAGER, By
from engine.acts import calendar_days, procedures, tokens
from engine.acts.calendar_days import NewDay
from engine.audit import record
from engine.city import revision
from engine.house import House
from engine.library import ROOT, read_bundle
from engine.sessions import hash_password
from engine.store.people import Membership, Role, Secretariat, SecretariatTerm, Servant, StandIn
from engine.store.procedures import Lot
from engine.store.session import transaction
from engine.worktime import Calendar, DayOff

DATA = Path(__file__).resolve().parent / "data"
PASSWORD = "vila-serena-2026"  # noqa: S105  printed for everyone: it opens the demonstration only
MAIL_DOMAIN = "vilaserena.example"  # RFC 2606: nobody's domain, so no notice ever reaches a stranger
PROCEDURE = "obras/alvara-construcao"
_DECREED_ON = (11, 20)  # next year's days off are decreed in November
_EARLIEST = 96
Plan = Mapping[str, Any]


@dataclass(frozen=True)
class Days:
    """Dates of the past counted back from the day of loading, in the city's own calendar."""

    today: date
    zone: ZoneInfo
    calendar: Calendar

    def back(self, working_days: int) -> date:
        """Return the day `working_days` before the first working day from today on; negative: after it."""
        day = self.calendar.next_working(self.today)
        step = timedelta(days=-1 if working_days > 0 else 1)
        for _ in range(abs(working_days)):
            day += step
            while not self.calendar.is_working(day):
                day += step
        return day

    def month(self, months: int) -> date:
        """Return the first day of the month `months` ago."""
        years, month = divmod(self.today.year * 12 + self.today.month - 1 - months, 12)
        return date(years, month + 1, 1)

    def at(self, day: date, hour: time) -> datetime:
        """Return the moment of a local day and hour, in UTC."""
        return datetime.combine(day, hour, self.zone).astimezone(UTC)


@dataclass(frozen=True)
class Founded:
    """The city as founded: its days, servant ids by login, and the keys of the integrations, kept nowhere else."""

    days: Days
    servants: Mapping[str, int]
    keys: Mapping[str, str]


@dataclass(frozen=True)
class _Act:
    """Something that somebody with a duty did for the city at a moment of its past."""

    at: datetime
    login: str
    duty: str
    do: Callable[[By], None]


def read_plan() -> Plan:
    """Return what the city is to be made of."""
    plan: Plan = yaml.safe_load((DATA / "city.yaml").read_text(encoding="utf-8"))
    return plan


def found(house: House, now: datetime) -> Founded:
    """Make the city in an empty store, publish its procedure, and return what its cases need."""
    plan = read_plan()
    settings = house.settings
    today = now.astimezone(ZoneInfo(settings.zone)).date()
    decreed = list(_decreed(plan, today))
    off = tuple(
        DayOff(on=day.on, until=day.until, name=day.name, closes_at=day.closes_at, sector=day.role)
        for _, day in decreed
    )
    days = Days(today, ZoneInfo(settings.zone), Calendar(zone=settings.zone, state=settings.state, days_off=off))
    servants = _people_and_land(house, plan, days)
    keys: dict[str, str] = {}
    acts = [*_days_off(days, decreed), *_parameters(plan, days), *_publication(days), *_keys(plan, days, keys)]
    for act in sorted(acts, key=lambda act: act.at):
        _done(house, plan, servants[act.login], act)
    return Founded(days, servants, keys)


def _done(house: House, plan: Plan, servant_id: int, act: _Act) -> None:
    name = next(person["name"] for person in plan["people"] if person["login"] == act.login)
    with transaction(house.store) as session:
        by = By(house=house, session=session, at=act.at, actor=f"servant:{servant_id}", name=name)
        by.servant_id, by.roles, by.revision = servant_id, frozenset({act.duty}), revision(session)
        act.do(by)


# -- people -----------------------------------------------------------------------------------------------------------


def _people_and_land(house: House, plan: Plan, days: Days) -> dict[str, int]:
    with transaction(house.store) as session:
        at = days.at(days.month(_EARLIEST), time(9))
        by = By(house=house, session=session, at=at, actor="cli", name="carga da demonstração")
        record(by, "demo.load", "city:vila-serena", {"people": len(plan["people"])})
        servants = _people(by, plan, days)
        _stand_ins(by, plan, days, servants)
        _lots(by)
        procedures.touch(by)
    return servants


def _people(by: By, plan: Plan, days: Days) -> dict[str, int]:
    bodies = _secretariats(by, plan["secretariats"], days)
    roles = {
        code: _new(by, Role, code=code, name=role["name"], secretariat_id=bodies[role["of"]])
        for code, role in plan["roles"].items()
    }
    one_hash = hash_password(PASSWORD)  # slow on purpose, and the same for everyone
    servants = {}
    for number, person in enumerate(plan["people"], start=1):
        login = person["login"]
        servants[login] = _new(
            by, Servant, login=login, name=person["name"], email=f"{login}@{MAIL_DOMAIN}", password_hash=one_hash,
            registration=f"{4100 + 37 * number}-{number % 10}", active=not person.get("left"),
        )  # fmt: skip
        for role, term in person["roles"].items():
            _new(by, Membership, servant_id=servants[login], role_id=roles[role], **_term(term, days))
    return servants


def _secretariats(by: By, plan: Plan, days: Days) -> dict[str, int]:
    bodies = {code: _new(by, Secretariat, code=code) for code in plan}
    for code, terms in plan.items():
        for term in terms:
            parent = bodies.get(term.get("parent"))
            row = {"secretariat_id": bodies[code], "parent_id": parent, "name": term["name"]}
            _new(by, SecretariatTerm, **row, **_term(term, days))
    return bodies


def _term(term: Plan, days: Days) -> dict[str, Any]:
    until = days.month(term["until"]) - timedelta(days=1) if "until" in term else None
    return {"since_on": days.month(term["since"]), "until_on": until, "norm": term.get("norm")}


def _stand_ins(by: By, plan: Plan, days: Days, servants: Mapping[str, int]) -> None:
    for one in plan["stand_ins"]:
        role_id = by.connection.execute(select(Role.id).where(Role.code == one["role"])).scalar_one()
        row = {"absent_id": servants[one["absent"]], "deputy_id": servants[one["deputy"]], "norm": one["norm"]}
        row |= {"since_on": days.back(one["back"][0]), "until_on": days.back(one["back"][1])}
        _insert(by, StandIn, role_id=role_id, **row)


def _lots(by: By) -> None:
    updated_at = by.at
    for line in lots():
        facts = {name: Decimal(line[name]) for name in ("area_lote", "testada", "ca_max", "to_max", "tp_min")}
        facts |= {name: line[name] == "sim" for name in ("debitos", "embargos")}  # type: ignore[misc]  # facts are mixed
        facts |= {name: line[name] for name in ("proprietario", "zona")}  # type: ignore[misc]  # as above
        _insert(by, Lot, registration=bare(line["inscricao"]), facts=facts, updated_at=updated_at)


def lots() -> list[dict[str, str]]:
    """Return the lines of the demonstration's cadastro imobiliário."""
    return _table("lots.csv")


def citizens() -> dict[str, dict[str, str]]:
    """Return those who ask, by name."""
    return {line["nome"]: line for line in _table("citizens.csv")}


def bare(registration: str) -> str:
    """Return an inscrição imobiliária as answers keep it: without punctuation."""
    return registration.replace(".", "").replace("-", "")


def _table(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _new(by: By, table: Any, **values: Any) -> int:
    new_id: int = by.connection.execute(insert(table).values(**values).returning(table.id)).scalar_one()
    return new_id


def _insert(by: By, table: Any, **values: Any) -> None:
    by.connection.execute(insert(table).values(**values))


# -- rules and keys ---------------------------------------------------------------------------------------------------


def _decreed(plan: Plan, today: date) -> Iterator[tuple[date, NewDay]]:
    """Yield the days off of last year, this year and, once decreed, the next, each with when it was decreed."""
    for year in range(today.year - 1, today.year + 2):
        decreed = date(year - 1, *_DECREED_ON)
        if decreed <= today:
            yield from ((decreed, day) for day in [*_optional(plan, year), *_fixed(plan, year)])


def _days_off(days: Days, decreed: Iterable[tuple[date, NewDay]]) -> Iterator[_Act]:
    for on, day in decreed:
        yield _Act(days.at(on, time(10)), "admin", ADMINISTRATOR, partial(_add_day, day))


def _add_day(day: NewDay, by: By) -> None:
    calendar_days.add_day(by, day)


def _optional(plan: Plan, year: int) -> Iterator[NewDay]:
    known = country_holidays("BR", years=year, categories=("optional",), language="pt_BR")
    norms = {one["name"]: one["norm"] for one in plan["optional_days"]}
    for day, name in sorted(known.items()):
        if name in norms:
            yield NewDay(
                on=day, until=None, name=f"{name} (ponto facultativo)", closes_at=None, role=None,
                norm=f"{norms[name]}, {year}",
            )  # fmt: skip


def _fixed(plan: Plan, year: int) -> Iterator[NewDay]:
    for one in plan["fixed_days"]:
        until, hour = one.get("until"), one.get("closes_at")
        yield NewDay(
            on=date.fromisoformat(f"{year}-{one['day']}"),
            until=date.fromisoformat(f"{year}-{until}") if until else None,
            name=one["name"],
            closes_at=time.fromisoformat(hour) if hour else None,
            role=one.get("role"),
            norm=one["norm"],
        )


def _parameters(plan: Plan, days: Days) -> Iterator[_Act]:
    for one in plan["parameters"]:
        since = _since(one, days)
        norm = f"{one['norm']}/{since.year - 1}" if one["norm"].startswith("Decreto") else one["norm"]
        change = partial(_set_parameter, one["key"], one["value"], since, norm)
        yield _Act(days.at(since, time(8)), "gestor", MANAGER, change)


def _since(one: Plan, days: Days) -> date:
    if "year" in one:
        return date(days.today.year - one["year"], 1, 1)
    return days.today - timedelta(days=one["days"]) if "days" in one else days.back(one["back"])


def _set_parameter(key: str, value: str, since: date, norm: str, by: By) -> None:
    procedures.set_parameter(by, key, value, since, norm)


def _publication(days: Days) -> Iterator[_Act]:
    yield _Act(days.at(days.month(12), time(11)), "analista", ANALYST, _publish)


def _publish(by: By) -> None:
    procedures.publish(by, read_bundle(ROOT / PROCEDURE), note="Primeira versão publicada")


def _keys(plan: Plan, days: Days, keys: dict[str, str]) -> Iterator[_Act]:
    for one in plan["tokens"]:
        yield _Act(days.at(days.month(11), time(15)), "admin", ADMINISTRATOR, partial(_issue, one, keys))


def _issue(one: Plan, keys: dict[str, str], by: By) -> None:
    keys[one["name"]] = tokens.issue(by, one["name"], roles=one["roles"], scopes=one["scopes"]).plain

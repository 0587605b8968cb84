"""Who works where: only the administrator says so, with dates, and what was is never lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.access import By
from engine.acts import people
from engine.acts.people import Dated
from engine.errors import BadInput, Denied, NotFound
from engine.sessions import matches
from engine.standing import standing
from engine.store.people import Membership, Role, Secretariat, SecretariatTerm, Servant, StandIn
from engine.store.procedures import Revision
from engine.store.trail import AuditEntry
from tests.city import City

TODAY = date(2026, 3, 2)
SINCE = Dated(since=TODAY)


@pytest.fixture
def city(database_url: str, tmp_path: Path) -> Iterator[City]:
    made = City(database_url, tmp_path)
    yield made
    made.close()


def role_of(by: By, code: str) -> int:
    found: int = by.connection.execute(select(Role.id).where(Role.code == code)).scalar_one()
    return found


def roles_on(city: City, servant_id: int, day: date) -> Any:
    city.forget()
    with city.by("clock") as by:
        return standing(by.house, by.connection, servant_id, day, by.revision)


ACTS: list[Callable[[By], object]] = [
    lambda by: people.add_servant(by, "novo", "Novo"),
    lambda by: people.set_active(by, 1, active=True),
    lambda by: people.add_role(by, "novo", "Novo"),
    lambda by: people.set_membership(by, 1, 1, SINCE),
    lambda by: people.end_membership(by, 1, TODAY),
    lambda by: people.stand_in(by, 1, 2, Dated(since=TODAY, until=TODAY)),
    lambda by: people.end_stand_in(by, 1, TODAY),
    lambda by: people.add_secretariat(by, "nova", "Nova", SINCE),
    lambda by: people.rename_secretariat(by, 1, "Nova", SINCE),
    lambda by: people.set_password(by, 1, "uma senha bem longa"),
    lambda by: people.revoke_sessions(by, 1),
]


@pytest.mark.parametrize("act", ACTS)
def test_nobody_but_the_administrator_changes_people(city: City, act: Callable[[By], object]) -> None:
    with city.by("gestor") as by, pytest.raises(Denied):
        act(by)


def test_a_new_servant_has_no_role_until_it_is_given_and_holds_it_from_its_date(city: City) -> None:
    with city.by("administrador") as by:
        servant_id = people.add_servant(by, "  Rita.Souza ", "Rita Souza")
        people.set_membership(by, servant_id, role_of(by, "obras"), Dated(since=TODAY + timedelta(days=1)))

    assert roles_on(city, servant_id, TODAY).roles == frozenset()
    assert roles_on(city, servant_id, TODAY + timedelta(days=1)).roles == {"obras"}
    assert city.rows(Servant, id=servant_id)[0]["login"] == "rita.souza"


@pytest.mark.parametrize(
    ("login", "name", "code"),
    [("obras", "Outro", "taken"), ("com espaço", "X", "pattern"), ("", "X", "pattern"), ("novo", "  ", "required")],
)
def test_a_servant_without_a_login_of_his_own_or_a_name_is_refused(
    city: City, login: str, name: str, code: str
) -> None:
    with city.by("administrador") as by, pytest.raises(BadInput) as refused:
        people.add_servant(by, login, name)

    assert [code] in refused.value.facts["errors"].values()  # type: ignore[attr-defined]  # BadInput's own fact


def test_a_role_that_ended_counts_on_its_last_day_and_no_longer(city: City) -> None:
    obras = city.servants["obras"]
    (membership,) = city.rows(Membership, servant_id=obras)
    with city.by("administrador") as by:
        people.end_membership(by, membership["id"], TODAY)

    assert "obras" in roles_on(city, obras, TODAY).roles
    assert "obras" not in roles_on(city, obras, TODAY + timedelta(days=1)).roles


def test_the_same_role_cannot_be_held_twice_at_once(city: City) -> None:
    with city.by("administrador") as by, pytest.raises(BadInput):
        people.set_membership(by, city.servants["obras"], role_of(by, "obras"), SINCE)


def test_a_deputy_holds_the_absent_ones_roles_in_his_name_between_the_dates(city: City) -> None:
    absent, deputy = city.servants["secretario"], city.servants["obras"]
    with city.by("administrador") as by:
        people.stand_in(by, absent, deputy, Dated(since=TODAY, until=TODAY + timedelta(days=10)))

    during, after = roles_on(city, deputy, TODAY), roles_on(city, deputy, TODAY + timedelta(days=11))
    assert during.titulars == {"secretario": "Secretario"}
    assert during.roles == {"obras", "secretario"}
    assert after.roles == {"obras"}


def test_a_deputy_in_one_role_holds_that_one_alone(city: City) -> None:
    absent, deputy = city.servants["secretario"], city.servants["obras"]
    with city.by("administrador") as by:
        people.set_membership(by, absent, role_of(by, "gestor"), SINCE)
        people.stand_in(by, absent, deputy, Dated(since=TODAY, until=TODAY), role_of(by, "gestor"))

    assert roles_on(city, deputy, TODAY).roles == {"obras", "gestor"}


@pytest.mark.parametrize(("until", "deputy"), [(None, "obras"), (TODAY, "secretario")])
def test_a_substitution_ends_some_day_and_is_by_somebody_else(city: City, until: date | None, deputy: str) -> None:
    with city.by("administrador") as by, pytest.raises(BadInput):
        people.stand_in(by, city.servants["secretario"], city.servants[deputy], Dated(since=TODAY, until=until))

    assert city.rows(StandIn) == []


def test_a_substitution_may_be_cut_short(city: City) -> None:
    absent, deputy = city.servants["secretario"], city.servants["obras"]
    with city.by("administrador") as by:
        stand_in_id = people.stand_in(by, absent, deputy, Dated(since=TODAY, until=TODAY + timedelta(days=10)))
        people.end_stand_in(by, stand_in_id, TODAY)

    assert roles_on(city, deputy, TODAY + timedelta(days=1)).roles == {"obras"}


def test_a_renamed_secretariat_keeps_the_name_it_had(city: City) -> None:
    with city.by("administrador") as by:
        secretariat_id = people.add_secretariat(by, "clima", "Meio Ambiente", Dated(since=date(2020, 1, 1)))
        people.rename_secretariat(by, secretariat_id, "Clima", Dated(since=TODAY, norm="Lei 9/2026"))

    terms = [(row["name"], row["since_on"], row["until_on"]) for row in city.rows(SecretariatTerm)]
    assert terms == [
        ("Meio Ambiente", date(2020, 1, 1), TODAY - timedelta(days=1)),
        ("Clima", TODAY, None),
    ]


def test_no_secretariat_stands_under_itself(city: City) -> None:
    with city.by("administrador") as by:
        above = people.add_secretariat(by, "gab", "Gabinete", Dated(since=date(2020, 1, 1)))
        below = people.add_secretariat(by, "com", "Comunicação", Dated(since=date(2020, 1, 1)), above)

    with city.by("administrador") as by, pytest.raises(BadInput):
        people.rename_secretariat(by, above, "Gabinete", SINCE, below)

    assert len(city.rows(Secretariat)) == 2


def test_a_term_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(BadInput):
        Dated(since=TODAY, until=TODAY - timedelta(days=1))


def test_one_sets_ones_own_password_and_only_its_hash_is_kept(city: City) -> None:
    obras = city.servants["obras"]
    with city.by("obras") as by:
        people.set_password(by, obras, "uma senha bem longa")

    kept = city.rows(Servant, id=obras)[0]["password_hash"]
    assert kept.startswith("$argon2id$")
    assert matches(kept, "uma senha bem longa")
    assert not matches(kept, "outra senha bem longa")


@pytest.mark.parametrize("password", ["", "curta", "x" * 201])
def test_a_password_too_short_or_too_long_is_refused(city: City, password: str) -> None:
    with city.by("administrador") as by, pytest.raises(BadInput):
        people.set_password(by, city.servants["obras"], password)


def test_what_is_not_there_cannot_be_changed(city: City) -> None:
    with city.by("administrador") as by, pytest.raises(NotFound):
        people.end_membership(by, 999, TODAY)
    with city.by("administrador") as by, pytest.raises(NotFound):
        people.set_membership(by, 999, role_of(by, "obras"), SINCE)


def test_the_administrator_does_not_lock_himself_out(city: City) -> None:
    with city.by("administrador") as by, pytest.raises(BadInput):
        people.set_active(by, city.servants["administrador"], active=False)


def test_every_change_is_on_record_and_moves_the_revision(city: City) -> None:
    before = [row["value"] for row in city.rows(Revision)]
    with city.by("administrador") as by:
        people.add_servant(by, "novo", "Novo")

    (entry,) = city.rows(AuditEntry, action="servant.add")
    assert entry["actor"] == "administrador"
    assert [row["value"] for row in city.rows(Revision)] != before

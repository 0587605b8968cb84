"""The demonstration city: what its cases show, and that everything in it holds as it would in a real city."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from engine import sessions
from engine.access import By
from engine.acts import cases
from engine.acts.requesters import open_by_code
from engine.acts.verification import verify
from engine.city import revision
from engine.clockwork import Clockwork
from engine.demo import load as demonstration
from engine.demo.city import PASSWORD, read_plan
from engine.house import House, open_house
from engine.outlets.files import open_file
from engine.settings import Settings
from engine.store.cases import Case, Document, Incident, MessageWait, Signature, Step, Task
from engine.store.deadlines import Clock, Holiday
from engine.store.people import ApiToken, Membership, SecretariatTerm, Servant, StandIn
from engine.store.procedures import Parameter
from engine.store.session import transaction
from engine.store.trail import AuditEntry, Outbox
from tests import needs
from tests.databases import Databases

NOW = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)  # a Tuesday, ten o'clock in São Paulo
DAY = timedelta(days=1)


def _house(url: str, folder: Path) -> House:
    return open_house(Settings(database_url=url, data_dir=folder, secret_key="s" * 40, seal_key="k" * 40))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """Give a store with the whole city, loaded once for all the tests of this file that only look."""
    if request.param == "postgresql" and "postgresql" in needs.missing():
        pytest.skip(needs.missing()["postgresql"])
    url = databases.new(request.param)
    loaded = _house(url, tmp_path_factory.mktemp("demo"))
    demonstration.load(loaded, NOW, lambda _said: None)
    yield loaded
    loaded.store.dispose()
    databases.drop(url)


@pytest.fixture
def by(house: House) -> Iterator[By]:
    with transaction(house.store, writes=False) as session:
        yield By(house=house, session=session, at=NOW, actor="test", name="teste", revision=revision(session))


def test_the_cases_have_ended_in_every_way_there_is(by: By) -> None:
    ends = set(by.connection.execute(select(Case.outcome).distinct()).scalars())

    assert ends == {None, "emitido", "indeferido", "arquivado", "desistencia", "tacito"}


def test_some_case_waits_at_every_task_that_people_do(by: By) -> None:
    there = set(by.connection.execute(select(Task.element).where(Task.status == "open")).scalars())

    assert there == {
        "t_conferir", "t_corrigir", "t_urb", "t_amb", "t_obras", "t_cad", "t_consolidar", "t_complementar", "t_avocar",
        "t_decidir", "t_divergencia", "t_assinar", "t_recorrer", "t_reconsiderar", "t_julgar_recurso",
    }  # fmt: skip


def test_deadlines_are_alive_on_the_day_of_loading(by: By) -> None:
    dues = list(by.connection.execute(select(Task.due_at).where(Task.status == "open")).scalars())

    assert sum(due < NOW for due in dues) >= 5
    assert sum(NOW <= due < NOW + DAY for due in dues) >= 3
    assert sum(due >= NOW + DAY for due in dues) >= 5


def test_some_tasks_are_held_and_one_came_back_to_its_sector(by: By) -> None:
    open_tasks = by.connection.execute(select(Task.attempt, Task.assignee_id).where(Task.status == "open")).all()

    assert sum(task.assignee_id is not None for task in open_tasks) >= 3
    assert any(task.attempt > 1 for task in open_tasks)


def test_one_legal_clock_is_suspended_and_others_run(by: By) -> None:
    states = list(by.connection.execute(select(Clock.status)).scalars())

    assert states.count("suspenso") == 1
    assert states.count("corre") >= 5


def test_some_cases_wait_for_a_payment(by: By) -> None:
    query = select(func.count()).select_from(MessageWait).where(MessageWait.name == "pagamento_confirmado")

    assert by.connection.execute(query).scalar_one() >= 2


def test_every_request_came_in_the_last_four_months(by: By) -> None:
    first, last = by.connection.execute(select(func.min(Case.started_at), func.max(Case.started_at))).one()

    assert NOW - timedelta(days=130) < first
    assert NOW - timedelta(days=5) < last < NOW


def test_nothing_disagrees_with_anything(house: House) -> None:
    assert list(verify(house)) == []


def test_every_trail_and_every_path_goes_forward_in_time(by: By) -> None:
    entries = by.connection.execute(select(AuditEntry.chain, AuditEntry.at).order_by(AuditEntry.chain, AuditEntry.seq))
    steps = by.connection.execute(select(Step.case_id, Step.at).order_by(Step.case_id, Step.seq))

    for rows in (entries.all(), steps.all()):
        assert all(one[1] <= other[1] for one, other in pairwise(rows) if one[0] == other[0])
        assert all(at <= NOW for _, at in rows)


def test_numbers_follow_the_order_in_which_requests_came(by: By) -> None:
    numbers = list(by.connection.execute(select(Case.number).order_by(Case.started_at)).scalars())

    assert numbers == sorted(numbers)
    assert [int(number[5:11]) for number in numbers] == list(range(1, len(numbers) + 1))


def test_every_issued_paper_is_there_and_dated_when_its_act_was(house: House, by: By) -> None:
    papers = by.connection.execute(select(Document.sha256, Document.created_at).where(Document.origin == "emitido"))

    for sha256, created_at in papers:
        assert created_at < NOW - timedelta(hours=12)
        with open_file(sha256, house.settings.files_dir) as paper:
            assert paper.read(5) == b"%PDF-"


def test_no_order_is_left_undone_but_the_one_of_the_incident(by: By) -> None:
    query = select(Outbox.kind, Outbox.status).where(Outbox.status != "done")

    assert by.connection.execute(query).all() == [("service", "failed")]


def test_a_deputy_signed_for_the_secretary_on_holiday(by: By) -> None:
    names = set(by.connection.execute(select(Signature.signer, Signature.acting_for)).all())

    assert ("Helena Nunes", "Beatriz Vasconcelos") in names
    assert ("Beatriz Vasconcelos", None) in names


def test_no_notice_could_reach_a_stranger(by: By) -> None:
    addresses = [*by.connection.execute(select(Servant.email)).scalars()]
    addresses += by.connection.execute(select(Case.requester_email)).scalars()

    assert all(address.endswith(".example") for address in addresses if address)


def test_the_people_shown_sign_in_with_the_password_shown(by: By) -> None:
    shown = [person["login"] for person in read_plan()["people"] if "show" in person]
    hashes = {sessions.password_of(by.connection, login)[1] for login in shown}

    assert len(shown) >= 10
    assert len(hashes) == 1
    assert sessions.matches(hashes.pop(), PASSWORD)


def test_who_has_left_cannot_sign_in(by: By) -> None:
    assert sessions.password_of(by.connection, "joao.reis")[0] is None


def test_the_city_has_a_past(by: By) -> None:
    counted = {
        table: by.connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in (Servant, SecretariatTerm, Membership, StandIn, Holiday, Parameter)
    }
    ended = select(SecretariatTerm.name).where(SecretariatTerm.until_on.is_not(None))

    assert counted[Servant] >= 30
    assert "Secretaria de Planejamento e Meio Ambiente" in set(by.connection.execute(ended).scalars())
    assert counted[StandIn] == 2
    assert counted[Holiday] >= 20
    assert counted[Parameter] >= 8


def test_the_card_opens_what_it_names(house: House) -> None:
    card = demonstration.card(house)
    codes = re.findall(r"(\d{4}\.\d{6}-\d)\s+([A-Z0-9]{10})\s", card)
    keys = re.findall(r"rito_[\w-]+", card)

    with transaction(house.store) as session:
        by = By(house=house, session=session, at=NOW, actor="visitor:test", name="visitante")
        assert len(codes) == 3
        assert all(open_by_code(by, number, code, "address:test") for number, code in codes)
        kept = set(by.connection.execute(select(ApiToken.token_hash)).scalars())
        assert {sessions.digest(key) for key in keys} == kept
    assert (house.settings.data_dir / "demo.txt").stat().st_mode & 0o077 == 0


def test_a_second_load_is_refused_and_changes_nothing(house: House) -> None:
    with transaction(house.store, writes=False) as session:
        before = session.execute(select(func.count()).select_from(Case)).scalar_one()

    with pytest.raises(demonstration.StoreNotEmpty):
        demonstration.load(house, NOW, lambda _said: None)

    with transaction(house.store, writes=False) as session:
        assert session.execute(select(func.count()).select_from(Case)).scalar_one() == before
    assert demonstration.loaded(house) == "whole"


def test_the_operator_retries_the_incident_and_the_case_goes_on(house: House) -> None:
    clock = Clockwork(house)
    with clock.by(NOW) as by:
        incident = by.connection.execute(select(Incident.id, Incident.case_id, Incident.code)).one()
        by.roles = frozenset({"operador"})
        cases.retry(by, incident.id, "a causa foi afastada")

    while clock.tick(NOW):
        pass

    with clock.by(NOW) as by:
        waits = by.connection.execute(select(MessageWait.name).where(MessageWait.case_id == incident.case_id)).scalars()
        assert "pagamento_confirmado" in set(waits)
        assert by.connection.execute(select(Incident.status)).scalars().all() == ["closed"]
    assert incident.code == "bad-input"
    assert list(verify(house)) == []


def test_a_load_that_was_broken_off_is_known_for_what_it_is(database_url: str, tmp_path: Path) -> None:
    def interrupt(_said: str) -> None:
        raise KeyboardInterrupt

    half = _house(database_url, tmp_path)
    before = demonstration.loaded(half)

    with pytest.raises(KeyboardInterrupt):
        demonstration.load(half, NOW, interrupt)

    assert before == "empty"
    assert demonstration.loaded(half) == "half"
    with pytest.raises(demonstration.StoreNotEmpty):
        demonstration.load(half, NOW, lambda _said: None)
    half.store.dispose()


def test_a_city_of_its_own_is_never_taken_for_an_empty_store(database_url: str, tmp_path: Path) -> None:
    own = _house(database_url, tmp_path)
    with transaction(own.store) as session:
        session.execute(insert(Servant).values(login="maria", name="Maria", active=True))

    assert demonstration.loaded(own) == "real"
    with pytest.raises(demonstration.StoreNotEmpty):
        demonstration.load(own, NOW, lambda _said: None)
    own.store.dispose()

"""`rito move`: what it tells, does and takes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from engine.cli import main
from engine.store.cases import Case
from engine.store.session import open_store, transaction
from tests.city import City
from tests.sketches import Node, end, sketch, task
from web.logs import configure_logs

Command = Callable[..., Result]


@pytest.fixture
def rito(database_url: str, tmp_path: Path) -> Command:
    """Give `rito(...)` over an installation of its own."""
    configure_logs()  # else the first command would tie them to the output that the runner lends it
    environment = {"RITO_DATA_DIR": str(tmp_path), "RITO_DATABASE_URL": database_url}
    return lambda *words: CliRunner().invoke(main, words, env=environment, catch_exceptions=False)


def _two_versions(url: str) -> str:
    """Publish two versions of a procedure and start a case of the first; return its number."""
    city = City(url, Path(url.removeprefix("sqlite:///")).parent / "data")
    first = sketch([task("pedir", "requerente"), task("ver", due="P5D"), end("fim")], "inicio > pedir > ver > fim")
    city.publish(first)
    number = city.start().number
    renamed = Node("userTask", "rever", {"name": "ver", "camunda:candidateGroups": "obras"})
    city.publish(sketch([task("pedir", "requerente"), renamed, end("fim")], "inicio > pedir > rever > fim"))
    city.publish(sketch([task("pedir", "requerente"), end("fim")], "inicio > pedir > fim"))
    city.close()
    return number


def test_moving_tells_first_then_moves_then_takes_back(rito: Command, database_url: str) -> None:
    number = _two_versions(database_url)

    told = rito("move", "teste", "--to", "2", "--dry-run")
    moved = rito("move", "teste", "--to", "2", "--reason", "lei nova")
    back = rito("move", "teste", "--undo", "1", "--reason", "engano")

    assert f"{number}" in told.output
    assert "vai" in told.output
    assert "muda    ver → rever" in told.output
    assert "Ordem" not in told.output
    assert "Ordem 1: 1 foram, 0 ficaram, 0 aguardam." in moved.output
    assert "Ordem 1: 1 voltaram, 0 não." in back.output


def test_moving_says_why_a_case_stays(rito: Command, database_url: str) -> None:
    _two_versions(database_url)

    told = rito("move", "teste", "--to", "3", "--reason", "lei nova")

    assert "A tarefa aberta ver não existe na nova versão" in told.output
    assert "Ordem 1: 0 foram, 1 ficaram, 0 aguardam." in told.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("teste",), "Diga a versão"),
        (("teste", "--to", "9"), "Não encontrado: teste, 9"),
        (("teste", "--to", "2"), "não está na forma esperada"),
    ],
)
def test_moving_without_a_version_or_a_reason_is_refused(
    rito: Command, database_url: str, words: tuple[str, ...], said: str
) -> None:
    _two_versions(database_url)

    refused = rito("move", *words)

    assert refused.exit_code != 0
    assert said in refused.output


def test_a_case_that_has_gone_on_is_told_when_its_move_is_undone(rito: Command, database_url: str) -> None:
    number = _two_versions(database_url)
    rito("move", "teste", "--to", "2", "--reason", "lei nova")
    store = open_store(database_url)
    with transaction(store) as session:
        session.execute(update(Case).values(lock_version=Case.lock_version + 1))
    store.dispose()

    back = rito("move", "teste", "--undo", "1", "--reason", "engano")

    assert f"processo {number}: A mudança de versão não pode mais ser desfeita" in back.output
    assert "Ordem 1: 0 voltaram, 1 não." in back.output

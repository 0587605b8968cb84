"""The command line: what each command says and with which code it ends, refusals as often as successes."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from sqlalchemy import insert, text, update

from engine import serving
from engine.cli import main
from engine.library import ROOT
from engine.store.people import Role, Servant
from engine.store.session import open_store, transaction
from engine.store.trail import AuditEntry
from tests import sketches
from tests.architecture.source import ROOT as HOUSE
from tests.databases import migrate
from web.logs import configure_logs

PERMIT = ROOT / "obras" / "alvara-construcao"
Command = Callable[..., Result]


@pytest.fixture(autouse=True)
def _logs_that_outlive_a_command() -> None:
    configure_logs()  # else the first command would tie them to the output that the runner lends it


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"RITO_DATA_DIR": str(tmp_path), "RITO_DATABASE_URL": f"sqlite:///{tmp_path / 'rito.db'}"}


@pytest.fixture
def rito(environment: dict[str, str]) -> Command:
    """Give `rito(...)` over an installation of its own; more settings come as keywords."""

    def call(*words: str, **settings: str) -> Result:
        return CliRunner().invoke(main, words, env={**environment, **settings}, catch_exceptions=False)

    return call


@pytest.fixture
def migrated(environment: dict[str, str]) -> str:
    migrate(environment["RITO_DATABASE_URL"])
    return environment["RITO_DATABASE_URL"]


def _enter(url: str, table: Any, **values: Any) -> None:
    store = open_store(url)
    with transaction(store) as session:
        session.execute(insert(table).values(**values))
    store.dispose()


# -- the store --------------------------------------------------------------------------------------------------------


def test_migrate_makes_the_tables_and_says_when_they_were_there(rito: Command) -> None:
    first, second = rito("migrate"), rito("migrate")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "já estava" not in first.output
    assert "já estava" in second.output


@pytest.mark.parametrize("words", [["serve"], ["clock"], ["verify"], ["publish", str(PERMIT)]])
def test_what_needs_the_newest_tables_refuses_older_ones(rito: Command, words: list[str]) -> None:
    port = ["--port", "0"] if words == ["serve"] else []

    refused = rito(*words, *port)

    assert refused.exit_code == 1
    assert "rito migrate" in refused.stderr


def test_a_database_out_of_reach_is_said_in_a_sentence(rito: Command, tmp_path: Path) -> None:
    refused = rito("migrate", RITO_DATABASE_URL=f"sqlite:///{tmp_path / 'nowhere' / 'rito.db'}")

    assert refused.exit_code == 1
    assert "O banco de dados não respondeu" in refused.stderr


def test_demo_refuses_a_store_that_holds_somebody(rito: Command, migrated: str) -> None:
    _enter(migrated, Servant, login="maria", name="Maria")

    refused = rito("demo")

    assert refused.exit_code == 1
    assert "só se carrega num banco vazio" in refused.stderr


@pytest.mark.parametrize("command", ["demo", "run"])
def test_the_demonstration_never_goes_into_production(rito: Command, command: str, tmp_path: Path) -> None:
    keys = {"RITO_PRODUCTION": "1", "RITO_SECRET_KEY": "s" * 40, "RITO_SEAL_KEY": "k" * 40}

    refused = rito(command, **keys)

    assert refused.exit_code == 1
    assert "produção" in refused.stderr
    assert not (tmp_path / "rito.db").exists()


def test_backup_copies_a_database_in_use(rito: Command, migrated: str, tmp_path: Path) -> None:
    _enter(migrated, Servant, login="maria", name="Maria")
    copy = tmp_path / "copy.db"
    store = open_store(migrated)

    with transaction(store):  # somebody writes meanwhile
        done = rito("backup", str(copy))

    store.dispose()
    assert done.exit_code == 0
    with sqlite3.connect(copy) as copied:
        assert copied.execute("SELECT login FROM servant").fetchall() == [("maria",)]


def test_backup_overwrites_nothing(rito: Command, migrated: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_text("precious")

    refused = rito("backup", str(copy))

    assert refused.exit_code == 1
    assert copy.read_text() == "precious"


def test_backup_of_no_database_makes_no_file(rito: Command, tmp_path: Path) -> None:
    refused = rito("backup", str(tmp_path / "copy.db"))

    assert refused.exit_code == 1
    assert "Não há banco" in refused.stderr
    assert list(tmp_path.glob("copy*")) == []


# -- publishing -------------------------------------------------------------------------------------------------------


def test_publish_publishes_once(rito: Command, migrated: str) -> None:
    for code in ("protocolo", "planejamento", "meio_ambiente", "obras", "fazenda", "secretario", "gabinete"):
        _enter(migrated, Role, code=code, name=code)

    first, second = rito("publish", str(PERMIT)), rito("publish", str(PERMIT))

    assert "versão 1: publicada" in first.output
    assert "nada mudou" in second.output


def test_publish_names_what_is_wrong_in_a_diagram(rito: Command, migrated: str) -> None:
    refused = rito("publish", str(PERMIT))  # a city without roles

    assert refused.exit_code == 1
    assert refused.stderr.count("\n  - ") >= 3
    assert "t_conferir" in refused.stderr or "Conferir os documentos" in refused.stderr


def test_publish_of_a_folder_without_a_diagram_is_refused(rito: Command, migrated: str, tmp_path: Path) -> None:
    refused = rito("publish", str(tmp_path))

    assert refused.exit_code == 1
    assert "Não encontrado" in refused.stderr


def test_signal_is_broadcast_once_under_one_id(rito: Command, migrated: str) -> None:
    first = rito("signal", "chuva", "--payload", '{"nivel": 2.5}', "--id", "a")
    again = rito("signal", "chuva", "--id", "a")

    assert "0 processos o ouvem" in first.output
    assert "já tinha sido transmitido" in again.output


@pytest.mark.parametrize("payload", ["nada", "[]"])
def test_signal_refuses_what_is_no_json_object(rito: Command, migrated: str, payload: str) -> None:
    refused = rito("signal", "chuva", "--payload", payload)

    assert refused.exit_code == 1
    assert "JSON" in refused.stderr


# -- is it well -------------------------------------------------------------------------------------------------------


def test_verify_finds_nothing_in_an_untouched_store_and_the_entry_that_was_altered(
    rito: Command, migrated: str
) -> None:
    for code in ("protocolo", "planejamento", "meio_ambiente", "obras", "fazenda", "secretario", "gabinete"):
        _enter(migrated, Role, code=code, name=code)
    rito("publish", str(PERMIT))
    untouched = rito("verify")

    store = open_store(migrated)
    with transaction(store) as session:
        session.execute(update(AuditEntry).values(actor="outra pessoa"))
    store.dispose()
    altered = rito("verify")

    assert (untouched.exit_code, untouched.output) == (0, "Tudo confere.\n")
    assert altered.exit_code == 1
    assert "cidade:" in altered.output


def test_doctor_says_that_no_clock_ever_ticked(rito: Command, migrated: str) -> None:
    ill = rito("doctor")

    assert ill.exit_code == 1
    assert "!!  relógio" in ill.output
    assert "ok  incidentes abertos" in ill.output


def test_doctor_says_that_the_tables_are_old(rito: Command) -> None:
    ill = rito("doctor")

    assert ill.exit_code == 1
    assert "!!  versão" in ill.output


def test_config_shows_no_secret(rito: Command) -> None:
    shown = rito(
        "config", "check",
        RITO_SECRET_KEY="a-secret-key", RITO_SEAL_KEY="a-seal-key", RITO_DATABASE_URL="postgresql://rito:pass@db/rito",
        RITO_MAIL_URL="smtp://user:pass@mail.example",
    )  # fmt: skip

    assert shown.exit_code == 0
    assert "a-secret-key" not in shown.output
    assert "a-seal-key" not in shown.output
    assert ":pass@" not in shown.output
    assert "demonstração" in shown.output


@pytest.mark.parametrize(
    "keys", [{}, {"RITO_SECRET_KEY": "s" * 40}, {"RITO_SECRET_KEY": "s" * 40, "RITO_SEAL_KEY": "k"}]
)
def test_config_refuses_production_without_keys_of_its_own(rito: Command, keys: dict[str, str]) -> None:
    refused = rito("config", "check", RITO_PRODUCTION="1", **keys)

    assert refused.exit_code == 1
    assert "RITO_S" in refused.stderr


def test_config_accepts_production_with_keys_of_its_own(rito: Command) -> None:
    accepted = rito("config", "check", RITO_PRODUCTION="1", RITO_SECRET_KEY="s" * 40, RITO_SEAL_KEY="k" * 40)

    assert accepted.exit_code == 0
    assert "aceita" in accepted.output


def test_a_setting_that_is_no_number_is_said_in_a_sentence(rito: Command) -> None:
    refused = rito("config", "check", RITO_PROXIES="muitos")

    assert refused.exit_code == 1
    assert "Configuração ilegível" in refused.stderr


# -- scenarios --------------------------------------------------------------------------------------------------------


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """Give a copy of the permit whose shortest scenario expects another end."""
    folder = tmp_path / "obras" / "alvara-construcao"
    folder.mkdir(parents=True)
    for part in PERMIT.iterdir():
        (folder / part.name).write_bytes(part.read_bytes())
    told = yaml.safe_load((folder / "scenarios.yaml").read_text())
    told["scenarios"] = [one for one in told["scenarios"] if one["name"].startswith("o requerente desiste")]
    told["scenarios"][0]["expect"]["end"] = "emitido"
    (folder / "scenarios.yaml").write_text(yaml.safe_dump(told, allow_unicode=True))
    return folder / "scenarios.yaml"


def test_a_scenario_that_goes_as_expected_shows_its_way(rito: Command) -> None:
    played = rito("scenario", str(PERMIT / "scenarios.yaml"), "--only", "o requerente desiste")

    assert played.exit_code == 0
    assert "t_cad → f_desistencia" in played.output
    assert "prazo_legal 2026-05-04" in played.output
    assert "comprovante, parecer_cad" in played.output


def test_a_scenario_that_goes_otherwise_shows_the_difference(rito: Command, changed: Path) -> None:
    played = rito("scenario", str(changed))

    assert played.exit_code == 1
    assert "≠ end: expected emitido, was desistencia" in played.output
    assert "1 de 1 cenários" in played.stderr


def test_a_scenario_leaves_the_store_it_was_given_empty(rito: Command, changed: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'given.db'}"

    first, second = (rito("scenario", str(changed), "--store", url) for _ in range(2))

    assert first.output == second.output


def test_a_scenario_is_never_played_over_somebodys_data(rito: Command, migrated: str) -> None:
    _enter(migrated, Servant, login="maria", name="Maria")

    refused = rito("scenario", str(PERMIT / "scenarios.yaml"), "--only", "desiste", "--store", migrated)

    assert refused.exit_code == 1
    assert "não está vazio" in refused.stderr
    store = open_store(migrated)
    with transaction(store, writes=False) as session:
        assert session.execute(text("SELECT login FROM servant")).scalars().all() == ["maria"]
    store.dispose()


@pytest.mark.parametrize("words", [["missing.yaml"], [str(PERMIT / "scenarios.yaml"), "--only", "não existe"]])
def test_no_such_scenario_is_an_error(rito: Command, words: list[str]) -> None:
    refused = rito("scenario", *words)

    assert refused.exit_code == 1
    assert words[-1] in refused.stderr


# -- serving ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        yield somebody.getsockname()[1]


@pytest.mark.parametrize("command", ["run", "serve"])
def test_a_taken_port_is_said_before_anything_is_loaded(
    rito: Command, taken: int, command: str, tmp_path: Path
) -> None:
    refused = rito(command, "--port", str(taken))

    assert refused.exit_code == 1
    assert f"A porta {taken} de 127.0.0.1 não está livre" in refused.stderr
    assert not (tmp_path / "rito.db").exists()


@pytest.fixture
def start(environment: dict[str, str], migrated: str) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Give `start(...)`: a command in a process of its own, which says what it says on one pipe."""
    started: list[subprocess.Popen[str]] = []

    def begin(*words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "engine.cli", *words]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        started.append(subprocess.Popen(command, cwd=HOUSE, env={**os.environ, **environment}, **pipes))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def _heard(process: subprocess.Popen[str], last: str) -> str:
    """Return what a process says up to the line with `last` in it."""
    assert process.stdout
    said = ""
    while last not in said:
        line = process.stdout.readline()
        assert line, f"it ended after: {said}"
        said += line
    return said


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("words", [["serve", "--port", "0"], ["clock"]])
def test_a_process_told_to_stop_ends_cleanly(
    start: Callable[..., subprocess.Popen[str]], words: list[str], how: signal.Signals
) -> None:
    process = start(*words)
    _heard(process, "Ctrl-C encerra")

    process.send_signal(how)
    said, _ = process.communicate(timeout=60)

    assert process.returncode == 0, said
    assert said.endswith("Encerrado.\n")


def test_serve_answers_at_the_address_that_it_prints(start: Callable[..., subprocess.Popen[str]]) -> None:
    printed = _heard(start("serve", "--port", "0", "--no-clock"), "Ctrl-C encerra")

    address = re.search(r"cidadão +http://([\d.]+):(\d+)/", printed)
    assert address
    asked = HTTPConnection(address[1], int(address[2]), timeout=60)
    asked.request("GET", "/health/live")
    assert asked.getresponse().status == 200


def test_a_request_under_way_is_answered_before_the_end() -> None:
    began, go_on, told = threading.Event(), threading.Event(), threading.Event()

    def slow(_environ: Any, start_response: Any) -> list[bytes]:
        began.set()
        go_on.wait(60)
        start_response("200 OK", [("Content-Length", "4")])
        return [b"done"]

    bound = serving.listen("127.0.0.1", 0)
    port = bound.getsockname()[1]
    server = threading.Thread(target=serving.serve, args=(slow, bound, None, told))
    server.start()
    asked = HTTPConnection("127.0.0.1", port, timeout=60)
    asked.request("GET", "/")
    began.wait(60)

    told.set()
    go_on.set()
    answer = asked.getresponse()
    body = answer.read()
    server.join(60)

    assert (answer.status, body) == (200, b"done")
    assert not server.is_alive()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_a_draft_is_played_with_the_ways_that_its_acts_choose(rito: Command, tmp_path: Path) -> None:
    folder = tmp_path / "obras" / "poda"
    folder.mkdir(parents=True)
    nodes = [sketches.Node("task", "analisar"), sketches.exclusive("g"), sketches.Node("task", "podar")]
    flows = "inicio > analisar > g > podar > fim\ng > fim"
    (folder / "process.bpmn").write_bytes(sketches.sketch([*nodes, sketches.end("fim", "feita")], flows))
    acts = [
        {"at": "2026-01-05 10:00", "do": "start", "answers": {"caminho": "podar"}},
        {
            "at": "2026-01-06 10:00",
            "do": "complete",
            "task": "podar",
            "answers": {"observacoes": {"podar": "Galho seco."}},
        },
    ]
    expect = {"path": ["analisar", "podar", "fim"], "end": "feita"}
    told = {"procedure": "poda", "draft": "requerente", "scenarios": [{"name": "poda", "acts": acts, "expect": expect}]}
    (folder / "scenarios.yaml").write_text(yaml.safe_dump(told, allow_unicode=True))

    played = rito("scenario", str(folder / "scenarios.yaml"))

    assert (played.exit_code, "analisar → podar → fim" in played.output) == (0, True), played.output

"""Rito behind the interface of the public BPMN cases: their diagrams in our dialect, played over a real store.

Every call goes through the acts that the edges use, and between two calls whatever a process keeps of its cases is
forgotten: each case is saved and restored all the time. The database is a fresh SQLite file, or one of the server
whose folder `RITO_CONFORMANCE_CLUSTER` names.
Run it with the runners of those cases: `make conformance`.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from lxml import etree
from psycopg import sql
from sqlalchemy import select, update

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from adapter import Adapter, Refused
from translate import load, q

from engine.access import By
from engine.acts import procedures
from engine.acts.advance import advance, begin, hold_task
from engine.acts.advance.mirror import NewCase
from engine.acts.protocol import next_number
from engine.audit import Entry
from engine.bpmn.beginnings import event_starts, hand_starts
from engine.bpmn.check import ACCEPTABLE
from engine.bpmn.dialects.camunda7 import NAMESPACE
from engine.city import edition, effective_version
from engine.clockwork import Clockwork
from engine.errors import DiagramRefused
from engine.store.cases import Case, Incident, Task
from tests.city import City
from tests.databases import migrate

_C = f"{{{NAMESPACE}}}"
_ROLE = "protocolo"
_PEOPLE = ("userTask", "manualTask", "task")
_TRACE = "trilha"
_WAIT = "espera = "
_SO_FAR = f"(if {_TRACE} = null then [] else {_TRACE})"  # a case that an event began was given no list
_LONG_AGO = datetime(2000, 1, 3, tzinfo=UTC)


class FeelDialect:
    """The macros of the cases, said in FEEL: a token is appended to the case's own list."""

    script_format = "feel"

    def create_log(self, _ctx: Mapping[str, Any]) -> str:
        return f"{_TRACE} = {_TRACE}"

    def marker(self, _ctx: Mapping[str, Any]) -> str:
        return self.log("MARKER", _ctx)

    def log(self, token: str, _ctx: Mapping[str, Any]) -> str:
        return f'{_TRACE} = append({_SO_FAR}, "{token}")'

    def set_string_data(self, ctx: Mapping[str, Any]) -> str:
        return "\n".join(f'{_name(name)} = "String"' for name in ["data", *ctx["outputs"]])

    def log_data(self, ctx: Mapping[str, Any]) -> str:
        names = " and ".join(f'{_name(name)} = "String"' for name in ctx["inputs"] or ["data"])
        return f'{_TRACE} = append({_SO_FAR}, if {names} then "DATA" else "DATA_WRONG")'

    def increment(self, _ctx: Mapping[str, Any]) -> str:
        return "integerVariable = integerVariable + 1"

    def increment_and_log(self, ctx: Mapping[str, Any]) -> str:
        return f"{self.increment(ctx)}\n{self.log('INCREMENT', ctx)}"

    def throw_error(self, code: str, _ctx: Mapping[str, Any]) -> str:
        return f'falha = erro("{code}")'

    def wait(self, seconds: int, _ctx: Mapping[str, Any]) -> str:
        return f"{_WAIT}{seconds}"

    def timestamps(self, number: int, seconds: int, _ctx: Mapping[str, Any]) -> str:
        return f"carimbo{number} = {seconds}"

    def condition(self, text: str) -> str:
        text = re.sub(r"^\$\{(.*)\}$", r"\1", text.strip(), flags=re.DOTALL).strip()
        text = re.sub(r"\)>$", ")", text)
        text = re.sub(r'(\w+)\.contains\(("[^"]*")\)', r"contains(\1, \2)", text)
        text = re.sub(r"!\s*(contains\([^)]*\))", r"not(\1)", text)
        return text.replace("&&", " and ").replace("||", " or ").replace("==", "=").replace("'", '"')

    def timer(self, text: str) -> str:
        return text.strip()


def _name(text: str) -> str:
    return re.sub(r"\W", "_", text)


class Rito(Adapter):  # type: ignore[misc]  # the interface is untyped
    """One city hall for one case of the table."""

    name = "rito"

    def __init__(self, reload: bool = True) -> None:
        self._reload = reload
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        self._dropped, url = _database(folder)
        self.city = City(url, folder, shortest_cycle_seconds=1)  # the cases count seconds
        self.lost: list[str] = []
        self._broken: list[str] = []
        self._told = 0

    # -- deploy and start ---------------------------------------------------------------------------------------------

    def deploy(self, path: str) -> None:
        tree = load(path, FeelDialect())
        root = tree.getroot()
        _dress(root)
        executable = [process for process in root.iter(q("process")) if process.get("isExecutable") == "true"]
        if not executable:
            raise Refused("no executable process")
        for process in executable:
            self._publish(root, process)

    def _publish(self, root: etree._Element, process: etree._Element) -> None:
        try:
            key, xml = process.get("id") or "", etree.tostring(root)
            bundle = procedures.Bundle(
                key=key, name=key, xml=xml, forms={}, tables={}, papers={}, accepted=ACCEPTABLE, process=key
            )
            with self.city.by("analista", _LONG_AGO) as by:
                procedures.publish(by, bundle)
        except DiagramRefused as refused:
            found: Any = refused.facts["findings"]
            raise Refused("; ".join(f"{one.get('element')}: {one['code']}" for one in found)) from refused

    def start(self, process_id: str, variables: Mapping[str, Any]) -> int:
        data = {_TRACE: [], **variables}
        with self._by() as by:
            version = edition(by, effective_version(by, process_id))
            number, drawing = next_number(by), version.blueprint.drawing
            begins = None if hand_starts(drawing) else event_starts(drawing)[0].id
            new = NewCase(
                number=number, edition=version, access_hash="-", subject=process_id, requester_name="-",
                requester_document="", requester_email=None, origin="api", secrecy="publico",
            )  # fmt: skip
            moved = begin(by, new, Entry("case.start", f"case:{number}"), data, asked=False, at=begins)
        self._between()
        return moved.case_id

    # -- people, messages, time ---------------------------------------------------------------------------------------

    def open_user_tasks(self) -> list[tuple[UUID, str]]:
        with self._by() as by:
            query = select(Task.id, Task.element).where(Task.status == "open").order_by(Task.opened_at, Task.case_id)
            return [(row.id, row.element) for row in by.connection.execute(query)]

    def complete(self, task: UUID, data: Mapping[str, Any] | None = None) -> None:
        with self._by() as by:
            held = hold_task(by, task)
            advance(by, held, Entry("task.complete", f"task:{task}"), lambda run: run.complete(task, data or {}))
            by.connection.execute(update(Task).where(Task.id == task).values(status="done", closed_at=by.at))
        self._between()

    def fire_message(self, name: str, payload: Mapping[str, Any] | None = None) -> None:
        self._told += 1
        self.city.tell(name, "*", payload or {}, once=str(self._told))
        self._between()

    def fire_signal(self, name: str, payload: Mapping[str, Any] | None = None) -> None:
        self._told += 1
        self.city.signal(name, payload or {}, once=str(self._told))
        self._between()

    def advance_time(self, seconds: float) -> None:
        end = self.city.at + timedelta(seconds=seconds)
        step = max(1.0, seconds / 100)
        while self.city.at < end:
            self.city.at = min(end, self.city.at + timedelta(seconds=step))
            self._tick()
        self._between()

    # -- what came of it ----------------------------------------------------------------------------------------------

    def trace(self) -> list[str]:
        with self._by() as by:
            documents = by.connection.execute(select(Case.data).order_by(Case.id)).scalars().all()
            broken = by.connection.execute(select(Incident.code, Incident.facts)).all()
        self._broken = [f"{row.code} {row.facts}"[:300] for row in broken]
        return [token for data in documents for token in data.get(_TRACE) or []] + ["ERROR_RUNTIME"] * len(broken)

    def finished(self) -> bool:
        with self._by() as by:
            return by.connection.execute(select(Case.id).where(Case.status == "open")).first() is None

    def notes(self) -> list[str]:
        return self._broken

    def close(self) -> None:
        self.city.close()
        self._dropped()
        self._folder.cleanup()

    # -- between two calls --------------------------------------------------------------------------------------------

    @contextmanager
    def _by(self) -> Iterator[By]:
        with self.city.by(_ROLE) as by:
            yield by

    def _tick(self) -> None:
        while self.city.tick():
            pass

    def _between(self) -> None:
        """Carry out what was ordered, but let no timer fall due: no time has passed."""
        while Clockwork(self.city.house)._carry_out_orders(lambda: self.city.at):
            pass
        if self._reload:
            self.city.forget()


def _database(folder: Path) -> tuple[Callable[[], None], str]:
    """Return a fresh database, and what drops it: a file, or one of the server whose folder the environment names."""
    server = os.environ.get("RITO_CONFORMANCE_CLUSTER")
    if server is None:
        url = f"sqlite:///{folder}/conformance.db"
        migrate(url)
        return lambda: None, url
    name = f"case_{uuid4().hex}"

    def execute(statement: str) -> None:
        with psycopg.connect(host=server, user="rito", dbname="postgres", autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))

    execute("CREATE DATABASE {} TEMPLATE conformance")
    return lambda: execute("DROP DATABASE {} WITH (FORCE)"), f"postgresql+psycopg://rito@/{name}?host={server}"


def _dress(root: etree._Element) -> None:
    """Give a foreign diagram what ours must have: who does a task, a name for it, a key for a message."""
    for kind in _PEOPLE:
        for node in root.iter(q(kind)):
            node.set(f"{_C}candidateGroups", _ROLE)
            node.set("name", (node.get("name") or node.get("id") or "tarefa")[:200])
    for node in root.iter(q("messageEventDefinition")):
        _property(node.getparent(), "chave", '"*"')
    for node in root.iter(q("sendTask"), q("receiveTask")):
        _property(node, "chave", '"*"')
    for node in list(root.iter(q("scriptTask"))):
        _let_time_pass(node)
    etree.cleanup_namespaces(root, top_nsmap={"camunda": NAMESPACE}, keep_ns_prefixes=["camunda"])


def _let_time_pass(node: etree._Element) -> None:
    """Draw a script that only sleeps as what it is: no script of ours takes time, a timer does."""
    script = node.find(q("script"))
    words = "" if script is None else (script.text or "").strip()
    if script is not None and words.startswith(_WAIT) and "\n" not in words:
        node.remove(script)
        node.tag = q("intermediateCatchEvent")
        node.attrib.pop("scriptFormat", None)
        definition = etree.SubElement(node, q("timerEventDefinition"))
        etree.SubElement(definition, q("timeDuration")).text = f"PT{words.removeprefix(_WAIT)}S"


def _property(node: etree._Element, name: str, value: str) -> None:
    extensions = node.find(q("extensionElements"))
    if extensions is None:
        extensions = etree.Element(q("extensionElements"))
        node.insert(0, extensions)
    kept = etree.SubElement(extensions, f"{_C}properties")
    etree.SubElement(kept, f"{_C}property", name=name, value=value)


ADAPTER = Rito

"""The floor: the same writes and pages with nothing of the product in them, a bare Flask application over raw SQL.

It looks up the login session, compares the token, parses the form, locks the case's row, and writes the rows that the
product writes for the five-task procedure, as durably. It must import nothing of engine/ or web/, and decides nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import sqlite3
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from flask import Flask, abort, redirect, request
from jinja2 import Template
from werkzeug.wrappers import Response

FIELDS = ("valor", "interessado", "endereco", "conferido", "observacao")
NAMES = {"t1": "Pedir", "t2": "Conferir", "t3": "Analisar", "t4": "Cobrar", "t5": "Assinar"}
FOLLOWS = {"t1": "t2", "t2": "t3", "t3": "t4", "t4": "t5", "t5": None}
PAGE = 25
SECRET = b"s" * 40
_SEAL = b"\1" * 32

_SESSION = """
SELECT s.servant_id, s.expires_at, s.revoked_at, p.name, p.active,
       (SELECT value FROM revision WHERE name = 'city') AS revision
FROM login_session s JOIN servant p ON p.id = s.servant_id WHERE s.id_hash = :id_hash
"""
_HOLD = """
SELECT c.id, c.number, c.version_id, c.lock_version, c.trail_seq, c.step_seq, c.state, c.data, t.element, t.status
FROM task t JOIN "case" c ON c.id = t.case_id WHERE t.id = :task
"""
_MOVE_CASE = """
UPDATE "case" SET lock_version = lock_version + 1, state = :state, data = :data, trail_seq = :trail_seq,
       trail_seal = :seal, step_seq = :step_seq, status = :status, ended_at = :ended_at
WHERE id = :case_id AND lock_version = :lock_version
"""
_NEW_TASK = """
INSERT INTO task (id, case_id, element, name, attempt, role, form, status, opened_at, due_at, closed_at, closed_by,
  answers)
VALUES (:id, :case_id, :element, :name, 1, 'protocolo', 'passo', :status, :at, :due_at, :closed_at, :closed_by,
  :answers)
"""
_NEW_STEP = """
INSERT INTO step (case_id, seq, element, kind, state, at, actor, changes)
VALUES (:case_id, :seq, :element, :kind, 'done', :at, :actor, :changes)
"""
_NEW_ENTRY = """
INSERT INTO audit_entry (chain, seq, at, actor, action, subject, facts, seal)
VALUES (:case_id, :seq, :at, :actor, :action, :subject, :facts, :seal)
"""
_CLOSE_TASK = """
UPDATE task SET status = 'done', closed_at = :at, closed_by = :actor, answers = :answers WHERE id = :task
"""
_ANSWERED = """
INSERT INTO idempotency (actor, key, body_hash, answer, at) VALUES (:actor, :key, :body_hash, :answer, :at)
"""
_NUMBER = """
INSERT INTO numbering (series, year, last) VALUES ('processo', :year, 1)
ON CONFLICT (series, year) DO UPDATE SET last = numbering.last + 1 RETURNING last
"""
_NEW_CASE = """
INSERT INTO "case" (number, access_hash, procedure_id, version_id, lock_version, status, subject, requester_name,
  requester_document, secrecy, origin, started_at, trail_seq, trail_seal, step_seq, state, data)
SELECT :number, :access_hash, v.procedure_id, v.id, 1, 'open', 'Five tasks', 'Ana Medida', '', 'publico', 'balcao', :at,
  1, :seal, 2, :state, :data
FROM version v JOIN procedure p ON p.id = v.procedure_id WHERE p.key = 'five_tasks' RETURNING id
"""
_INBOX = """
SELECT t.id, t.name, t.role, t.opened_at, t.due_at, c.number, c.subject, c.requester_name
FROM task t JOIN "case" c ON c.id = t.case_id
WHERE t.role IN ('protocolo', 'planejamento', 'obras') AND t.status = 'open' ORDER BY t.due_at, t.id LIMIT :page
"""
_COUNT = """
SELECT count(*) FROM (SELECT 1 FROM task
WHERE role IN ('protocolo', 'planejamento', 'obras') AND status = 'open' LIMIT 100) AS counted
"""
_PAGE = """<!doctype html><html lang="pt-BR"><head><meta charset="utf-8"><title>Minha caixa</title></head><body>
<h1>Minha caixa</h1><p>{{ count }} tarefas</p><table><tbody>
{% for task in tasks %}<tr><td><a href="/tarefas/{{ task[0] }}">{{ task[1] }}</a></td><td>{{ task[5] }}</td>
<td>{{ task[6] }}</td><td>{{ task[7] }}</td><td>{{ task[2] }}</td><td>{{ task[3] }}</td><td>{{ task[4] }}</td>
<td>{{ filler }}</td></tr>
{% endfor %}</tbody></table></body></html>"""
_STATE = json.dumps(
    {"v": 1, "a": {"t1": 1, "t2": 1}, "n": {"clocks": {}}, "w": [["", False, [[uuid.uuid4().hex] * 9]]]}
)


class _Lite:
    """One SQLite connection per thread, as durable as the product's."""

    def __init__(self, url: str) -> None:
        self._path = url.removeprefix("sqlite:///")
        self._mine = threading.local()

    @contextmanager
    def transaction(self, *, writes: bool) -> Iterator[_Lite]:
        if not hasattr(self._mine, "connection"):
            self._mine.connection = sqlite3.connect(self._path, isolation_level=None)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON"):
                self._mine.connection.execute(f"PRAGMA {pragma}")
        self._mine.connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
        try:
            yield self
        except BaseException:
            self._mine.connection.execute("ROLLBACK")
            raise
        self._mine.connection.execute("COMMIT")

    def ask(self, statement: str, values: Mapping[str, Any], *, lock: bool = False) -> list[tuple[Any, ...]]:
        del lock  # SQLite has one writer
        found: list[tuple[Any, ...]] = self._mine.connection.execute(statement, values).fetchall()
        return found

    def write(self, statement: str, *rows: Mapping[str, Any]) -> None:
        self._mine.connection.executemany(statement, rows)

    def moment(self, at: datetime) -> object:
        return at.isoformat(sep=" ", timespec="microseconds")

    def task_id(self, task: uuid.UUID) -> object:
        return task.hex


class _Pg:
    """One PostgreSQL connection per thread."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("postgresql+psycopg://", "postgresql://")
        self._mine = threading.local()
        self._spoken: dict[str, str] = {}

    @contextmanager
    def transaction(self, *, writes: bool) -> Iterator[_Pg]:
        del writes
        if not hasattr(self._mine, "connection"):
            self._mine.connection = psycopg.connect(self._url)
        with self._mine.connection.transaction():
            yield self

    def ask(self, statement: str, values: Mapping[str, Any], *, lock: bool = False) -> list[tuple[Any, ...]]:
        spoken = self._say(statement + (" FOR UPDATE OF c" if lock else ""))
        found: list[tuple[Any, ...]] = self._mine.connection.execute(spoken, values).fetchall()
        return found

    def write(self, statement: str, *rows: Mapping[str, Any]) -> None:
        if len(rows) == 1:
            self._mine.connection.execute(self._say(statement), rows[0])
        else:
            self._mine.connection.cursor().executemany(self._say(statement), rows)

    def moment(self, at: datetime) -> object:
        return at

    def task_id(self, task: uuid.UUID) -> object:
        return task

    def _say(self, statement: str) -> str:
        if statement not in self._spoken:
            self._spoken[statement] = re.sub(r":(\w+)", r"%(\1)s", statement)
        return self._spoken[statement]


Store = _Lite | _Pg


def token(session_id: str) -> str:
    """Return the token that the forms of a session carry."""
    return hmac.new(SECRET, session_id.encode(), hashlib.sha256).hexdigest()


def create_app(url: str, filler: str = "") -> Flask:
    """Return the floor over a database of the product's schema; `filler` brings an inbox row to the product's size."""
    app = Flask(__name__)
    store: Store = _Lite(url) if url.startswith("sqlite") else _Pg(url)
    app.add_url_rule(
        "/tarefas/<uuid:task>", view_func=lambda task: _completed(store, task), methods=["POST"], endpoint="t"
    )
    app.add_url_rule("/iniciar", view_func=lambda: _started(store), methods=["POST"], endpoint="s")
    page = app.jinja_env.from_string(_PAGE)
    app.add_url_rule("/caixa", view_func=lambda: _inbox(store, page, filler), endpoint="i")
    return app


def _completed(store: Store, task: uuid.UUID) -> Response:
    with store.transaction(writes=True) as db:
        who, actor = _signed_in(db)
        answers, at = _form(), datetime.now(UTC)
        found = db.ask(_HOLD, {"task": db.task_id(task)}, lock=True)
        if not found or found[0][9] != "open":
            abort(409)
        case_id, _number, _, lock_version, trail_seq, step_seq, state, data, element, _ = found[0]
        follows = FOLLOWS[element]
        if follows:
            db.write(_NEW_TASK, _task(db, case_id, follows, at))
        steps = [
            (element, "userTask"),
            *{"t3": [("g", "exclusiveGateway")], "t5": [("fim", "endEvent")]}.get(element, []),
        ]
        db.write(_NEW_STEP, *_steps(db, case_id, step_seq, steps, answers, at))
        acts = [
            ("task.complete", f"task:{task}"),
            *{"t3": [("gateway.condition", "g")], "t5": [("case.end", "")]}.get(element, []),
        ]
        db.write(_NEW_ENTRY, *_entries(db, case_id, trail_seq, acts, at))
        document = json.dumps({**json.loads(data), **answers})
        moved = {
            "case_id": case_id, "lock_version": lock_version, "state": state, "data": document, "seal": _SEAL,
            "trail_seq": trail_seq + len(acts), "step_seq": step_seq + len(steps),
            "status": "open" if follows else "done", "ended_at": None if follows else db.moment(at),
        }  # fmt: skip
        db.write(_MOVE_CASE, moved)
        db.write(
            _CLOSE_TASK, {"task": db.task_id(task), "at": db.moment(at), "actor": who, "answers": json.dumps(answers)}
        )
        _remember(db, actor, at)
    return redirect("/caixa", 303)


def _started(store: Store) -> Response:
    with store.transaction(writes=True) as db:
        who, actor = _signed_in(db)
        answers, at = _form(), datetime.now(UTC)
        ((last,),) = db.ask(_NUMBER, {"year": at.year})
        case = {
            "number": f"{at.year}.{last:06d}-0", "access_hash": token(str(last)), "at": db.moment(at), "seal": _SEAL,
            "state": _STATE, "data": json.dumps(answers),
        }  # fmt: skip
        ((case_id,),) = db.ask(_NEW_CASE, case)
        done = {"status": "done", "closed_at": db.moment(at), "closed_by": who, "answers": json.dumps(answers)}
        db.write(_NEW_TASK, {**_task(db, case_id, "t1", at), **done}, _task(db, case_id, "t2", at))
        steps = [("inicio", "startEvent"), ("t1", "userTask")]
        db.write(_NEW_STEP, *_steps(db, case_id, 0, steps, answers, at))
        db.write(_NEW_ENTRY, *_entries(db, case_id, 0, [("case.start", f"case:{case['number']}")], at))
        _remember(db, actor, at)
    return redirect("/caixa", 303)


def _inbox(store: Store, page: Template, filler: str) -> str:
    with store.transaction(writes=False) as db:
        _signed_in(db)
        tasks = db.ask(_INBOX, {"page": PAGE})
        ((count,),) = db.ask(_COUNT, {})
    return page.render(tasks=tasks, count=count, filler=filler)


def _signed_in(db: Store) -> tuple[str, str]:
    session_id = request.cookies.get("sid", "")
    found = db.ask(_SESSION, {"id_hash": hashlib.sha256(session_id.encode()).hexdigest()})
    if not found or found[0][2] is not None:
        abort(401)
    if request.method == "POST" and not hmac.compare_digest(request.form.get("csrf_token", ""), token(session_id)):
        abort(400)
    return found[0][3], f"servant:{found[0][0]}"


def _form() -> dict[str, str]:
    return {name: request.form[name] for name in FIELDS if name in request.form}


def _task(db: Store, case_id: int, element: str, at: datetime) -> dict[str, Any]:
    return {
        "id": db.task_id(uuid.uuid4()), "case_id": case_id, "element": element, "name": NAMES[element],
        "status": "open", "at": db.moment(at), "due_at": db.moment(at + timedelta(days=5)),
        "closed_at": None, "closed_by": None, "answers": None,
    }  # fmt: skip


def _steps(
    db: Store, case_id: int, after: int, steps: list[tuple[str, str]], answers: Mapping[str, str], at: datetime
) -> list[dict[str, Any]]:
    changes = json.dumps([[name, None, value] for name, value in answers.items()])
    return [
        {
            "case_id": case_id, "seq": after + count, "element": element, "kind": kind, "at": db.moment(at),
            "actor": "Ana Medida", "changes": changes if kind == "userTask" else None,
        }
        for count, (element, kind) in enumerate(steps, 1)
    ]  # fmt: skip


def _entries(db: Store, case_id: int, after: int, acts: list[tuple[str, str]], at: datetime) -> list[dict[str, Any]]:
    return [
        {
            "case_id": case_id, "seq": after + count, "at": db.moment(at), "actor": "Ana Medida", "action": action,
            "subject": subject, "facts": '{"element":"passo","attempt":1}', "seal": os.urandom(32),
        }
        for count, (action, subject) in enumerate(acts, 1)
    ]  # fmt: skip


def _remember(db: Store, actor: str, at: datetime) -> None:
    answer = '{"goto":"/caixa","said":"","tone":"success"}'
    row = {"actor": actor, "key": request.form["_key"], "body_hash": "0" * 64, "answer": answer, "at": db.moment(at)}
    db.write(_ANSWERED, row)

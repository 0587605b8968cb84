"""Documents of a case: filed from answers, issued from templates, signed."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from engine.access import By
from engine.acts.advance import Held
from engine.audit import Entry, record_on_case
from engine.errors import SignatureRefused
from engine.forms.components import Form, Text
from engine.store.cases import Document, Signature

VALID, DRAFT, SIGNED = "valido", "minuta", "assinado"
_LEVELS_WITH_PASSWORD = frozenset({"avancada"})


def file(by: By, held: Held, form: Form | None, answers: Mapping[str, Any]) -> None:
    """Enter the files of checked answers as documents of the case: type, hash and secrecy by the form's field."""
    assert held.task is not None
    file_answers(by, held.case["id"], (held.task["id"], held.task["element"]), form, answers)


def file_answers(by: By, case_id: int, task: tuple[UUID, str], form: Form | None, answers: Mapping[str, Any]) -> None:
    """The same for a task given by id and element."""
    rows = [
        {
            "case_id": case_id, "task_id": task[0], "element": task[1], "type": picker.document_type or path,
            "title": _title(picker.label), "name": stored["name"], "sha256": stored["sha256"], "size": stored["size"],
            "mime": stored["mime"], "secrecy": picker.secrecy or "publico", "origin": "anexado", "status": VALID,
            "created_at": by.at, "created_by": by.name,
        }
        for path, picker in (form.file_fields if form else {}).items()
        for stored in _at(answers, path.split("."))
    ]  # fmt: skip
    if rows:
        by.connection.execute(insert(Document), rows)


def _title(label: Text) -> str:
    """Return the words of a label without what is put into it when it is shown."""
    return " ".join("".join(part for part in label.parts if isinstance(part, str)).split())[:200]


def _at(answers: Any, path: list[str]) -> Iterator[Mapping[str, Any]]:
    """Yield the stored references at a field's path; a step into a list goes into each of its rows."""
    if not path:
        yield from answers if isinstance(answers, list) else ()
    elif isinstance(answers, list):
        for row in answers:
            yield from _at(row, path)
    elif isinstance(answers, Mapping) and path[0] in answers:
        yield from _at(answers[path[0]], path[1:])


def enter(by: By, case_id: int, order: Mapping[str, Any], stored: Mapping[str, Any]) -> int:
    """Enter a document that was issued from a template; `order` says of which task, type, title and code.

    An earlier draft of the same task and type gives way to it. Returns the document's id.
    """
    old = update(Document).where(
        Document.case_id == case_id, Document.task_id == order["task_id"], Document.type == order["type"],
        Document.status == DRAFT,
    )  # fmt: skip
    by.connection.execute(old.values(status="substituido"))
    row = {
        "case_id": case_id, "task_id": order["task_id"], "element": order["element"], "type": order["type"],
        "title": order["title"], "name": stored["name"], "sha256": stored["sha256"], "size": stored["size"],
        "mime": stored["mime"], "secrecy": "publico", "origin": "emitido", "status": DRAFT if order["draft"] else VALID,
        "code": order["code"], "created_at": by.at, "created_by": by.name,
    }  # fmt: skip
    document_id: int = by.connection.execute(insert(Document).values(**row).returning(Document.id)).scalar_one()
    facts = {"type": order["type"], "sha256": stored["sha256"]}
    record_on_case(by, case_id, Entry("document.issue", f"document:{document_id}", facts))
    return document_id


def sign(by: By, held: Held, acting_for: str | None, *, confirmed: bool) -> None:
    """Sign the prepared document of a task that asks for a signature; the hash was fixed when it was prepared.

    Advanced level (Lei 14.063/2020 art. 4º II): the person is identified again by password in the same request, and
    the seal binds person, moment and hash. Raises: SignatureRefused (password, document-not-ready, level).
    """
    assert held.task is not None
    note = held.edition.blueprint.elements[held.task["element"]].note
    if note.signs is None or note.signs == "simples":
        return
    if note.signs not in _LEVELS_WITH_PASSWORD:
        raise SignatureRefused(reason="level")
    if not confirmed:
        raise SignatureRefused(reason="password")
    query = select(Document.id, Document.sha256).where(
        Document.case_id == held.case["id"], Document.task_id == held.task["id"], Document.status == DRAFT
    )
    prepared = by.connection.execute(query).one_or_none()
    if prepared is None:
        raise SignatureRefused(reason="document-not-ready")
    row = {
        "document_id": prepared.id, "servant_id": by.servant_id, "signer": by.name, "acting_for": acting_for,
        "level": note.signs, "sha256": prepared.sha256, "signed_at": by.at,
    }  # fmt: skip
    by.connection.execute(insert(Signature).values(seal=signature_seal(by.house.settings.seal_key, row), **row))
    by.connection.execute(update(Document).where(Document.id == prepared.id).values(status=SIGNED))


def signature_seal(key: str, row: Mapping[str, Any]) -> str:
    """Return the seal (hexadecimal HMAC-SHA256) that binds document, hash, signer and moment."""
    words = [row["document_id"], row["sha256"], row["signer"], row["acting_for"], row["level"]]
    words.append(row["signed_at"].isoformat(timespec="microseconds"))
    return hmac.new(key.encode(), "\0".join(map(str, words)).encode(), hashlib.sha256).hexdigest()

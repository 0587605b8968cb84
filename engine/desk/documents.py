"""Documents as they may be read: one of a case that the reader sees, or one that anybody verifies by its code.

It must never say of a document that one may not see that it exists, nor give out a draft as if it were issued.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any, BinaryIO

from sqlalchemy import select

from engine.access import By, case_criterion, secrecy_seen
from engine.errors import NotFound
from engine.outlets.files import CHUNK, open_file
from engine.store.cases import Case, Document, Signature
from engine.store.procedures import Procedure

PUBLIC = "publico"
ISSUED = ("valido", "assinado")
SealOf = Callable[[str, Mapping[str, Any]], str]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A document that `by` may open. `restricted`: that it is read has to be recorded."""

    id: int
    case_id: int
    title: str
    name: str
    sha256: str
    size: int
    mime: str
    restricted: bool
    status: str


@dataclass(frozen=True, kw_only=True)
class Signed:
    """A signature. `holds` is False when document, signer, moment or hash are not those that were sealed."""

    signer: str
    acting_for: str | None
    level: str
    at: datetime
    holds: bool


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What is said in public of an issued document. `intact` is False when the kept file no longer has its hash."""

    code: str
    title: str
    procedure: str
    number: str
    sha256: str
    issued_at: datetime
    status: str
    signatures: tuple[Signed, ...]
    intact: bool
    restricted: bool


def kept(by: By, document_id: int) -> Kept:
    """Return a document of a case that `by` sees, of a secrecy that `by` may open. Raises: NotFound for all others.

    A requester gets no draft: it is nobody's document before it is issued or signed.
    """
    query = (
        select(Document.__table__)
        .join(Case, Case.id == Document.case_id)
        .where(Document.id == document_id, case_criterion(by), Document.secrecy.in_(secrecy_seen(by)))
    )
    row = by.connection.execute(query).mappings().one_or_none()
    if row is None or (by.servant_id is None and row["status"] not in ISSUED):
        raise NotFound(document=document_id)
    return Kept(
        id=row["id"],
        case_id=row["case_id"],
        title=row["title"],
        name=row["name"],
        sha256=row["sha256"],
        size=row["size"],
        mime=row["mime"],
        restricted=row["secrecy"] != PUBLIC,
        status=row["status"],
    )


def content(by: By, document: Kept) -> BinaryIO:
    """Open a document's bytes. Raises: NotFound when the file store has lost them."""
    return open_file(document.sha256, by.house.settings.files_dir)


def plain_code(typed: str) -> str:
    """Return a verification code as it is kept, however it was typed."""
    letters = "".join(char for char in typed.upper() if char.isalnum())
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))[:20]


def verified(by: By, code: str, seal_of: SealOf) -> Verified:
    """Return what anybody who holds the code may know of a document. Raises: NotFound.

    `seal_of` gives the seal that a signature's row should have under the key of this installation.
    """
    query = (
        select(
            Document.id,
            Document.code,
            Document.title,
            Document.sha256,
            Document.created_at,
            Document.status,
            Document.secrecy,
            Case.number,
            Procedure.name.label("procedure"),
        )
        .join(Case, Case.id == Document.case_id)
        .join(Procedure, Procedure.id == Case.procedure_id)
        .where(Document.code == plain_code(code), Document.origin == "emitido")
    )
    document = by.connection.execute(query).one_or_none()
    if document is None:
        raise NotFound(document=code[:20])
    return Verified(
        code=document.code or "",
        title=document.title,
        procedure=document.procedure,
        number=document.number,
        sha256=document.sha256,
        issued_at=document.created_at,
        status=document.status,
        signatures=tuple(_signatures(by, document, seal_of)),
        intact=_intact(by, document.sha256),
        restricted=document.secrecy != PUBLIC,
    )


def by_hash(by: By, sha256: str) -> str | None:
    """Return the code of the issued document that has exactly this content, None when there is none."""
    query = select(Document.code).where(Document.sha256 == sha256, Document.code.is_not(None)).limit(1)
    return by.connection.execute(query).scalar()


def _signatures(by: By, document: Any, seal_of: SealOf) -> list[Signed]:
    query = select(Signature.__table__).where(Signature.document_id == document.id).order_by(Signature.signed_at)
    return [
        Signed(
            signer=row["signer"],
            acting_for=row["acting_for"],
            level=row["level"],
            at=row["signed_at"],
            holds=compare_digest(row["seal"], seal_of(by.house.settings.seal_key, dict(row)))
            and row["sha256"] == document.sha256,
        )
        for row in by.connection.execute(query).mappings()
    ]


def _intact(by: By, sha256: str) -> bool:
    try:
        with open_file(sha256, by.house.settings.files_dir) as stored:
            return _digest(stored) == sha256
    except NotFound:
        return False


def _digest(stored: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := stored.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()

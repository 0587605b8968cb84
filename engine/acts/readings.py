"""Readings that leave a record: who opened which restricted document (LGPD art. 37)."""

from __future__ import annotations

from sqlalchemy import select

from engine.access import By, case_criterion, secrecy_seen
from engine.audit import Entry, record_on_case
from engine.errors import NotFound
from engine.store.cases import Case, Document


def read(by: By, document_id: int) -> None:
    """Record that `by` opens a restricted document; one that is public leaves no record. Raises: NotFound."""
    query = (
        select(Document.case_id, Document.secrecy, Document.sha256)
        .join(Case, Case.id == Document.case_id)
        .where(Document.id == document_id, case_criterion(by), Document.secrecy.in_(secrecy_seen(by)))
    )
    row = by.connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(document=document_id)
    if row.secrecy != "publico":
        facts = {"secrecy": row.secrecy, "sha256": row.sha256}
        record_on_case(by, row.case_id, Entry("document.read", f"document:{document_id}", facts))

"""The document connector: a paper from a template of the procedure's version, kept by its content.

The case gets the document with the result, in one step; until then the file is nobody's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.outlets import OutletFailed
from engine.outlets.connectors.contract import Call, Connector, Input
from engine.outlets.files import keep
from engine.outlets.papers import PaperFacts, issue, new_code
from engine.settings import Settings

TOPIC = "documento"


def issued(
    settings: Settings, at: datetime, template: str, values: Mapping[str, Any], names: tuple[str, str, str]
) -> dict[str, Any]:
    """Write a paper and keep it; return sha256, name, size, mime, code and title.

    `names`: of the template, the case's number, the procedure. Raises: BadInput when the template does not hold.
    """
    paper, number, procedure = names
    title, _, body = template.partition("\n")
    code = new_code()
    facts = PaperFacts(
        title=title.lstrip("# ").strip(),
        city=settings.city,
        secretariat=procedure,
        number=number,
        issued_at=at,
        code=code,
        verify_url=f"{settings.base_url}/verificar/{code}",
        zone=settings.zone,
    )
    name = f"{paper}-{number}.pdf"
    stored = keep(issue(body, values, facts), name, settings.upload_limit_bytes, (".pdf",), settings.files_dir)
    return {
        "sha256": stored.sha256, "name": stored.name, "size": stored.size, "mime": stored.mime, "code": code,
        "title": facts.title,
    }  # fmt: skip


def _issue(call: Call) -> Mapping[str, Any]:
    inside, name = call.house, call.inputs["modelo"]
    if name not in inside.papers:
        raise OutletFailed("paper-unknown", retry=False, paper=name[:60])
    template, settings = inside.papers[name], inside.house.settings
    found = issued(settings, call.at, template, inside.values, (name, call.number, inside.procedure))
    return {
        "codigo": found["code"], "titulo": found["title"], "arquivo": found["name"], "sha256": found["sha256"],
        "tamanho": found["size"], "tipo": found["mime"],
    }  # fmt: skip


PAPER = Connector(
    run=_issue,
    inputs=(Input("modelo", "paper", required=True), Input("minuta", "boolean")),
    outputs=frozenset({"codigo", "titulo", "arquivo", "sha256", "tamanho", "tipo"}),
    inside=True,
)


def as_document(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the file of a result of this connector in the words of `issued`."""
    return {
        "sha256": result["sha256"], "name": result["arquivo"], "size": result["tamanho"], "mime": result["tipo"],
        "code": result["codigo"], "title": result["titulo"],
    }  # fmt: skip

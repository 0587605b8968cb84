"""Every page there is, by who sees it. A page that is added to the application and not here fails a test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import select

from engine.house import House
from engine.store.cases import Case, Document, Incident, Task
from engine.store.session import transaction

# {login: {endpoint: address}}. Nobody signed in is "". Places in braces are filled by `places`.
PAGES: Mapping[str, Mapping[str, str]] = {
    "": {
        "portal.home": "/",
        "portal.service": "/servicos/alvara-construcao",
        "portal.start": "/solicitar/alvara-construcao",
        "portal.follow": "/acompanhar",
        "portal.accessibility": "/acessibilidade",
        "portal.sitemap": "/mapa",
        "files.verify": "/verificar",
        "files.verified": "/verificar/{code}",
        "sign_in.page": "/entrar",
        "help.index": "/ajuda/",
        "help.page": "/ajuda/api",
        "api_docs.page": "/api/v1/docs",
    },
    "protocolo": {
        "inbox.page": "/caixa",
        "counter.choose": "/balcao/",
        "counter.start": "/balcao/alvara-construcao",
        "cases.search": "/processos/",
        "cases.story": "/processos/{open}",
    },
    "gestor": {
        "inbox.page": "/caixa",
        "cases.search": "/processos/?estado=done",
        "cases.story": "/processos/{done}",
        "cases.diagram": "/processos/{open}/diagrama",
        "cases.documents": "/processos/{done}/documentos",
        "cases.data": "/processos/{done}/dados",
        "cases.clocks": "/processos/{done}/prazos",
        "cases.trail": "/processos/{done}/auditoria",
        "city.figures": "/administracao/parametros",
    },
    "admin": {
        "people.page": "/pessoas/",
        "people.person": "/pessoas/1",
        "city.bodies": "/administracao/orgaos",
        "city.calendar": "/administracao/calendario",
        "city.integrations": "/administracao/integracoes",
    },
    "operador": {
        "cases.story": "/processos/{stuck}",
        "hand.page": "/processos/{open}/atos",
        "hand.confirm": "/processos/{open}/atos/end?desfecho=arquivado",
    },
    "auditor": {"cases.trail": "/processos/{open}/auditoria"},
}
# What a browser is not shown as a page: files, words for machines, and what a form alone leads to.
NOT_PAGES = frozenset(
    {
        "static", "health.live", "health.ready", "files.download", "files.recorded", "tracking.document",
        "tracking.recorded", "portal.started", "counter.started",
    }
)  # fmt: skip
# The pages that one sees by other ways: the tracking of a case by its code, a task by its sector.
SEEN_OTHERWISE = frozenset({"tracking.case", "tracking.diagram", "tasks.page", "hand.return_page"})
LOGIN_OF = {
    "protocolo": "protocolo", "planejamento": "planejamento", "meio_ambiente": "ambiente", "obras": "obras",
    "fazenda": "fazenda", "secretario": "secretaria", "gabinete": "gabinete",
}  # fmt: skip


def places(house: House) -> dict[str, str]:
    """Return what stands in the place of each name in braces."""
    with transaction(house.store, writes=False) as session:
        newest = session.connection()
        of = {
            "open": select(Case.number).where(Case.status == "open").order_by(Case.id),
            "done": select(Case.number).where(Case.outcome == "emitido").order_by(Case.id),
            "stuck": select(Case.number).join(Incident).where(Case.status == "open", Incident.closed_at.is_(None)),
            "code": select(Document.code).where(Document.status == "assinado"),
        }
        return {name: str(newest.execute(query.limit(1)).scalar_one()) for name, query in of.items()}


def open_tasks(house: House) -> dict[tuple[str, str], str]:
    """Return {(login, name of a task): address}, one open task of each kind that a servant does."""
    with transaction(house.store, writes=False) as session:
        rows = session.connection().execute(select(Task.id, Task.role, Task.name).where(Task.status == "open"))
        return {(LOGIN_OF[row.role], row.name): f"/tarefas/{row.id}" for row in rows if row.role in LOGIN_OF}


def codes(card: Path) -> list[tuple[str, str]]:
    """Return the numbers and access codes that the demonstration's card tells."""
    words = (line.split() for line in card.read_text(encoding="utf-8").splitlines())
    return [(line[0], line[1]) for line in words if len(line) > 2 and line[0].count(".") == 1 and "-" in line[0]]

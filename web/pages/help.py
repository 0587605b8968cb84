"""The manual: one page for each screen, in templates/help/."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, render_template
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from engine.errors import NotFound
from web.request import look

bp = Blueprint("help", __name__, url_prefix="/ajuda")
_FOLDER = Path(__file__).parent.parent / "templates" / "help"
# In the order of the list: what each page is about. A screen that is not there yet is left out.
FOR_ALL: tuple[tuple[str, LazyString], ...] = (
    ("portal", _("Pedir um serviço")),
    ("tracking", _("Acompanhar e responder")),
    ("files", _("Documentos e sua verificação")),
    ("help", _("Como usar esta ajuda")),
    ("preferences", _("Contraste e idioma")),
)
FOR_SERVANTS: tuple[tuple[str, LazyString], ...] = (
    ("sign_in", _("Entrar e sair")),
    ("account", _("Minha conta")),
    ("inbox", _("Minha caixa")),
    ("tasks", _("Tarefas")),
    ("cases", _("Processos")),
    ("hand", _("Atos sobre o processo")),
    ("counter", _("Protocolar no balcão")),
    ("procedures", _("Procedimentos")),
    ("board", _("Indicadores")),
    ("people", _("Pessoas")),
    ("city", _("Órgãos, calendário, parâmetros e integrações")),
    ("api", _("Ligar outro sistema")),
)


@bp.get("/")
def index() -> str:
    """List the pages of the manual."""
    with look("anyone"):
        return render_template("help/index.html", for_all=_there(FOR_ALL), for_servants=_there(FOR_SERVANTS))


@bp.get("/<page>")
def page(page: str) -> str:
    """Show one page of the manual."""
    with look("anyone"):
        if page not in _pages():
            raise NotFound(page=page)
        return render_template(f"help/{page}.html")


def _there(named: tuple[tuple[str, LazyString], ...]) -> list[tuple[str, LazyString]]:
    pages = _pages()
    return [(name, words) for name, words in named if name in pages]


def _pages() -> set[str]:
    return {each.stem for each in _FOLDER.glob("*.html") if not each.stem.startswith("_")} - {"index"}

"""The manual: one page for each screen, in templates/help/."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, render_template

from engine.errors import NotFound
from web.request import look

bp = Blueprint("help", __name__, url_prefix="/ajuda")
_FOLDER = Path(__file__).parent.parent / "templates" / "help"


@bp.get("/")
def index() -> str:
    """List the pages of the manual."""
    with look("anyone"):
        return render_template("help/help.html")


@bp.get("/<page>")
def page(page: str) -> str:
    """Show one page of the manual."""
    with look("anyone"):
        if page not in {each.stem for each in _FOLDER.glob("*.html") if not each.stem.startswith("_")}:
            raise NotFound(page=page)
        return render_template(f"help/{page}.html")

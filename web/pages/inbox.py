"""The inbox of a servant: what waits for him and his sector; taking, giving back, taking the next."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from uuid import UUID

from flask import Blueprint, get_template_attribute, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from markupsafe import Markup
from werkzeug.wrappers import Response

from engine.acts import tasks
from engine.desk.inbox import CAP, FILTERS, After, Inbox, Line, inbox
from engine.errors import NotFound
from web.filters import days
from web.request import act, done, look, went
from web.sentences import catalogue

bp = Blueprint("inbox", __name__)
LABELS = {
    "setor": lazy_gettext("Do setor"),
    "minhas": lazy_gettext("Minhas"),
    "hoje": lazy_gettext("Vencem hoje"),
    "atrasadas": lazy_gettext("Atrasadas"),
    "devolvidas": lazy_gettext("Devolvidas"),
}
_MOST_AT_ONCE = 50
_ROWS = 2048  # rows kept as they were written, some 3 kB each: what a city hall has on its screens in an hour


@bp.get("/caixa")
def page() -> str:
    """Show a page of what waits."""
    with look() as by:
        found = inbox(by, _chosen(request.args.get("filtro")), _after(request.args.get("depois", "")))
    return render_template(
        "inbox.html",
        box=found,
        rows=_rows(found),
        rail=_rail(found),
        next_page=_next_page(found),
        label=str(LABELS[found.chosen]),
    )


@bp.post("/caixa/assumir")
def take() -> Response:
    """Take one task, or those that were picked; one that a colleague was quicker to take is left out."""
    picked = [UUID(value) for value in request.form.getlist("tarefa") if _is_id(value)][:_MOST_AT_ONCE]
    with act() as by:
        for task_id in picked:
            tasks.take(by, task_id)
        if len(picked) == 1:
            return done(by, url_for("tasks.page", task_id=picked[0]))
        if not picked:
            return went(_way_back(), _("Marque ao menos uma tarefa."), "warn")
        return done(by, url_for("inbox.page", filtro="minhas"), _("%(count)s tarefas assumidas.", count=len(picked)))


@bp.post("/caixa/proxima")
def take_next() -> Response:
    """Take the most pressing free task and open it."""
    with act() as by:
        try:
            task_id = tasks.take_next(by)
        except NotFound:
            return went(_way_back(), _("Não há tarefa livre nos seus setores."), "info")
        return done(by, url_for("tasks.page", task_id=task_id))


@bp.post("/caixa/devolver/<uuid:task_id>")
def give_back(task_id: UUID) -> Response:
    """Give a task that one had taken back to the sector."""
    with act() as by:
        tasks.give_back(by, task_id)
        return done(by, _way_back(), _("A tarefa voltou à fila do setor. Seu rascunho fica guardado."))


def _chosen(wanted: str | None) -> str:
    return wanted if wanted in FILTERS else FILTERS[0]


def _after(mark: str) -> After | None:
    """Read where the page before ended; what cannot be read is the first page."""
    due, _sep, task_id = mark.partition("~")
    try:
        at = datetime.fromisoformat(due) if due else None
        return After(at, UUID(task_id)) if at is None or at.tzinfo else None
    except ValueError:
        return None


def _next_page(found: Inbox) -> str | None:
    if found.after is None:
        return None
    due = found.after.due_at.isoformat() if found.after.due_at else ""
    return url_for("inbox.page", filtro=found.chosen, depois=f"{due}~{found.after.id}")


def _rows(found: Inbox) -> Markup:
    """Return the lines as rows of the page's table."""
    day, spoken, place = days(), catalogue(), request.root_path
    return Markup().join([_row(line, day(line.opened_at), spoken, place) for line in found.lines])


@lru_cache(maxsize=_ROWS)
def _row(line: Line, since: str, _spoken: object, _place: str) -> Markup:
    """Write a row. Its facts, the language and where the application stands are all that it depends on."""
    return Markup(get_template_attribute("inbox_row.html", "row")(line, since))  # noqa: S704  a template's own words


def _rail(found: Inbox) -> list[dict[str, object]]:
    here = url_for("inbox.page")
    items = [
        {
            "label": LABELS[name],
            "href": f"{here}?filtro={name}",
            "count": f"{CAP - 1}+" if found.counts[name] >= CAP else found.counts[name],
            "current": name == found.chosen,
            "late": name == "atrasadas" and found.counts[name] > 0,
        }
        for name in FILTERS
    ]
    return [{"title": None, "items": items}]


def _way_back() -> str:
    return url_for("inbox.page", filtro=_chosen(request.form.get("filtro")))


def _is_id(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True

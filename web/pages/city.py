"""What the city hall is made of and counts by: secretariats and roles, days off, parameters, integrations."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.access import SCOPES, By
from engine.acts import calendar_days, hosts, procedures, tokens
from engine.acts import people as acts
from engine.acts.calendar_days import NewDay
from engine.acts.people import Dated
from engine.desk import people, portal
from engine.errors import BadInput
from web import plain
from web.request import act, done, look

bp = Blueprint("city", __name__, url_prefix="/administracao")
Page = Response | tuple[str, int]


@bp.get("/orgaos")
def bodies() -> str:
    """Show the secretariats as they are on a day."""
    with look() as by:
        return _bodies(by)


@bp.post("/orgaos")
def add_body() -> Page:
    """Add a secretariat."""
    with act() as by:
        try:
            code, name = plain.needed("code", 40), plain.needed("name", 120)
            acts.add_secretariat(by, code, name, _term(), plain.number_or_none("parent"))
        except BadInput as bad:
            return _bodies(by, bad, "add"), 422
        return done(by, url_for("city.bodies"), _("Órgão incluído."))


@bp.post("/orgaos/<int:secretariat_id>")
def rename_body(secretariat_id: int) -> Page:
    """Give a secretariat another name or place from a date on."""
    with act() as by:
        try:
            name = plain.needed("name", 120)
            acts.rename_secretariat(by, secretariat_id, name, _term(), plain.number_or_none("parent"))
        except BadInput as bad:
            return _bodies(by, bad, f"rename-{secretariat_id}"), 422
        return done(by, url_for("city.bodies"), _("Alteração registrada; o nome antigo vale até a véspera."))


@bp.post("/papeis")
def add_role() -> Page:
    """Add a role, to which diagrams may address tasks."""
    with act() as by:
        try:
            code, name = plain.needed("code", 40), plain.needed("name", 120)
            acts.add_role(by, code, name, plain.number_or_none("secretariat"))
        except BadInput as bad:
            return _bodies(by, bad, "role"), 422
        return done(by, url_for("city.bodies"), _("Papel incluído."))


@bp.get("/calendario")
def calendar() -> str:
    """Show the city's own days off of a year."""
    with look() as by:
        return _calendar(by)


@bp.post("/calendario")
def add_day() -> Page:
    """Enter a day off."""
    with act() as by:
        try:
            calendar_days.add_day(
                by,
                NewDay(
                    on=plain.day("on"),
                    until=plain.day_or_none("until"),
                    name=plain.needed("name", 120),
                    closes_at=plain.hour_or_none("closes_at"),
                    role=plain.text("role") or None,
                    norm=plain.needed("norm"),
                ),
            )
        except BadInput as bad:
            return _calendar(by, bad), 422
        return done(by, url_for("city.calendar", ano=plain.day("on").year), _("Dia incluído no calendário."))


@bp.post("/calendario/<int:day_id>/retirar")
def remove_day(day_id: int) -> Page:
    """Take a day off out of the calendar."""
    with act() as by:
        calendar_days.remove_day(by, day_id)
        return done(by, url_for("city.calendar", ano=_year(by)), _("Dia retirado do calendário."))


@bp.get("/parametros")
def figures() -> str:
    """Show the parameters with all their dated values."""
    with look() as by:
        return _figures(by)


@bp.post("/parametros")
def set_figure() -> Page:
    """Set a parameter from a date on."""
    with act() as by:
        try:
            key, value = plain.needed("key", 80), plain.needed("value")
            procedures.set_parameter(by, key, value, plain.day("since"), plain.needed("norm"))
        except BadInput as bad:
            return _figures(by, bad), 422
        return done(by, url_for("city.figures"), _("Parâmetro registrado."))


@bp.get("/integracoes")
def integrations() -> str:
    """Show the tokens of integrations."""
    with look() as by:
        return _integrations(by)


@bp.post("/integracoes")
def issue_token() -> str | tuple[str, int]:
    """Issue a token and show it, this once."""
    with act() as by:
        try:
            issued = tokens.issue(
                by,
                plain.needed("name", 120),
                roles=request.form.getlist("roles"),
                scopes=request.form.getlist("scopes"),
            )
        except BadInput as bad:
            return _integrations(by, bad), 422
        return _integrations(by, plain_token=issued.plain)


@bp.post("/integracoes/<int:token_id>/revogar")
def revoke_token(token_id: int) -> Page:
    """End a token at once."""
    with act() as by:
        tokens.revoke(by, token_id)
        return done(by, url_for("city.integrations"), _("Chave revogada. Ela já não abre nada."))


@bp.post("/integracoes/destinos")
def allow_origin() -> Page:
    """Allow calls of the HTTP connector to an origin."""
    with act() as by:
        try:
            hosts.allow(by, plain.needed("origin"), plain.needed("purpose"))
        except BadInput as bad:
            return _integrations(by, bad, form="origin"), 422
        return done(by, url_for("city.integrations"), _("Destino permitido."))


@bp.post("/integracoes/destinos/<int:origin_id>/retirar")
def withdraw_origin(origin_id: int) -> Page:
    """Allow no more calls to an origin."""
    with act() as by:
        hosts.withdraw(by, origin_id)
        return done(by, url_for("city.integrations"), _("Destino retirado. Nada mais é enviado para lá."))


def _term() -> Dated:
    return Dated(since=plain.day("since"), norm=plain.text("norm")[:200])


def _bodies(by: By, bad: BadInput | None = None, form: str = "") -> str:
    on = _asked_day() or portal.today(by)
    return render_template(
        "people/bodies.html",
        bodies=people.bodies(by, on),
        roles=people.roles(by),
        on=on,
        faults=plain.faults(bad) if bad else {},
        form=form,
    )


def _calendar(by: By, bad: BadInput | None = None) -> str:
    year = _year(by)
    return render_template(
        "people/calendar.html",
        days=people.days(by, year),
        roles=people.roles(by),
        year=year,
        faults=plain.faults(bad) if bad else {},
    )


def _figures(by: By, bad: BadInput | None = None) -> str:
    found = people.figures(by)
    return render_template("people/figures.html", figures=found, faults=plain.faults(bad) if bad else {})


def _integrations(by: By, bad: BadInput | None = None, *, plain_token: str = "", form: str = "token") -> str:
    return render_template(
        "people/integrations.html",
        tokens=people.tokens(by),
        origins=people.origins(by),
        form=form,
        roles=people.roles(by),
        scopes=sorted(SCOPES),
        faults=plain.faults(bad) if bad else {},
        plain_token=plain_token,
    )


def _asked_day() -> date | None:
    try:
        return date.fromisoformat(request.args.get("em", ""))
    except ValueError:
        return None


def _year(by: By) -> int:
    asked = request.args.get("ano", "")
    return int(asked) if asked.isascii() and asked.isdigit() and 2000 <= int(asked) <= 2100 else portal.today(by).year

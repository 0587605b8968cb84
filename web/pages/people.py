"""Who works here and as what: the administrator's list of people, their roles, stand-ins and passwords."""

from __future__ import annotations

import secrets

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.access import By
from engine.acts import people as acts
from engine.acts.people import Dated
from engine.desk import people
from engine.errors import BadInput
from web import plain
from web.request import act, done, look

bp = Blueprint("people", __name__, url_prefix="/pessoas")
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are taken for one another
Page = Response | tuple[str, int]


@bp.get("/")
def page() -> str:
    """Show the people, a page at a time."""
    with look() as by:
        return _list(by)


@bp.post("/")
def add() -> Page:
    """Add a person."""
    with act() as by:
        try:
            servant_id = acts.add_servant(
                by,
                plain.needed("login", 60),
                plain.needed("name", 120),
                email=plain.text("email")[:200],
                registration=plain.text("registration")[:30],
            )
        except BadInput as bad:
            return _list(by, bad), 422
        return _back(by, servant_id, _("Pessoa incluída. Dê a ela um papel e uma senha."))


@bp.get("/<int:servant_id>")
def person(servant_id: int) -> str:
    """Show one person."""
    with look() as by:
        return _person(by, servant_id)


@bp.post("/<int:servant_id>/papel")
def give_role(servant_id: int) -> Page:
    """Let a person hold a role from a date on."""
    with act() as by:
        try:
            acts.set_membership(by, servant_id, plain.number("role"), _term())
        except BadInput as bad:
            return _person(by, servant_id, bad, "role"), 422
        return _back(by, servant_id, _("Papel incluído."))


@bp.post("/<int:servant_id>/papel/<int:membership_id>/encerrar")
def end_role(servant_id: int, membership_id: int) -> Page:
    """Let a membership end on a date."""
    with act() as by:
        try:
            acts.end_membership(by, membership_id, plain.day("until"))
        except BadInput as bad:
            return _person(by, servant_id, bad, "end"), 422
        return _back(by, servant_id, _("Data de fim registrada."))


@bp.post("/<int:servant_id>/substituicao")
def substitute(servant_id: int) -> Page:
    """Let a deputy act for this person while absent."""
    with act() as by:
        try:
            acts.stand_in(by, servant_id, plain.number("deputy"), _term(), plain.number_or_none("role"))
        except BadInput as bad:
            return _person(by, servant_id, bad, "deputy"), 422
        return _back(by, servant_id, _("Substituição registrada."))


@bp.post("/<int:servant_id>/substituicao/<int:stand_in_id>/encerrar")
def end_substitution(servant_id: int, stand_in_id: int) -> Page:
    """Let a substitution end on a date."""
    with act() as by:
        try:
            acts.end_stand_in(by, stand_in_id, plain.day("until"))
        except BadInput as bad:
            return _person(by, servant_id, bad, "end"), 422
        return _back(by, servant_id, _("Data de fim registrada."))


@bp.post("/<int:servant_id>/senha")
def reset_password(servant_id: int) -> str:
    """Give a person a new password, shown once; whoever was signed in as that person is signed out."""
    password = "-".join("".join(secrets.choice(_LETTERS) for _letter in range(4)) for _group in range(4))
    with act() as by:
        acts.set_password(by, servant_id, password)
        return _person(by, servant_id, password=password)


@bp.post("/<int:servant_id>/situacao")
def switch(servant_id: int) -> Page:
    """Let a person sign in, or no more."""
    active = request.form.get("active") == "1"
    with act() as by:
        try:
            acts.set_active(by, servant_id, active=active)
        except BadInput as bad:
            return _person(by, servant_id, bad, "active"), 422
        return _back(by, servant_id, _("Acesso liberado.") if active else _("Acesso encerrado, e as sessões também."))


@bp.post("/<int:servant_id>/sessoes")
def sign_out(servant_id: int) -> Page:
    """End every open session of a person."""
    with act() as by:
        acts.revoke_sessions(by, servant_id)
        return _back(by, servant_id, _("Sessões encerradas."))


def _term() -> Dated:
    return Dated(since=plain.day("since"), until=plain.day_or_none("until"), norm=plain.text("norm")[:200])


def _back(by: By, servant_id: int, said: str) -> Response:
    return done(by, url_for("people.person", servant_id=servant_id), said)


def _list(by: By, bad: BadInput | None = None) -> str:
    sought, wanted = request.args.get("q", "")[:120].strip(), request.args.get("pagina", "1")
    found = people.people(by, sought=sought, page=int(wanted) if wanted.isascii() and wanted.isdigit() else 1)
    return render_template("people/list.html", people=found, sought=sought, faults=plain.faults(bad) if bad else {})


def _person(by: By, servant_id: int, bad: BadInput | None = None, form: str = "", *, password: str = "") -> str:
    return render_template(
        "people/person.html",
        person=people.person(by, servant_id),
        roles=people.roles(by),
        choices=people.choices(by),
        faults=plain.faults(bad) if bad else {},
        form=form,
        password=password,
    )

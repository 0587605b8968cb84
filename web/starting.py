"""Asking for a procedure with its start form: from the portal, by whoever comes, and at the counter, for somebody else.

What is typed is kept on the server as it comes, files first; only `send` makes a case of it. The access code is shown
to the browser that asked, for an hour at most, and never kept in the clear.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, jsonify, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine.access import By
from engine.acts import cases, drafts, tasks
from engine.desk import portal
from engine.errors import AnswersRefused, NotFound
from web.forms import raw_answers, rows_changed, summary
from web.request import done, fresh_key, typed, went
from web.standing import standing
from web.uploads import Uploads

SHOWN_FOR = timedelta(hours=1)
NOTHING = Uploads()


@dataclass(frozen=True)
class Place:
    """Where a case is started: the endpoints' blueprint, the case's origin, where one goes when the code is noted."""

    blueprint: str
    origin: str
    received: str

    def at(self, view: str, **values: Any) -> str:
        return url_for(f"{self.blueprint}.{view}", **values)


@dataclass(frozen=True)
class Faults:
    """What did not hold, ready to be shown: {dotted path: sentences}."""

    said: Mapping[str, list[str]] = field(default_factory=dict)


PORTAL = Place("portal", "portal", "tracking.enter")
COUNTER = Place("counter", "balcao", "counter.received")


def remember_visitor() -> None:
    """Give this browser a name of its own before it sends anything, so that a form sent twice is known as one."""
    if "visitor" not in session:
        session["visitor"] = fresh_key()


def blank(by: By, place: Place, key: str) -> str:
    """Return the page with the start form, as the caller's draft left it. Raises: NotFound."""
    opening = portal.opening(by, key)
    draft = drafts.mine(by, _subject(key))
    raw, saved_at = draft or ({}, None)
    return _page(by, place, opening, raw, saved_at=saved_at)


def send(by: By, place: Place, key: str, uploads: Uploads) -> AnyResponse | tuple[str, int] | str:
    """Start a case with what was sent; what does not hold is shown again. Raises: NotFound, CaseStuck."""
    opening = portal.opening(by, key)
    before = drafts.mine(by, _subject(key))
    raw = _read(opening, before, uploads)
    typed(_subject(key), raw)
    if rows_changed(request.form) or "_guardar" in request.form:
        drafts.keep(by, _subject(key), raw)
        return _page(by, place, opening, raw, Faults(uploads.refused), saved_at=by.at)
    try:
        uploads.require_whole(lambda: tasks.check(by, opening.form, raw, {}))
        started = cases.start(by, key, raw, origin=place.origin, version=opening.version)
    except AnswersRefused as refused:
        drafts.keep(by, _subject(key), raw)
        faults = Faults(uploads.beside(refused))
        return _page(by, place, opening, raw, faults, saved_at=by.at), 422
    if before is not None:
        drafts.discard(by, _subject(key))
    _keep_code(by, started)
    return done(by, place.at("started", number=started.number))


def save(by: By, key: str) -> Response:
    """Keep what was typed so far. Raises: NotFound."""
    _keep(by, portal.opening(by, key), NOTHING)
    zone = ZoneInfo(by.house.settings.zone)
    return jsonify(saved=by.at.astimezone(zone).strftime("%H:%M"))


def refreshed(by: By, key: str) -> str:
    """Return the fields alone, as what was typed makes them: conditions and computed values. Raises: NotFound."""
    opening = portal.opening(by, key)
    raw = _keep(by, opening, NOTHING)
    shown = portal.fields(by, opening.form, raw, {})
    return render_template("portal/_fields.html", shown=shown, errors=standing(shown, request.form))


def discard(by: By, place: Place, key: str) -> AnyResponse:
    """Forget the caller's draft and show an empty form. Raises: NotFound."""
    drafts.discard(by, _subject(portal.opening(by, key).key))
    return went(place.at("start", key=key), "", "info")


def started(by: By, place: Place, number: str) -> str:
    """Return the page with the number and, for an hour and only to this browser, the access code. Raises: NotFound."""
    found = drafts.mine(by, _receipt(number))
    if found is None:
        raise NotFound(case=number)
    code = _mixed(by, number, bytes.fromhex(found[0]["code"])) if by.at - found[1] < SHOWN_FOR else b""
    return render_template(
        "portal/started.html",
        number=number,
        code=code.decode(),
        counter=place is COUNTER,
        done_at=url_for(place.received),
    )


def forget_code(by: By, number: str) -> None:
    """Forget the access code that was shown."""
    drafts.discard(by, _receipt(number))


def _keep(by: By, opening: portal.Opening, uploads: Uploads) -> dict[str, Any]:
    """Keep what was sent as the caller's draft, with the files that the draft already had, and return it."""
    raw = _read(opening, drafts.mine(by, _subject(opening.key)), uploads)
    drafts.keep(by, _subject(opening.key), raw)
    return raw


def _read(opening: portal.Opening, before: tuple[dict[str, Any], Any] | None, uploads: Uploads) -> dict[str, Any]:
    """Return what was sent, with the files that the draft `before` it already had."""
    return raw_answers(opening.form, request.form, before[0] if before else {}, uploads.kept)


def _page(
    by: By, place: Place, opening: portal.Opening, raw: Mapping[str, Any], faults: Faults = Faults(), *, saved_at: Any
) -> str:
    shown = portal.fields(by, opening.form, raw, {})
    ways = {name: place.at(view, key=opening.key) for name, view in _WAYS.items()}
    return render_template(
        "portal/start.html",
        opening=opening,
        shown=shown,
        errors=faults.said or standing(shown, request.form),
        wrong=summary(shown, faults.said),
        saved_at=saved_at,
        at=ways,
        counter=place is COUNTER,
    )


_WAYS = {"send": "send", "draft": "draft", "fields": "fields", "discard": "discard"}


def _subject(key: str) -> str:
    return f"start:{key}"[:120]


# -- the code, between the act that makes it and the page that shows it ------------------------------------------------


def _receipt(number: str) -> str:
    return f"started:{number}"[:120]


def _keep_code(by: By, started: cases.Started) -> None:
    mixed = _mixed(by, started.number, started.access_code.encode())
    drafts.keep(by, _receipt(started.number), {"code": mixed.hex()})


def _mixed(by: By, number: str, code: bytes) -> bytes:
    """Mix a code with a pad that only this installation's key gives, once per case; mixing again gives it back."""
    pad = hmac.digest(by.house.settings.secret_key.encode(), b"receipt\0" + number.encode(), hashlib.sha256)
    return bytes(one ^ other for one, other in zip(code, pad, strict=False))

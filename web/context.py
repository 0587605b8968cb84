"""What every page is given: the city, the ways through the house, who is signed in."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine.access import ADMINISTRATOR, MANAGER, By
from web import sentences
from web.assets import asset
from web.filters import initials
from web.language import choose
from web.request import fresh_key, house
from web.security import own_token

# name: endpoint; one whose endpoint is not served is left out, and its element hides
LINKS = {
    "home": "inbox.page", "public_home": "portal.home", "search": "cases.search", "sign_in": "sign_in.page",
    "sign_out": "sign_in.leave", "account": "account.page", "contrast": "preferences.contrast",
    "help": "help.index", "accessibility": "portal.accessibility", "sitemap": "portal.sitemap",
}  # fmt: skip
# label, endpoint, the roles that see it (none: every servant)
NAV = (
    (lazy_gettext("Minha caixa"), "inbox.page", frozenset[str]()),
    (lazy_gettext("Processos"), "cases.search", frozenset[str]()),
    (lazy_gettext("Protocolar"), "counter.choose", frozenset({"protocolo"})),
    (lazy_gettext("Procedimentos"), "procedures.page", frozenset({"analista", MANAGER, ADMINISTRATOR})),
    (lazy_gettext("Pessoas"), "people.page", frozenset({ADMINISTRATOR})),
)


def register(app: Flask) -> None:
    """Give every template its globals and context."""
    app.jinja_env.globals["asset"] = asset
    app.jinja_env.globals["fresh_key"] = fresh_key
    app.jinja_env.globals["csrf_token"] = own_token
    app.extensions["rito-addresses"] = {}
    sentences.register(app)

    @app.context_processor
    def surroundings() -> dict[str, Any]:
        return {
            "city": {"name": house().settings.city},
            "links": _links(),
            "contrast": "high" if request.cookies.get("contrast") == "high" else "",
            "lang": "en" if choose() == "en" else "pt-BR",
            "csrf_token": own_token,
            **_of_servant(g.get("by")),
        }


def _links() -> dict[str, str]:
    served = current_app.view_functions
    return {name: _address(endpoint) for name, endpoint in LINKS.items() if endpoint in served}


def _address(endpoint: str) -> str:
    """Return the address of an endpoint that takes nothing; where the application stands is all that it depends on."""
    known: dict[tuple[str, str], str] = current_app.extensions["rito-addresses"]
    found = known.get((request.root_path, endpoint))
    if found is None:
        found = known[request.root_path, endpoint] = url_for(endpoint)
    return found


def _of_servant(by: By | None) -> dict[str, Any]:
    if by is None or by.servant_id is None:
        return {}
    titulars = sorted(set(by.titulars.values()))
    return {
        "nav": [
            {"label": label, "href": _address(endpoint), "current": _within(endpoint)}
            for label, endpoint, roles in NAV
            if endpoint in current_app.view_functions and (not roles or by.roles & roles)
        ],
        "who": {
            "initials": initials(by.name), "name": by.name, "sector": g.standing.sector if "standing" in g else "",
            "acting_for": _(" e ").join(titulars),
        },
    }  # fmt: skip


def _within(endpoint: str) -> bool:
    return bool(request.endpoint) and str(request.endpoint).split(".")[0] == endpoint.split(".")[0]

"""The web side of Rito: a thin Flask application. It holds no rule; it turns requests into acts and looks."""

from __future__ import annotations

from flask import Flask

from engine.house import House
from web import api, context, cookies, errors, filters, health, language, logs, security
from web.pages import cases, city, counter, files, hand, inbox, people, portal, preferences, sign_in, tasks, tracking
from web.pages import help as manual

BLUEPRINTS = (
    health.bp,
    sign_in.bp,
    inbox.bp,
    tasks.bp,
    cases.bp,
    hand.bp,
    manual.bp,
    preferences.bp,
    portal.bp,
    tracking.bp,
    files.bp,
    counter.bp,
    people.bp,
    city.bp,
)


def create_app(house: House) -> Flask:
    """Return the application that serves one house."""
    logs.configure_logs()
    app = Flask(__name__)
    app.extensions["rito"] = house
    security.guard(app, house.settings)
    cookies.register(app)
    app.config["BABEL_DEFAULT_TIMEZONE"] = house.settings.zone
    logs.register(app)
    language.register(app)
    filters.register(app)
    context.register(app)
    errors.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    api.register(app)
    return app

"""A city with one published procedure, the application that serves it, and integrations that talk to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.city import City
from tests.web.api.caller import FORMS, PEDIDO, Caller, issue
from web import create_app

Calling = Callable[..., Caller]


@pytest.fixture
def city(database_url: str, tmp_path: Path) -> Iterator[City]:
    made = City(database_url, tmp_path)
    made.publish(PEDIDO, forms=FORMS, key="pedido")
    yield made
    made.close()


@pytest.fixture
def app(city: City) -> Flask:
    return create_app(city.house)


@pytest.fixture
def calling(city: City, app: Flask) -> Calling:
    """Give a caller with a fresh key of the roles and scopes that a test names."""
    return lambda *roles, **settings: Caller(app, issue(city, *roles, **settings).plain)


@pytest.fixture
def counter(calling: Calling) -> Caller:
    """The integration of the protocol counter: it sees every case and works the counter's tasks."""
    return calling("protocolo")

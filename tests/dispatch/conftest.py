"""The places on which the contract is held: each dispatcher, on each database that it runs on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import needs
from tests.databases import Databases
from tests.dispatch.site import KINDS, Site


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Site]:
    """Give a city with a dispatcher."""
    adapter, _, kind = str(request.param).partition("-")
    if kind == "postgresql" and "postgresql" in needs.missing():
        pytest.skip(needs.missing()["postgresql"])
    if adapter == "procrastinate" and "procrastinate" in needs.missing():
        pytest.skip(needs.missing()["procrastinate"])
    url = databases.new(kind)
    made = Site(url, tmp_path, adapter)
    yield made
    made.city.close()
    databases.drop(url)

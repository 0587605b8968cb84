"""What every test may ask for: a fresh database, on both engines where durability matters, and the browser.

A need that this machine lacks skips its tests with one sentence; under CI a skip is a failure.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests import needs
from tests.city import City
from tests.databases import Databases

# Tests in these folders that ask for a database run on SQLite and on PostgreSQL; elsewhere SQLite says enough.
_BOTH = ("store", "acts", "clockwork", "races", "chaos", "diagrams")
_TESTS = Path(__file__).resolve().parent
_IN_CI = bool(os.environ.get("CI"))
_NIGHTLY = bool(os.environ.get("RITO_NIGHTLY"))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: needs Chromium")
    config.addinivalue_line("markers", "nightly: takes minutes; runs with `make nightly` only")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not _NIGHTLY:
        left_out = [item for item in items if item.get_closest_marker("nightly")]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
    if "chromium" in needs.missing():
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason=needs.missing()["chromium"]))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    path = metafunc.definition.path
    both = any(path.is_relative_to(_TESTS / folder) for folder in _BOTH)
    named = {mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")}  # a test may name its own
    if both and "database_kind" in metafunc.fixturenames and "database_kind" not in named:
        metafunc.parametrize("database_kind", ["sqlite", "postgresql"], indirect=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if _IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {_reason(report)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if _IN_CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"a whole file skipped, which CI does not allow: {_reason(report)}"
    return report


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Give the maker of databases, for a test that needs more than one or one that outlives it."""
    made = Databases(tmp_path_factory.mktemp("databases"), needs.postgres_bin())
    yield made
    made.close()


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    return getattr(request, "param", "sqlite")


@pytest.fixture
def database_url(database_kind: str, databases: Databases) -> Iterator[str]:
    """Give the URL of a fresh migrated database, dropped when the test ends."""
    if database_kind == "postgresql" and "postgresql" in needs.missing():
        pytest.skip(needs.missing()["postgresql"])
    url = databases.new(database_kind)
    yield url
    databases.drop(url)


@pytest.fixture
def city(database_url: str, tmp_path: Path) -> Iterator[City]:
    """Give a small city hall with people of every role, at nine o'clock of a Monday."""
    made = City(database_url, tmp_path / "data")
    yield made
    made.close()


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Give the path of the browser that playwright is to start."""
    path = needs.chromium()
    if path is None:
        pytest.skip(needs.missing()["chromium"])
    return str(path)


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    return report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)

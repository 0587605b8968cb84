"""The rules no linter knows, held against the whole house."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator

import pytest

from engine.errors import Refused
from tests.architecture import rules
from tests.architecture.source import ROOT, Module, files, modules
from web.messages import SENTENCES

_ALL = ("engine", "web", "bench", "tools", "tests")


@pytest.mark.parametrize(
    "rule", [rules.commits_elsewhere, rules.clock_reads, rules.imports_inside_functions, rules.empty_names]
)
def test_every_module_keeps(rule: Callable[[Module], list[str]]) -> None:
    assert [finding for module in modules() for finding in rule(module)] == []


@pytest.mark.parametrize("rule", [rules.too_long, rules.exceptions_without_reason])
def test_every_file_tests_and_tools_included_keeps(rule: Callable[[Module], list[str]]) -> None:
    assert [finding for module in modules(*_ALL) for finding in rule(module)] == []


def test_nine_functions_of_ten_are_short() -> None:
    assert rules.too_long_together(modules()) == []


def test_every_act_takes_by_first_asks_and_records() -> None:
    acts = [module for module in modules() if module.path.startswith("engine/acts/")]

    assert acts
    assert [finding for module in acts for finding in rules.acts_out_of_form(module)] == []


def test_no_exemption_outlives_its_act() -> None:
    there = {f"{module.name}.{function.name}" for module in modules() for function in module.functions}

    assert (rules.ASKED_BY_NOBODY | rules.UNRECORDED | rules.ANSWERS) - there == set()


def test_every_view_is_one_act_or_one_look() -> None:
    views = [module for module in modules() if module.path.startswith(("web/pages/", "web/api/"))]

    assert views
    assert [finding for module in views for finding in rules.views_out_of_form(module)] == []


def test_every_error_code_has_a_sentence() -> None:
    assert rules.codes_without_sentence([error.code for error in _errors()], SENTENCES) == []


def test_no_two_errors_share_a_code() -> None:
    codes = [error.code for error in _errors()]

    assert sorted(codes) == sorted(set(codes))


def test_the_readme_maps_every_module() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert rules.unmapped(readme, _mapped()) == []


def test_the_readme_explains_every_setting() -> None:
    readme, settings = ((ROOT / path).read_text(encoding="utf-8") for path in ("README.md", "engine/settings.py"))

    assert rules.unexplained_settings(readme, settings) == []


def test_no_table_is_kept_for_nobody() -> None:
    assert rules.idle_tables(modules()) == []


def test_every_page_has_a_page_in_the_manual() -> None:
    assert rules.pages_without_help(files()) == []


def test_nothing_kept_names_a_place_of_this_machine() -> None:
    assert [finding for path, text in _texts() for finding in rules.places_of_this_machine(path, text)] == []


def test_no_lock_file_says_where_to_fetch() -> None:
    locks = [(path, text) for path, text in _texts() if path.endswith((".lock", "package-lock.json"))]

    assert locks
    assert [finding for path, text in locks for finding in rules.addresses_in_lock(path, text)] == []


def test_every_dependency_is_pinned_at_a_version_we_accept() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    dependencies = project["project"]["dependencies"]
    lock, lock_dev = (
        (ROOT / name).read_text(encoding="utf-8") for name in ("requirements.lock", "requirements-dev.lock")
    )

    assert rules.stale_pins(dependencies, lock) == []
    assert rules.stale_pins([*dependencies, *project["dependency-groups"]["dev"]], lock_dev) == []


def _errors() -> Iterator[type[Refused]]:
    waiting = [Refused]
    while waiting:
        error = waiting.pop()
        yield error
        waiting += error.__subclasses__()


def _mapped() -> list[str]:
    return [
        module.path
        for module in modules()
        if not (module.path.endswith("__init__.py") and len(module.text.splitlines()) <= 3)
    ]


def _texts() -> Iterator[tuple[str, str]]:
    for path in files():
        content = (ROOT / path).read_bytes()
        if b"\0" not in content[:8192]:
            yield path, content.decode("utf-8")

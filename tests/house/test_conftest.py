"""What the conftest promises: under CI nothing is skipped unseen, and what a machine lacks is said in one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import needs

_ROOT = Path(__file__).resolve().parents[2]
_SKIPS = "import pytest\n\ndef test_left_out():\n    pytest.skip('no server here')\n"
_SKIPS_WHOLE = "import pytest\n\npytest.skip('no module here', allow_module_level=True)\n"
_BROWSES = "import pytest\n\n@pytest.mark.browser\ndef test_page():\n    pass\n"
_NIGHTLY = "import pytest\n\n@pytest.mark.nightly\ndef test_long():\n    pass\n\ndef test_short():\n    pass\n"


@pytest.mark.parametrize(("text", "reason"), [(_SKIPS, "no server here"), (_SKIPS_WHOLE, "no module here")])
def test_a_skip_under_ci_is_a_failure_that_gives_its_reason(tmp_path: Path, text: str, reason: str) -> None:
    run = _pytest(tmp_path, text, CI="true")

    assert run.returncode in {1, 2}
    assert reason in run.stdout
    assert "skipped in" not in run.stdout


def test_a_skip_elsewhere_is_a_skip(tmp_path: Path) -> None:
    run = _pytest(tmp_path, _SKIPS)

    assert run.returncode == 0
    assert "1 skipped" in run.stdout


def test_a_run_without_tests_is_a_failure(tmp_path: Path) -> None:
    assert _pytest(tmp_path, "").returncode == 5


def test_a_browser_test_without_a_browser_says_what_is_missing(tmp_path: Path) -> None:
    run = _pytest(tmp_path, _BROWSES, RITO_CHROMIUM=str(tmp_path / "nowhere"))

    assert "1 skipped" in run.stdout
    assert "Chromium was not found" in run.stdout


def test_a_nightly_test_waits_for_the_night(tmp_path: Path) -> None:
    by_day, by_night = _pytest(tmp_path, _NIGHTLY), _pytest(tmp_path, _NIGHTLY, RITO_NIGHTLY="1")

    assert "1 passed, 1 deselected" in by_day.stdout
    assert "2 passed" in by_night.stdout


def test_a_named_browser_comes_before_any_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.touch()
    monkeypatch.setenv("RITO_CHROMIUM", str(browser))

    assert needs.chromium() == browser


def test_a_named_browser_that_is_not_there_is_not_replaced_by_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RITO_CHROMIUM", str(tmp_path / "nowhere"))

    assert needs.chromium() is None
    assert "Chromium" in needs.missing()["chromium"]


def test_a_folder_without_a_server_is_no_postgresql(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RITO_POSTGRES_BIN", str(tmp_path))

    assert needs.postgres_bin() != tmp_path


def test_of_two_installed_servers_the_newest_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for version in ("9", "15", "17"):
        (tmp_path / version / "bin").mkdir(parents=True)
        for name in ("initdb", "postgres"):
            (tmp_path / version / "bin" / name).touch()
    monkeypatch.setattr(needs, "_POSTGRES_PLACES", ((str(tmp_path), "*/bin"),))
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("RITO_POSTGRES_BIN", raising=False)

    assert needs.postgres_bin() == tmp_path / "17" / "bin"


def _pytest(folder: Path, text: str, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_sample.py").write_text(text, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    inherited = {
        name: value for name, value in os.environ.items() if name not in {"CI", "RITO_NIGHTLY", "RITO_CHROMIUM"}
    }
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-ra", "--rootdir", str(folder), str(folder)]
    environment = {**inherited, "PYTHONPATH": str(_ROOT), **environment}
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder, env=environment)

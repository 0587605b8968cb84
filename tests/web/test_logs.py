"""What the log says when something breaks: places, never what people typed."""

from __future__ import annotations

import sys

import structlog

from web.logs import _traceback


def test_a_logged_failure_names_its_place_and_nobodys_data() -> None:
    try:
        _break("Maria das Dores, 529.982.247-25")
    except RuntimeError:
        said = repr(_traceback(structlog.get_logger(), "error", {"event": "broken", "exc_info": sys.exc_info()}))

    assert "_break" in said
    assert "Maria" not in said


def _break(_requester: str) -> None:
    raise RuntimeError

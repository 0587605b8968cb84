"""The pages for people name only commands that there are."""

from __future__ import annotations

import pytest

from engine.cli import main
from tests.architecture import rules
from tests.architecture.source import ROOT


@pytest.mark.parametrize("path", ["README.md", "Makefile", "CONTRIBUTING.md", "docs/operations.md"])
def test_every_command_that_is_named_is_there(path: str) -> None:
    assert rules.unknown_commands(path, (ROOT / path).read_text(encoding="utf-8"), main.commands) == []

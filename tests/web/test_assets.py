"""Addresses of stylesheets and scripts, with and without bundles."""

from __future__ import annotations

import os

import pytest
from flask import Flask

from web import assets


@pytest.fixture
def static(tmp_path, monkeypatch):
    (tmp_path / "dist").mkdir()
    (tmp_path / "rito.css").write_text("a{}")
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    with Flask(
        "city", root_path=str(tmp_path), static_folder=str(tmp_path), static_url_path="/static"
    ).test_request_context():
        yield tmp_path


def bundle(static, name: str, made: str, at: float) -> None:
    manifest = static / "dist" / "manifest.json"
    manifest.write_text(f'{{"{name}": "{made}"}}')
    os.utime(manifest, (at, at))


def test_without_bundles_a_script_has_no_address_and_a_stylesheet_is_served_as_written(static):
    assert assets.asset("desk.js") is None
    assert assets.asset("rito.css").startswith("/static/rito.css?v=")


def test_the_address_of_a_stylesheet_changes_with_its_content(static):
    before = assets.asset("rito.css")
    (static / "rito.css").write_text("b{}")
    os.utime(static / "rito.css", (1_900_000_000, 1_900_000_000))

    assert assets.asset("rito.css") != before


def test_a_bundle_wins_over_the_file_it_was_made_from(static):
    bundle(static, "rito.css", "rito-ABC.css", at=2_000_000_000)

    assert assets.asset("rito.css") == "/static/dist/rito-ABC.css"


def test_in_a_source_tree_a_file_written_after_the_bundle_wins(static, monkeypatch):
    monkeypatch.setattr(assets, "IS_SOURCE_TREE", True)
    bundle(static, "rito.css", "rito-OLD.css", at=1_000_000_000)

    assert assets.asset("rito.css").startswith("/static/rito.css?v=")


def test_in_an_installed_wheel_the_bundle_wins_whatever_the_moments_say(static, monkeypatch):
    monkeypatch.setattr(assets, "IS_SOURCE_TREE", False)
    bundle(static, "rito.css", "rito-OLD.css", at=1_000_000_001)

    assert assets.asset("rito.css") == "/static/dist/rito-OLD.css"


def test_a_new_build_is_seen_without_a_restart(static):
    bundle(static, "desk.js", "desk-1.js", at=1_000_000_002)
    assert assets.asset("desk.js") == "/static/dist/desk-1.js"

    bundle(static, "desk.js", "desk-2.js", at=1_000_000_003)
    assert assets.asset("desk.js") == "/static/dist/desk-2.js"


def test_a_name_that_is_nowhere_has_no_address(static):
    assert assets.asset("nada.svg") is None

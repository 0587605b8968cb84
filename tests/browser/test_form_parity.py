"""What our check of a form and form-js' own say of the same answers: the same, but for the table of differences."""

from __future__ import annotations

import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from engine.forms.patterns import PatternRefused, compile_pattern
from tests.browser.form_differences import DIFFERENCES, Field, explained
from tests.browser.form_draws import FOREIGN_PATTERNS, PATTERNS, WORDS, submissions
from tests.browser.form_sides import fields_of

pytestmark = pytest.mark.browser

SEED = 20261123
COUNT = 200
_BATCH = 20
_HERE = Path(__file__).resolve().parent
_PACKAGES = _HERE.parents[1] / "web" / "node_modules"
_KINDS = {
    "textfield", "textarea", "number", "datetime", "checkbox", "radio", "select", "checklist", "taglist", "filepicker",
}  # fmt: skip


@pytest.fixture(scope="module")
def viewer(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Give a page with form-js' viewer in it, as form_viewer.js offers it: `judge` and `found`."""
    # esbuild's own binary: its wrapper needs Node, which a machine may have had only while it installed the packages
    bundlers = [*_PACKAGES.glob("@esbuild/*/bin/esbuild"), *_PACKAGES.glob("@esbuild/*/esbuild.exe")]
    if not bundlers or not (_PACKAGES / "@bpmn-io" / "form-js-viewer").is_dir():
        pytest.skip("form-js' viewer is not installed, so nothing is compared with it (`make web` installs it).")
    made = tmp_path_factory.mktemp("viewer") / "viewer.js"
    command = [str(bundlers[0]), str(_HERE / "form_viewer.js"), "--bundle", f"--outfile={made}", "--log-level=warning"]
    subprocess.run(command, check=True, env={**os.environ, "NODE_PATH": str(_PACKAGES)})
    page = browser.new_page(locale="pt-BR", timezone_id="America/Sao_Paulo")
    page.add_script_tag(path=made)
    yield page
    page.close()


@pytest.fixture(scope="module")
def fields(viewer: Page) -> list[Field]:
    """Give every field of every submission as both sides see it."""
    made = submissions(SEED, COUNT)
    writing = Random(SEED)
    found: list[Field] = []
    for start in range(0, COUNT, _BATCH):
        batch = made[start : start + _BATCH]
        asked = [{"schema": one.schema, "context": one.context, "data": one.data, "files": one.files} for one in batch]
        judged: list[Mapping[str, Any]] = viewer.evaluate("asked => judge(asked)", asked)
        for one, theirs in zip(batch, judged, strict=True):
            found += fields_of(one, theirs, writing)
    return found


def test_both_sides_say_the_same_of_every_field_but_for_the_table(fields: list[Field]) -> None:
    unexplained = [field for field in fields if field.theirs != field.ours and not explained(field)]

    assert not [str(field) for field in unexplained]


def test_every_line_of_the_table_is_met(fields: list[Field]) -> None:
    met = Counter(name for field in fields if field.theirs != field.ours for name in explained(field))

    assert not DIFFERENCES.keys() - met.keys()


def test_the_answers_drawn_are_right_and_wrong_of_every_kind(fields: list[Field]) -> None:
    agreed = Counter((field.component.kind, field.ours) for field in fields if field.theirs == field.ours)

    assert {kind for kind, _ in agreed} == _KINDS
    assert min(agreed[kind, verdict] for kind in _KINDS for verdict in ("hidden", "valid", "invalid")) >= 3
    assert agreed.total() > 0.8 * len(fields)


def test_a_pattern_finds_here_what_it_finds_in_a_browser(viewer: Page) -> None:
    texts = [word.strip() for word in WORDS if len(word) <= 200]

    found = viewer.evaluate("([patterns, texts]) => found(patterns, texts)", [PATTERNS, texts])

    assert found == [[bool(compile_pattern(pattern).search(text)) for text in texts] for pattern in PATTERNS]


@pytest.mark.parametrize("pattern", FOREIGN_PATTERNS)
def test_a_pattern_that_a_browser_reads_otherwise_is_refused(pattern: str, viewer: Page) -> None:
    texts = ["a", "aa{,3}", "aZ", "Aa", "]a", "b", "\N{EN DASH}", "-"]
    python = [bool(re.search(pattern, text, re.ASCII)) for text in texts]

    found = viewer.evaluate("([pattern, texts]) => found([pattern], texts)[0]", [pattern, texts])

    assert found != python
    with pytest.raises(PatternRefused, match="syntax"):
        compile_pattern(pattern)

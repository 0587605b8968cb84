"""Every scenario of the starter library ends as its analyst expects and leaves a store that agrees with itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.acts.verification import verify
from engine.errors import NotFound
from engine.house import House, open_house
from engine.library import ROOT
from engine.scenarios import Player, Scenario, differences, read_scenarios, set_stage
from engine.settings import Settings

_STORIES = [
    pytest.param(path.parent, scenario, id=f"{path.parent.name}: {scenario.name}")
    for path in sorted(ROOT.glob("*/*/scenarios.yaml"))
    for scenario in read_scenarios(path)
]
_PERMIT = ROOT / "obras" / "alvara-construcao"


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    """Give an empty installation; the scenario sets its own stage."""
    opened = open_house(Settings(database_url=database_url, data_dir=tmp_path, secret_key="s" * 40, seal_key="k" * 40))
    yield opened
    opened.store.dispose()


@pytest.mark.parametrize(("folder", "scenario"), _STORIES)
def test_the_story_ends_as_expected(house: House, folder: Path, scenario: Scenario) -> None:
    set_stage(house, folder, scenario)

    played = Player(house, scenario).play()

    assert differences(played, scenario.expect) == []
    assert list(verify(House(house.settings, house.store))) == []


def test_the_permit_has_the_nine_stories_that_were_asked_for() -> None:
    assert len(read_scenarios(_PERMIT / "scenarios.yaml")) >= 9


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"end": "indeferido"}, "end: expected indeferido, was emitido"),
        ({"open": ["t_assinar"]}, "open: expected ['t_assinar'], was []"),
        ({"deadlines": {"prazo_legal": "2026-05-05"}}, "deadlines.prazo_legal: expected 2026-05-05, was 2026-05-04"),
        ({"data": {"total": 32.26}}, "data.total: expected 32.26, was 32.25"),
        ({"suspended": {"prazo_legal": 1}}, "suspended.prazo_legal: expected 1, was 0"),
    ],
)
def test_a_wrong_expectation_is_reported(house: House, wrong: dict[str, object], said: str) -> None:
    scenario = replace(read_scenarios(_PERMIT / "scenarios.yaml")[0], expect=wrong)
    set_stage(house, _PERMIT, scenario)

    played = Player(house, scenario).play()

    assert differences(played, scenario.expect) == [said]


def test_an_act_on_a_task_that_is_not_open_stops_the_story(house: House) -> None:
    scenario = read_scenarios(_PERMIT / "scenarios.yaml")[0]
    hasty = replace(scenario, acts=[scenario.acts[0], {**scenario.acts[-1], "at": "2026-03-02 10:00"}])
    set_stage(house, _PERMIT, hasty)

    with pytest.raises(NotFound) as refused:
        Player(house, hasty).play()

    assert refused.value.facts["task"] == "t_assinar"


def test_a_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_scenarios(tmp_path / "scenarios.yaml")

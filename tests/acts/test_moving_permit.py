"""Open permits standing at every node of their diagram move to a changed version and back, and nothing is lost.

Each case follows one of the analyst's scenarios, all in one city and on one calendar. After one of its acts, or before
what it ordered outside is done, it is moved to the changed version; then it comes back, by undoing or by another move,
or stays there. In the end every case must have gone the way that its scenario expects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.access import ANALYST, MANAGER, By
from engine.acts import drafts, moving, procedures
from engine.acts.moving import Choices
from engine.acts.procedures import Bundle
from engine.acts.verification import verify
from engine.city import revision
from engine.house import House, open_house
from engine.library import ROOT, read_bundle
from engine.scenarios import Player, Scenario, _read_played, differences, read_scenarios, set_stage
from engine.settings import Settings
from engine.store.cases import Case, Draft, Incident, MessageWait, Task
from engine.store.deadlines import Clock, ClockEntry, Timer
from engine.store.moves import CaseMove
from engine.store.session import transaction

_PERMIT = ROOT / "obras" / "alvara-construcao"
_UNDONE, _BACK, _THERE = "undone", "back", "there"
_RENAMED = {"t_conferir": "t_conferencia", "t_cad": "t_cadastro", "sp_analise": "sp_tecnica", "b_corrigir": "b_emenda",
            "m_pago": "m_quitado"}  # fmt: skip


# -- the changed version ----------------------------------------------------------------------------------------------


def _changed() -> Bundle:
    """Return the permit with other ids, a step more, a step less, another sector, form, condition and deadline."""
    bundle = read_bundle(_PERMIT)
    xml = bundle.xml.decode()
    for old, new in _RENAMED.items():
        for word in ("id", "sourceRef", "targetRef", "attachedToRef"):
            xml = xml.replace(f'{word}="{old}"', f'{word}="{new}"')
        xml = xml.replace(f"flowNodeRef>{old}<", f"flowNodeRef>{new}<")
    xml = _without_risk(xml)
    for before, after in _CHANGES:
        assert xml.count(before) == 1, before
        xml = xml.replace(before, after)
    xml = re.sub(r"<bpmn:(incoming|outgoing)>[^<]*</bpmn:\1>", "", xml)
    xml = xml[: xml.index("<bpmndi:BPMNDiagram")] + "</bpmn:definitions>"
    forms = {**bundle.forms, "parecer_urb_2": bundle.forms["parecer_urb"].replace('"parecer_urb"', '"parecer_urb_2"')}
    return replace(bundle, xml=xml.encode(), forms=forms)


_CHANGES = (
    # one step less, before everything people do
    ('<bpmn:sequenceFlow id="fl_r_pareceres_r_risco" sourceRef="r_pareceres" targetRef="r_risco" />', ""),
    ('sourceRef="r_risco" targetRef="t_conferencia"', 'sourceRef="r_pareceres" targetRef="t_conferencia"'),
    # one step more, between signature and end
    ('sourceRef="t_assinar" targetRef="f_emitido" />',
     'sourceRef="t_assinar" targetRef="t_entregar" /><bpmn:sequenceFlow id="fl_novo" sourceRef="t_entregar" '
     'targetRef="f_emitido" /><bpmn:userTask id="t_entregar" name="Entregar o alvará" '
     'camunda:candidateGroups="protocolo" camunda:dueDate="P2D" />'),
    # another deadline, on a task that had none of its own
    ('<bpmn:exclusiveGateway id="g_decisao"',
     '<bpmn:boundaryEvent id="b_decidir" name="Demora na decisão" attachedToRef="t_decidir" cancelActivity="false">'
     '<bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P20D</bpmn:timeDuration>'
     '</bpmn:timerEventDefinition></bpmn:boundaryEvent><bpmn:endEvent id="f_demora" name="Demora anotada" />'
     '<bpmn:sequenceFlow id="fl_demora" sourceRef="b_decidir" targetRef="f_demora" />'
     '<bpmn:exclusiveGateway id="g_decisao"'),
    # another sector, another form, another condition
    ('id="t_reconsiderar" name="Reconsiderar a decisão" camunda:candidateGroups="secretario"',
     'id="t_reconsiderar" name="Reconsiderar a decisão" camunda:candidateGroups="planejamento"'),
    ('camunda:formRef="parecer_urb"', 'camunda:formRef="parecer_urb_2"'),
    ("emissoes &lt; 2<", "2 &gt; emissoes<"),
)  # fmt: skip


def _without_risk(xml: str) -> str:
    start = xml.index('<bpmn:businessRuleTask id="r_risco"')
    return xml[:start] + xml[xml.index("</bpmn:businessRuleTask>", start) + len("</bpmn:businessRuleTask>") :]


# -- the cases --------------------------------------------------------------------------------------------------------


@dataclass
class _Story:
    """One case. It is moved after the act `cut`; `at_once`: before what it ordered outside is done."""

    player: Player
    scenario: Scenario
    cut: int
    at_once: bool
    then: str
    done: int = 0
    move_id: int = 0

    @property
    def case_id(self) -> int:
        return self.player.case_id

    @property
    def moves_now(self) -> bool:
        return self.done == self.cut + 1 and not self.move_id

    def play(self, at: datetime, act: dict[str, Any]) -> None:
        task = act.get("task")
        there = self.then == _THERE and self.move_id
        getattr(self.player, f"_{act['do']}")(at, {**act, "task": _RENAMED.get(task, task) if there else task})
        self.done += 1


class _Hall:
    """The city hall in which all the stories happen at once."""

    def __init__(self, house: House, count: int) -> None:
        self.house = house
        # What the superior does with a lapsed term is a parameter of the city: one scenario would have another.
        told = [one for one in read_scenarios(_PERMIT / "scenarios.yaml") if "tacitamente" not in one.name]
        set_stage(house, _PERMIT, told[0])
        cuts = [(one, cut, at_once) for one in told for cut in range(len(one.acts)) for at_once in (False, True)]
        if 2 * count < len(cuts):
            chosen = [cuts[number * 61 % len(cuts)] for number in range(count)]
        else:  # after every act of every scenario, and as far as it goes before jobs are done
            chosen = sorted(cuts, key=lambda one: one[2])[:count]
        ways = (_UNDONE, _BACK, _THERE)
        self.stories = [_Story(Player(house, one[0]), *one, ways[number % 3]) for number, one in enumerate(chosen)]
        with self.by(datetime(2000, 1, 4, tzinfo=UTC)) as by:
            self.first = moving.version_of(by, "alvara-construcao", 1)
            later = datetime(2100, 1, 1, tzinfo=UTC)  # nobody begins with it
            self.second = procedures.publish(by, _changed(), effective_from=later).version_id
        self.stood: set[str] = set()

    @contextmanager
    def by(self, at: datetime) -> Iterator[By]:
        with transaction(self.house.store) as session:
            by = By(house=self.house, session=session, at=at, actor="servant:1", name="Ana")
            by.roles, by.revision = frozenset({ANALYST, MANAGER}), revision(session)
            yield by

    def play(self) -> None:
        acts = [(_at(act["at"]), story, act) for story in self.stories for act in story.scenario.acts]
        for at, together in groupby(sorted(acts, key=lambda one: one[0]), key=lambda one: one[0]):
            self.stories[0].player.pass_time(at)
            for _, story, act in together:
                story.play(at, act)
            self._move([story for story in self.stories if story.at_once and story.moves_now], at)
            self.stories[0].player._settle(at)
            self._move([story for story in self.stories if story.moves_now], at)
        self._deliver(at)

    def _deliver(self, at: datetime) -> None:
        """Do what the new version asks for beside what the scenarios know."""
        for story in self.stories:
            if story.then == _THERE and self.open(story, "t_entregar"):
                story.player._complete(at, {"task": "t_entregar", "answers": {}})
        self.stories[0].player._settle(at)

    def _move(self, stories: list[_Story], at: datetime) -> None:
        """Move cases to the new version, and those back that come back; nothing may be lost by the two moves."""
        if not stories:
            return
        for story in stories:
            self._type_something(story, at)
        before = {story.case_id: self.kept(story) for story in stories}
        self._order(stories, self.second, at)
        self._verify(stories)
        for story in stories:
            if story.then == _UNDONE and story.move_id > 0:
                with self.by(at + timedelta(seconds=1)) as by:
                    moving.undo(by, story.move_id, "engano")
        self._order([story for story in stories if story.then == _BACK], self.first, at)
        for story in stories:
            if story.then != _THERE:
                assert self.kept(story) == before[story.case_id], story.scenario.name
        self._verify(stories)

    def _type_something(self, story: _Story, at: datetime) -> None:
        with self.by(at) as by:
            for row in self.rows(Task, Task.case_id == story.case_id, Task.status == "open"):
                self.stood.add(row["element"])
                drafts.keep(by, f"task:{row['id']}", {"rascunho": story.case_id})
        self.stood |= {row["element"] for row in self.rows(MessageWait, MessageWait.case_id == story.case_id)}
        self.stood |= {row["element"] for row in self.rows(Timer, Timer.case_id == story.case_id)}

    def _order(self, stories: list[_Story], version: int, at: datetime) -> None:
        with self.by(at) as by:
            order = moving.order(by, version, [story.case_id for story in stories], Choices(), "lei nova")
        while True:
            with self.by(at) as by:
                if moving.move_next(by) is None:
                    break
        moves = {row["case_id"]: row for row in self.rows(CaseMove, CaseMove.moving_id == order)}
        for story in stories:
            move = moves.get(story.case_id)
            ended = self.rows(Case, Case.id == story.case_id)[0]["status"] == "done"
            assert ended or (move is not None and move["status"] == "moved"), (story.scenario.name, move)
            story.move_id = move["id"] if move else -1

    def _verify(self, stories: list[_Story]) -> None:
        found = [one for story in stories for one in verify(self.house, story.case_id)]
        assert found == []

    def kept(self, story: _Story) -> dict[str, Any]:
        """Return all that a case and the people who work on it have."""
        mine, case = story.case_id, self.rows(Case, Case.id == story.case_id)[0]
        open_ones = self.rows(Task, Task.case_id == mine, Task.status == "open")
        clocks = self.rows(Clock, Clock.case_id == mine)
        return {
            "tasks": open_ones,
            "timers": self.rows(Timer, Timer.case_id == mine, Timer.status == "waiting"),
            "waits": self.rows(MessageWait, MessageWait.case_id == mine),
            "incidents": self.rows(Incident, Incident.case_id == mine),
            "clocks": clocks,
            "ledger": self.rows(ClockEntry, ClockEntry.clock_id.in_([clock["id"] for clock in clocks])),
            "drafts": self.rows(Draft, Draft.subject.in_([f"task:{task['id']}" for task in open_ones])),
            "case": {name: case[name] for name in ("version_id", "status", "due_at", "data", "step_seq")},
        }

    def open(self, story: _Story, element: str) -> bool:
        mine = (Task.case_id == story.case_id, Task.element == element, Task.status == "open")
        return bool(self.rows(Task, *mine))

    def rows(self, table: Any, *where: Any) -> list[dict[str, Any]]:
        kept = table.__table__
        with transaction(self.house.store, writes=False) as session:
            query = select(kept).where(*where).order_by(*kept.primary_key.columns)
            return [dict(row) for row in session.connection().execute(query).mappings()]

    def differences(self, story: _Story) -> list[str]:
        at = _at(story.scenario.acts[-1]["at"])
        with self.by(at) as by:
            played = _read_played(by, story.case_id, story.player.number)
        expect = dict(story.scenario.expect)
        if story.then == _THERE:  # it went another way in other words; it came to the same
            expect = {"end": expect["end"], "open": expect["open"], "documents": expect["documents"],
                      "data": {**expect.get("data", {}), "risco": played.data.get("risco")}}  # fmt: skip
        return differences(played, expect)


def _at(local: str) -> datetime:
    return (datetime.fromisoformat(str(local)) + timedelta(hours=3)).replace(tzinfo=UTC)


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    opened = open_house(Settings(database_url=database_url, data_dir=tmp_path, secret_key="s" * 40, seal_key="k" * 40))
    yield opened
    opened.store.dispose()


def _nothing_is_lost(house: House, count: int) -> _Hall:
    hall = _Hall(house, count)

    hall.play()

    assert [(story.scenario.name, hall.differences(story)) for story in hall.stories if hall.differences(story)] == []
    assert list(verify(House(house.settings, house.store))) == []
    return hall


def test_open_permits_move_to_a_changed_version_and_back_with_nothing_lost(house: House) -> None:
    _nothing_is_lost(house, 40)


@pytest.mark.nightly
def test_two_hundred_open_permits_at_every_node_move_and_come_back_with_nothing_lost(house: House) -> None:
    hall = _nothing_is_lost(house, 200)

    nodes = read_bundle(_PERMIT).xml.decode()
    assert {name for name in hall.stood if f'id="{name}"' in nodes} >= _EVERY_NODE


# Where a permit can stand: at people, at a payment, or with something on its boundary.
_EVERY_NODE = {
    "t_conferir", "t_corrigir", "t_urb", "t_amb", "t_obras", "t_cad", "t_consolidar", "t_complementar", "t_avocar",
    "t_decidir", "t_divergencia", "t_assinar", "t_recorrer", "t_reconsiderar", "t_julgar_recurso", "m_pago",
    "tm_vencido", "b_corrigir", "b_complementar", "b_prazo_legal", "b_recorrer", "i_desistencia",
}  # fmt: skip

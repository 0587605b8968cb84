"""Activities with many instances, in sequence and all at once; between any two moves the case is saved and restored."""

from __future__ import annotations

from typing import Any

import pytest

from engine.bpmn.reader import read
from engine.errors import DiagramRefused
from engine.runtime import scopes
from tests.sketches import (
    Node,
    boundary,
    boundary_error,
    boundary_timer,
    end,
    exclusive,
    script,
    sketch,
    sub,
    task,
    told,
)  # fmt: skip
from tests.unit.bpmn.test_events import Case, says
from tests.unit.bpmn.test_loops import repeated

_CAMUNDA = ("collection", "elementVariable")


def many(
    count: str = "", *, sequential: bool = False, until: str = "", results: str = "", result: str = "", **of: str
) -> str:
    """Return multi-instance characteristics; `of` are `collection` and `elementVariable`, in Camunda's words."""
    words = "".join(f' camunda:{key}="{of[key]}"' for key in _CAMUNDA if key in of)
    words += f' isSequential="{str(sequential).lower()}"' + (
        f' behavior="{of["behavior"]}"' if "behavior" in of else ""
    )
    inner = f"<bpmn:loopCardinality>{count}</bpmn:loopCardinality>" if count else ""
    inner += f"<bpmn:loopDataOutputRef>{results}</bpmn:loopDataOutputRef>" if results else ""
    inner += f'<bpmn:outputDataItem name="{result}" />' if result else ""
    inner += f"<bpmn:completionCondition>{until}</bpmn:completionCondition>" if until else ""
    return f"<bpmn:multiInstanceLoopCharacteristics{words}>{inner}</bpmn:multiInstanceLoopCharacteristics>"


OF_EACH = {"collection": "setores", "elementVariable": "setor"}
BOTH = pytest.mark.parametrize("sequential", [True, False], ids=["sequential", "parallel"])


class Several(Case):
    """A case whose people's tasks are told apart by their instance: `a#2` is that of the second."""

    def _number(self, task_id: Any) -> str:
        found = scopes.instance_around(self.run._find(task_id))
        return f"#{found.internal_data['nth']}" if found is not None else ""

    @property
    def numbered(self) -> list[str]:
        return sorted(f"{name}{self._number(one)}" for one, name in self.run.awaited().people.items())

    def answer(self, task: str, **answers: Any) -> Several:
        people = self.run.awaited().people.items()
        self.run.complete(next(one for one, name in people if f"{name}{self._number(one)}" == task), answers)
        self._settle()
        return self

    @property
    def data(self) -> dict[str, Any]:
        return self.run.document.values


# -- how many ---------------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_script_is_run_as_often_as_the_number_says(count: int, *, sequential: bool) -> None:
    node = repeated(says("s"), many("n", sequential=sequential))
    case = Case([node, says("depois"), end("fim")], "inicio > s > depois > fim", n=count)

    assert (case.log, case.finished) == (["s"] * count + ["depois"], True)


def test_tasks_of_all_instances_are_open_at_once_and_the_last_one_ends_the_whole() -> None:
    case = Several([repeated(task("a"), many("3")), task("b"), end("fim")], "inicio > a > b > fim")

    assert case.numbered == ["a#1", "a#2", "a#3"]
    case.answer("a#2").answer("a#3")
    assert case.numbered == ["a#1"]
    assert case.answer("a#1").numbered == ["b"]


def test_tasks_of_a_sequence_open_one_after_the_other() -> None:
    case = Several([repeated(task("a"), many("3", sequential=True)), task("b"), end("fim")], "inicio > a > b > fim")

    for nth in (1, 2, 3):
        assert case.numbered == [f"a#{nth}"]
        case.answer(f"a#{nth}")

    assert case.numbered == ["b"]


@BOTH
def test_each_instance_of_a_list_has_its_item_and_its_number(*, sequential: bool) -> None:
    told_of = script("s", 'log = append(log, setor + string(loopCounter) + "/" + string(nrOfInstances))')
    case = Case(
        [repeated(told_of, many(sequential=sequential, **OF_EACH)), end("fim")], "inicio > s > fim", setores=["x", "y"]
    )

    assert case.log == ["x1/2", "y2/2"]
    assert "setor" not in case.run.document.values


@pytest.mark.parametrize(
    ("characteristics", "data", "reason"),
    [
        (many(**OF_EACH), {}, "null-collection"),
        (many(**OF_EACH), {"setores": "obras"}, "not-a-list"),
        (many("n"), {"n": -1}, "not-a-number"),
        (many("n"), {"n": 1.5}, "not-a-number"),
        (many("n"), {"n": None}, "not-a-number"),
        (many("n"), {"n": 501}, "too-many"),
    ],
)
def test_what_cannot_be_counted_stands_failed_and_a_retry_counts_again(
    characteristics: str, data: dict[str, Any], reason: str
) -> None:
    case = Several([repeated(task("a"), characteristics), end("fim")], "inicio > a > fim", **data)

    (failure,) = case.effects.failures
    assert (failure.element, failure.code, failure.facts["reason"]) == ("a", "instances-refused", reason)
    case.data.update(setores=["x"], n=1)
    assert case.run.retry(failure.task_id)
    case._settle()
    assert case.numbered == ["a#1"]


def test_the_words_of_other_modellers_mean_the_same() -> None:
    zeebe = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><z:loopCharacteristics"
        ' xmlns:z="http://camunda.org/schema/zeebe/1.0" inputCollection="=setores" inputElement="setor"'
        ' outputCollection="notas" outputElement="=nota + 1" /></bpmn:extensionElements>'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    flowable = (
        '<bpmn:multiInstanceLoopCharacteristics xmlns:f="http://flowable.org/bpmn" f:collection="${setores}"'
        ' f:elementVariable="setor" f:elementIndexVariable="i"><bpmn:loopDataOutputRef>notas</bpmn:loopDataOutputRef>'
        '<bpmn:outputDataItem name="nota" /></bpmn:multiInstanceLoopCharacteristics>'
    )
    one = Several([repeated(task("a"), zeebe), end("fim")], "inicio > a > fim", setores=["x"])
    other = Several([repeated(script("a", "nota = i"), flowable), end("fim")], "inicio > a > fim", setores=["x", "y"])

    assert one.answer("a#1", nota=1).data["notas"] == [2]
    assert other.data["notas"] == [0, 1]


# -- what instances give ----------------------------------------------------------------------------------------------


@BOTH
def test_answers_are_the_instances_own_and_collected_in_their_order(*, sequential: bool) -> None:
    node = repeated(task("parecer"), many(sequential=sequential, results="notas", result="nota * 10", **OF_EACH))
    case = Several(
        [node, task("b"), end("fim")], "inicio > parecer > b > fim", setores=["x", "y", "z"], nota="da outra"
    )

    for nth in (1, 2, 3) if sequential else (3, 1, 2):
        case.answer(f"parecer#{nth}", nota=nth)

    assert case.data["notas"] == [10, 20, 30]
    assert case.data["nota"] == "da outra"


def test_answers_without_a_place_for_them_are_listed_under_the_element() -> None:
    case = Several(
        [repeated(task("parecer"), many(**OF_EACH)), task("b"), end("fim")],
        "inicio > parecer > b > fim",
        setores=["x", "y"],
    )

    case.answer("parecer#2", nota=7, texto={"resumo": "sim"}).answer("parecer#1", nota=5)

    assert case.data["parecer"] == [
        {"setor": "x", "nota": 5},
        {"setor": "y", "nota": 7, "texto": {"resumo": "sim"}},
    ]


def test_the_change_log_names_the_instance_that_was_written() -> None:
    case = Several([repeated(task("a"), many("2")), task("b"), end("fim")], "inicio > a > b > fim")

    case.answer("a#2", nota=7)

    assert [change for entry in case.effects.trace for change in entry.changes] == [
        ("a[2].nota", None, 7),
        ("a[1]", None, {"nota": 7}),
    ]
    assert case.data["a"] == [{"nota": 7}]


def test_what_several_tasks_of_an_instance_answer_stays_apart_from_other_instances() -> None:
    inner = [task("a"), task("b"), exclusive("g"), says("sim"), says("nao"), end("fi")]
    flows = "inicio_sp > a > b > g\ng > sim : nota > 5\ng > nao : *\nsim > fi\nnao > fi"
    case = Several([repeated(sub("sp", inner, flows), many("2")), end("fim")], "inicio > sp > fim")

    case.answer("a#1", nota=9).answer("a#2", nota=1)
    case.answer("b#2", visto=True)
    assert case.log == ["nao"]
    case.answer("b#1", visto=False)

    assert case.log == ["nao", "sim"]
    assert case.data["sp"] == [{"nota": 9, "visto": False}, {"nota": 1, "visto": True}]


@BOTH
def test_scripts_write_what_the_case_has_and_keep_new_names_to_their_instance(*, sequential: bool) -> None:
    node = repeated(
        script("s", "dobro = n * 2\ntotal = total + dobro"),
        many("3", sequential=sequential, results="r", result="dobro"),
    )
    case = Several([node, end("fim")], "inicio > s > fim", n=2, total=0)

    assert case.data["total"] == 12
    assert case.data["r"] == [4, 4, 4]
    assert "dobro" not in case.data


# -- how it ends ------------------------------------------------------------------------------------------------------


@BOTH
def test_a_completion_condition_ends_the_whole_and_cancels_what_is_open(*, sequential: bool) -> None:
    node = repeated(task("a"), many("3", sequential=sequential, until="nrOfCompletedInstances = 2 or basta = true"))
    case = Several([node, task("b"), end("fim")], "inicio > a > b > fim")

    case.answer("a#1", basta=False)
    assert "b" not in case.numbered
    case.answer("a#2", basta=False)

    assert case.numbered == ["b"]
    assert len(case.effects.closed) == (0 if sequential else 1)


def test_a_completion_condition_sees_the_answers_of_the_instance_that_ended() -> None:
    case = Several(
        [repeated(task("a"), many("3", until="basta = true")), task("b"), end("fim")], "inicio > a > b > fim"
    )

    assert case.answer("a#3", basta=True).numbered == ["b"]


def test_a_completion_condition_that_is_none_keeps_the_answers_for_the_retry() -> None:
    case = Several([repeated(task("a"), many("2", until="basta")), task("b"), end("fim")], "inicio > a > b > fim")

    case.answer("a#1", nota=4)
    (failure,) = case.effects.failures
    case.data["basta"] = False
    assert case.run.retry(failure.task_id)
    case._settle()

    assert (failure.element, failure.code) == ("a", "expression-refused")
    assert case.data["a"] == [{"nota": 4}]
    assert case.answer("a#2", nota=5).numbered == ["b"]
    assert case.data["a"] == [{"nota": 4}, {"nota": 5}]


@BOTH
def test_an_event_on_the_boundary_holds_of_the_whole(*, sequential: bool) -> None:
    node = repeated(task("a"), many("3", sequential=sequential))
    nodes = [node, boundary_timer("t", "a", "P5D"), task("b"), task("tarde"), end("fim")]
    case = Several(nodes, "inicio > a > b > fim\nt > tarde > fim")

    case.answer("a#1", nota=1)

    assert len(case.run.awaited().timers) == 1
    assert case.fired("t").open == ["tarde"]
    assert case.data["a"] == [{"nota": 1}]


def test_a_term_that_does_not_interrupt_leaves_every_instance_open() -> None:
    nodes = [
        repeated(task("a"), many("2")),
        boundary_timer("t", "a", "P5D", interrupting=False),
        task("avisa"),
        end("fim"),
    ]
    case = Several(nodes, "inicio > a > fim\nt > avisa > fim")

    assert case.fired("t").open == ["a", "a", "avisa"]
    assert case.answer("a#1").answer("a#2").answer("avisa").finished


def test_an_error_in_one_instance_ends_the_whole_where_it_is_caught() -> None:
    inner = sub(
        "sp",
        [task("a"), exclusive("g"), end("mal", error="E1"), end("fi")],
        "inicio_sp > a > g\ng > mal : mal\ng > fi : *",
    )
    nodes = [repeated(inner, many("3")), boundary_error("be", "sp", "E1"), task("trata"), end("fim")]
    case = Several(nodes, "inicio > sp > fim\nbe > trata > fim")

    assert case.answer("a#2", mal=False).numbered == ["a#1", "a#3"]
    assert case.answer("a#3", mal=True).numbered == ["trata"]


def test_a_message_on_the_boundary_cancels_sub_processes_of_every_instance() -> None:
    inner = sub(
        "sp", [task("a"), boundary_timer("t", "a", "P1D"), task("x"), end("fi")], "inicio_sp > a > fi\nt > x > fi"
    )
    nodes = [repeated(inner, many("3")), boundary("m", "sp", told("para"), chave='"1"'), task("b"), end("fim")]
    case = Several(nodes, "inicio > sp > fim\nm > b > fim")

    assert len(case.run.awaited().timers) == 3
    assert case.heard("m").open == ["b"]
    assert (len(case.effects.closed), len(case.effects.timers_gone)) == (3, 3)
    assert case.done("b").finished


# -- rounds, nesting, bounds ------------------------------------------------------------------------------------------


@BOTH
def test_the_second_round_of_a_loop_begins_anew(*, sequential: bool) -> None:
    nodes = [
        repeated(task("a"), many("2", sequential=sequential)),
        exclusive("g"),
        task("b"),
        exclusive("v"),
        end("fim"),
    ]
    case = Several(nodes, "inicio > g > a > b > v\nv > g : de_novo\nv > fim : *")

    for turn in (1, 2):
        case.answer("a#1", nota=turn).answer("a#2", nota=turn)
        assert case.data["a"] == [{"nota": turn}, {"nota": turn}]
        case.answer("b", de_novo=turn == 1)

    assert case.finished


def test_each_instance_counts_its_own_attempts() -> None:
    inner = sub(
        "sp", [exclusive("g"), task("a"), exclusive("v"), end("fi")], "inicio_sp > g > a > v\nv > g : outra\nv > fi : *"
    )
    case = Several([repeated(inner, many("2")), end("fim")], "inicio > sp > fim")

    assert [one.attempt for one in case.effects.opened] == [1, 1]
    case.answer("a#2", outra=True)
    assert [one.attempt for one in case.effects.opened] == [2]


def test_many_within_many_keep_their_own_items_and_results() -> None:
    leaf = repeated(
        task("a"), many(collection="rua.casas", elementVariable="casa", results="visitas", result="casa + nota")
    )
    street = repeated(
        sub("sp", [leaf, end("fi")], "inicio_sp > a > fi"),
        many(collection="ruas", elementVariable="rua", sequential=True, results="tudo", result="visitas"),
    )
    case = Several([street, end("fim")], "inicio > sp > fim", ruas=[{"casas": ["1", "2"]}, {"casas": ["3"]}])

    case.answer("a#2", nota="b").answer("a#1", nota="a")
    assert case.answer("a#1", nota="c").finished

    assert case.data["tudo"] == [["1a", "2b"], ["3c"]]
    assert "visitas" not in case.data


def test_a_sub_process_keeps_the_data_that_it_declares_to_itself() -> None:
    inner = sub("sp", [script("s", 'rascunho = "x"\nfora = "y"'), task("a"), end("fi")], "inicio_sp > s > a > fi")
    declares = '<bpmn:property id="p" name="rascunho" /><bpmn:dataObject id="visto" />'
    node = Node(inner.tag, inner.id, inner.attributes, declares + inner.inner)
    case = Several([node, end("fim")], "inicio > sp > fim", rascunho="do processo")

    assert case.answer("a", visto=True, nota=1).finished

    assert case.data == {"log": [], "rascunho": "do processo", "fora": "y", "nota": 1}


def test_each_instance_counts_the_turns_of_its_own_loops() -> None:
    turns = "<bpmn:standardLoopCharacteristics loopMaximum='2' />"
    inner = sub("sp", [repeated(task("a"), turns), says("s"), end("fi")], "inicio_sp > a > s > fi")
    case = Several([repeated(inner, many("2")), end("fim")], "inicio > sp > fim")

    assert case.answer("a#1").answer("a#2").log == []
    assert case.answer("a#1").log == ["s"]
    assert case.answer("a#2").finished


# -- drawings that are refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("characteristics", "code"),
    [
        (many(), "many-of-nothing"),
        (many("2", **OF_EACH), "many-of-nothing"),
        (many("-1"), "many-not-a-number"),
        (many("2.5"), "many-not-a-number"),
        (many("= ="), "expression-refused"),
        (many("2", until="= ="), "expression-refused"),
        (many("2", behavior="One"), "unsupported-behavior"),
        (many("2", results="a lista"), "not-a-name"),
        (many(collection="x", elementVariable="um.dois"), "not-a-name"),
        (many("2") + "<bpmn:standardLoopCharacteristics loopMaximum='2' />", "many-not-allowed"),
    ],
)
def test_instances_that_cannot_be_counted_or_named_are_refused(characteristics: str, code: str) -> None:
    with pytest.raises(DiagramRefused) as refused:
        read(sketch([repeated(task("a"), characteristics), end("fim")], "inicio > a > fim"))

    assert ("a", code) in {(one["element"], one["code"]) for one in refused.value.facts["findings"]}

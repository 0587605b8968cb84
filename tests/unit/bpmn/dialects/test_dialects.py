"""Each dialect's extension elements come out as the same neutral words, and what is not understood is said by name."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from engine.bpmn.dialects import dialects_of
from engine.bpmn.drawing import Drawing, draw_from
from engine.bpmn.reader import read
from engine.bpmn.source import B
from engine.errors import DiagramRefused
from engine.runtime.run import Run
from tests.unit.runtime.walks import around, move

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:t"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" {spaces}>{beside}'
    '<process id="p" isExecutable="true"><startEvent id="i"/><sequenceFlow id="f1" sourceRef="i" targetRef="a"/>'
)
FOOT = '<sequenceFlow id="f2" sourceRef="a" targetRef="z"/><endEvent id="z"/></process></definitions>'
SPACES = {
    "camunda": "http://camunda.org/schema/1.0/bpmn",
    "zeebe": "http://camunda.org/schema/zeebe/1.0",
    "flowable": "http://flowable.org/bpmn",
    "activiti": "http://activiti.org/bpmn",
    "spiffworkflow": "http://spiffworkflow.org/bpmn/schema/1.0/core",
}


def drawn(body: str, *prefixes: str, beside: str = "") -> bytes:
    spaces = " ".join(f'xmlns:{prefix}="{SPACES[prefix]}"' for prefix in prefixes)
    return (HEAD.format(spaces=spaces, beside=beside) + body + FOOT).encode()


def one_task(extensions: str, *prefixes: str, tag: str = "userTask", attributes: str = "") -> bytes:
    inner = f"<extensionElements>{extensions}</extensionElements>" if extensions else ""
    return drawn(f'<{tag} id="a" name="Analisar" {attributes}>{inner}</{tag}>', *prefixes)


def drawing(xml: bytes) -> Drawing:
    return draw_from(etree.fromstring(xml).find(B + "process"))


def note(xml: bytes) -> Any:
    return drawing(xml).elements["a"].note


def findings(xml: bytes, *accepted: str) -> list[tuple[str, str, object]]:
    try:
        read(xml, accepted=accepted)
    except DiagramRefused as refused:
        found: Any = refused.facts["findings"]
        return [
            (one["element"], one["code"], one.get("name") or one.get("found") or one.get("source")) for one in found
        ]
    return []


# -- who, when, with which form ----------------------------------------------------------------------------------------


CAMUNDA_8 = one_task(
    '<zeebe:assignmentDefinition candidateGroups="obras"/><zeebe:userTask/>'
    '<zeebe:taskSchedule dueDate="=prazo(5, &quot;uteis&quot;)" followUpDate="P3D"/>'
    '<zeebe:formDefinition formId="analise"/>'
    '<zeebe:properties><zeebe:property name="etapa" value="Análise"/></zeebe:properties>',
    "zeebe",
)
WORDS = 'candidateGroups="obras" {0}:dueDate="${{prazo_final}}" {0}:formKey="embedded:app:forms/analise.html"'


def test_camunda_8_says_role_term_form_and_our_own_keys() -> None:
    found = note(CAMUNDA_8)

    assert (found.role, found.due, found.warn) == ("obras", 'prazo(5, "uteis")', "P3D")
    assert (found.form, found.stage) == ("analise", "Análise")
    assert findings(CAMUNDA_8) == []


@pytest.mark.parametrize("prefix", ["camunda", "flowable", "activiti"])
def test_camunda_7_flowable_and_activiti_say_the_same_with_the_same_words(prefix: str) -> None:
    xml = one_task("", prefix, attributes=f"{prefix}:" + WORDS.format(prefix))

    found = note(xml)

    assert (found.role, found.due, found.form) == ("obras", "prazo_final", "analise")
    assert findings(xml) == []


def test_plain_bpmn_says_the_role_by_the_standards_resource_assignment() -> None:
    owner = "<potentialOwner><resourceAssignmentExpression><formalExpression>{}</formalExpression>"
    owner += "</resourceAssignmentExpression></potentialOwner>"

    groups = [owner.format("user(ana), group(obras)"), owner.format(" obras ")]

    assert [note(drawn(f'<userTask id="a" name="A">{one}</userTask>')).role for one in groups] == ["obras", "obras"]


def test_spiffs_forms_tables_and_operators_are_read_with_its_expressions_in_python() -> None:
    properties = "<spiffworkflow:properties><spiffworkflow:property name='formJsonSchemaFilename'"
    properties += " value='analise-schema.json'/></spiffworkflow:properties>"
    operator = '<spiffworkflow:serviceTaskOperator id="http.get" resultVariable="r"><spiffworkflow:parameters>'
    operator += '<spiffworkflow:parameter id="url" type="str" value="\'u\' if n == 1 else base"/>'
    operator += "</spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>"

    asked = note(one_task(properties, "spiffworkflow"))
    called = note(one_task(operator, "spiffworkflow", tag="serviceTask"))

    assert asked.form == "analise"
    assert called.topic == "http.get"
    assert called.inputs == (("url", '(if (n = 1) then "u" else base)'),)
    assert called.outputs == (("r", "resultado"),)


def test_a_document_of_several_dialects_is_read_in_all_of_them_and_the_first_holds() -> None:
    xml = one_task(
        '<zeebe:assignmentDefinition candidateGroups="saude"/><zeebe:formDefinition formId="analise"/>',
        "camunda", "zeebe", attributes='camunda:candidateGroups="obras"',
    )  # fmt: skip

    found = note(xml)

    assert (found.role, found.form) == ("obras", "analise")
    assert dialects_of(etree.fromstring(xml)) == ["camunda8", "camunda7"]


def test_a_document_without_extensions_is_plain() -> None:
    assert dialects_of(etree.fromstring(drawn('<userTask id="a" name="A"/>', "camunda"))) == ["plain"]


# -- automatic elements ------------------------------------------------------------------------------------------------


def test_camunda_8s_job_is_its_type_with_mappings_and_headers() -> None:
    xml = one_task(
        '<zeebe:taskDefinition type="http.pedir" retries="3"/><zeebe:taskHeaders><zeebe:header key="metodo"'
        ' value="GET &quot;1&quot;"/></zeebe:taskHeaders><zeebe:ioMapping><zeebe:input source="=base + &quot;/x&quot;"'
        ' target="url"/><zeebe:input source="fixo" target="t"/><zeebe:output source="=resultado.corpo" target="r"/>'
        "</zeebe:ioMapping>",
        "zeebe", tag="serviceTask",
    )  # fmt: skip

    found = note(xml)

    assert found.topic == "http.pedir"
    assert found.inputs == (("url", 'base + "/x"'), ("t", '"fixo"'), ("metodo", '"GET \\"1\\""'))
    assert found.outputs == (("r", "resultado.corpo"),)
    assert findings(xml) == []


def test_camunda_8s_script_runs_as_an_assignment() -> None:
    xml = drawn(
        '<scriptTask id="a" name="S"><extensionElements><zeebe:script expression="=n * 2" resultVariable="dobro"/>'
        "</extensionElements></scriptTask>",
        "zeebe",
    )

    run = Run.start(read(xml), {"n": 21}, around())

    assert run.document.values["dobro"] == 42


@pytest.mark.parametrize(("language", "text"), [("juel", "${n * 2}"), ("feel", "n * 2"), ("FEEL", "= n * 2")])
def test_an_expression_with_a_result_variable_runs_as_an_assignment(language: str, text: str) -> None:
    attributes = f'scriptFormat="{language}" camunda:resultVariable="dobro"'
    xml = drawn(f'<scriptTask id="a" name="S" {attributes}><script>{text}</script></scriptTask>', "camunda")

    run = Run.start(read(xml), {"n": 21}, around())

    assert run.document.values["dobro"] == 42


@pytest.mark.parametrize("language", ["javascript", "groovy", "python"])
def test_a_script_in_another_language_is_refused_with_its_language(language: str) -> None:
    xml = drawn(f'<scriptTask id="a" name="S" scriptFormat="{language}"><script>x = 1</script></scriptTask>')

    with pytest.raises(DiagramRefused) as refused:
        read(xml)

    found: Any = refused.value.facts["findings"]
    assert {"element": "a", "code": "script-not-feel", "format": language} in found


def test_camunda_8s_message_is_found_by_the_key_that_stands_at_the_message() -> None:
    beside = '<message id="m" name="pago"><extensionElements><zeebe:subscription correlationKey="=processo.numero"/>'
    beside += "</extensionElements></message>"
    event = (
        '<intermediateCatchEvent id="a" name="Pago"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>'
    )
    xml = drawn(event, "zeebe", beside=beside)

    assert note(xml).key == "processo.numero"
    assert findings(xml) == []


def test_conditions_of_every_dialect_choose_the_same_way() -> None:
    gateway = '<exclusiveGateway id="a" default="f2"/><sequenceFlow id="f3" sourceRef="a" targetRef="t">'
    gateway += "<conditionExpression>{}</conditionExpression></sequenceFlow>"
    gateway += '<manualTask id="t" name="T" camunda:candidateGroups="obras"/>'
    gateway += '<sequenceFlow id="f4" sourceRef="t" targetRef="z"/>'
    conditions = [("=n &gt; 3", "zeebe"), ("${n &gt; 3}", "flowable")]
    conditions += [("n &gt; 3 and not n == 9", "spiffworkflow"), ("n &gt; 3", "camunda")]

    opened = []
    for condition, prefix in conditions:
        blueprint = read(drawn(gateway.replace("{}", condition), *{"camunda", prefix}))
        opened += [bool(Run.start(blueprint, {"n": n}, around()).effects().opened) for n in (5, 2)]

    assert opened == [True, False] * 4


# -- what is not understood --------------------------------------------------------------------------------------------


def test_an_expression_without_feel_is_refused_with_the_expression_and_the_part() -> None:
    gateway = '<exclusiveGateway id="a" default="f2"/><sequenceFlow id="f3" sourceRef="a" targetRef="z">'
    gateway += "<conditionExpression>${juiz.decide(n)}</conditionExpression></sequenceFlow>"

    assert findings(drawn(gateway, "camunda")) == [("a", "expression-untranslated", ".decide(n)")]


def test_a_condition_in_another_language_is_refused_though_feel_could_read_it() -> None:
    gateway = '<exclusiveGateway id="a" default="f2"/><sequenceFlow id="f3" sourceRef="a" targetRef="z">'
    gateway += '<conditionExpression language="groovy">n</conditionExpression></sequenceFlow>'

    assert findings(drawn(gateway)) == [("f3", "extension-refused", "conditionExpression language")]


@pytest.mark.parametrize(
    ("extensions", "prefix", "name"),
    [
        ("<camunda:connector><camunda:connectorId>x</camunda:connectorId></camunda:connector>", "camunda", None),
        ("<flowable:field name='x' stringValue='y'/>", "flowable", None),
        ("<zeebe:linkedResources/>", "zeebe", None),
        ("<zeebe:taskSchedule escala='x'/>", "zeebe", "zeebe:taskSchedule@escala"),
        ("<spiffworkflow:preScript>x = 1</spiffworkflow:preScript>", "spiffworkflow", None),
    ],
)
def test_an_extension_that_is_not_understood_refuses_the_diagram_by_its_name(
    extensions: str, prefix: str, name: str | None
) -> None:
    xml = one_task(extensions, *{prefix, "camunda"}, attributes='camunda:candidateGroups="obras"')

    name = name or extensions[1:].partition(" ")[0].partition(">")[0].removesuffix("/")
    assert findings(xml) == [("a", "extension-refused", name)]
    assert findings(xml, "extension-refused") != []


def test_a_listener_is_left_out_only_when_the_analyst_says_so_by_code_or_by_name() -> None:
    listener = '<camunda:taskListener event="create"><camunda:script scriptFormat="groovy">x</camunda:script>'
    xml = one_task(listener + "</camunda:taskListener>", "camunda", attributes='camunda:candidateGroups="obras"')

    assert findings(xml) == [("a", "extension-ignored", "camunda:taskListener")]
    assert findings(xml, "extension-ignored") == []
    assert findings(xml, "extension-ignored:camunda:taskListener") == []
    assert findings(xml, "extension-ignored:camunda:assignee") != []


def test_what_only_steers_another_engines_transactions_is_no_finding_and_is_named() -> None:
    words = 'camunda:candidateGroups="obras" camunda:asyncBefore="true" camunda:exclusive="false"'
    xml = one_task("", "camunda", attributes=words)

    assert findings(xml) == []
    assert [(one.name, one.rank) for one in drawing(xml).leftovers] == [
        ("camunda:asyncBefore", "harmless"),
        ("camunda:exclusive", "harmless"),
    ]


@pytest.mark.parametrize("group", ["${grupo}", "#{grupo}"])
def test_a_role_that_would_be_computed_case_by_case_is_refused(group: str) -> None:
    xml = one_task("", "camunda", attributes=f'camunda:candidateGroups="{group}"')

    assert ("a", "name-not-fixed", group) in findings(xml)


def test_a_computed_role_of_camunda_8_is_refused_and_a_text_as_expression_is_a_name() -> None:
    computed = one_task('<zeebe:assignmentDefinition candidateGroups="=grupo"/>', "zeebe")
    written = one_task('<zeebe:assignmentDefinition candidateGroups="=[&quot;obras&quot;]"/>', "zeebe")

    assert findings(computed) == [("a", "name-not-fixed", "=grupo")]
    assert (note(written).role, findings(written)) == ("obras", [])


def test_several_roles_for_one_task_are_refused() -> None:
    assert findings(one_task("", "camunda", attributes='camunda:candidateGroups="obras,saude"')) == [
        ("a", "several-roles", "obras,saude")
    ]


def test_a_timer_in_juel_waits_for_the_moment_that_it_names() -> None:
    event = '<intermediateCatchEvent id="a" name="T"><timerEventDefinition><timeDuration>${espera}</timeDuration>'
    xml = drawn(event + "</timerEventDefinition></intermediateCatchEvent>", "camunda")
    run = Run.start(read(xml), {"espera": "PT2H"}, around())

    run.effects()
    move(run, "fire", "a", {})

    assert run.effects().finished

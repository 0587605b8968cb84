"""What a diagram's extensions say and Rito does not do, each ranked: harmless, left out if so accepted, refused.

The lists of what is understood, harmless or may be left out are closed; what is in none of them changes what other
engines do in a way that is not known here, and refuses the diagram.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from lxml import etree

from engine.bpmn.dialects import DIALECTS, camunda7, camunda8, flowable
from engine.bpmn.dialects.expressions import EXPRESSIONS, SPIFF, language_of
from engine.bpmn.source import B

Rank = Literal["harmless", "ignored", "refused"]
_LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """An attribute or element that is not read. `name` as written, such as `camunda:asyncBefore`; `value` its text."""

    element: str
    name: str
    value: str
    rank: Rank


@dataclass(frozen=True, kw_only=True)
class _Vocabulary:
    """The words of one dialect. An attribute of an extension element is written `element@attribute`.

    `whole`: elements of which nothing inside is looked at, for they are ranked as one.
    """

    prefix: str
    understood: frozenset[str]
    harmless: frozenset[str]
    ignored: frozenset[str]
    whole: frozenset[str]


# Each step is a transaction of its own and what is slow leaves by the outbox, so where a transaction ends, which job
# comes first and how often one is retried are not the diagram's to say; versions, forms and tables travel together.
_CAMUNDA_HARMLESS = frozenset(
    {
        *("asyncBefore", "asyncAfter", "async", "exclusive", "jobPriority", "taskPriority", "failedJobRetryTimeCycle"),
        *("historyTimeToLive", "versionTag", "isStartableInTasklist", "modelerTemplate", "modelerTemplateVersion"),
        *("modelerTemplateIcon", "formRefBinding", "formRefVersion", "decisionRefBinding", "decisionRefVersion"),
        *("decisionRefVersionTag", "category", "diagramRelationId", "triggerable", "asyncLeave", "asyncLeaveExclusive"),
    }
)
# They inform, watch or restrict beside the flow; without them the same tasks open in the same order for the sectors.
_CAMUNDA_IGNORED = frozenset(
    {
        *("assignee", "candidateUsers", "candidateStarterUsers", "candidateStarterGroups", "priority", "initiator"),
        *(
            "executionListener",
            "taskListener",
            "eventListener",
            "formData",
            "formProperty",
            "potentialStarter",
            "mapDecisionResult",
        ),
        *("businessCalendarName", "sameDeployment", "formFieldValidation", "mapDecisionResult"),
    }
)
_CAMUNDA_UNDERSTOOD = frozenset(
    {
        *("candidateGroups", "dueDate", "followUpDate", "topic", "decisionRef", "resultVariable", "resultVariableName"),
        *("formRef", "formKey", "collection", "elementVariable", "calledElementBinding", "calledElementVersion"),
        *("calledElementVersionTag", "elementIndexVariable"),
        *("in", "out", "in@source", "in@sourceExpression", "in@target", "in@variables", "in@businessKey", "in@local"),
        *("out@source", "out@sourceExpression", "out@target", "out@variables", "out@local"),
        *("properties", "property", "property@id", "property@name", "property@value", "inputOutput"),
        *("inputParameter", "inputParameter@name", "outputParameter", "outputParameter@name"),
    }
)
_CAMUNDA_WHOLE = frozenset(
    {"executionListener", "taskListener", "eventListener", "formData", "formProperty", "connector", "field"}
)
_ZEEBE_UNDERSTOOD = frozenset(
    {
        *("assignmentDefinition", "assignmentDefinition@candidateGroups", "taskSchedule", "taskSchedule@dueDate"),
        *("taskSchedule@followUpDate", "formDefinition", "formDefinition@formId", "formDefinition@formKey"),
        *("formDefinition@externalReference", "taskDefinition", "taskDefinition@type", "ioMapping", "input"),
        *("input@source", "input@target", "output", "output@source", "output@target", "taskHeaders", "header"),
        *("header@key", "header@value", "calledDecision", "calledDecision@decisionId", "script", "script@expression"),
        *("calledDecision@resultVariable", "script@resultVariable", "properties", "property", "property@name"),
        *("property@value", "subscription", "subscription@correlationKey", "userTask", "calledElement"),
        *("calledElement@processId", "calledElement@propagateAllChildVariables", "loopCharacteristics"),
        *("calledElement@propagateAllParentVariables", "calledElement@bindingType", "calledElement@versionTag"),
        *("loopCharacteristics@inputCollection", "loopCharacteristics@inputElement"),
        *("loopCharacteristics@outputCollection", "loopCharacteristics@outputElement"),
    }
)
_ZEEBE_HARMLESS = frozenset(
    {
        *("taskDefinition@retries", "formDefinition@bindingType", "formDefinition@versionTag", "userTaskForm"),
        *("calledDecision@bindingType", "calledDecision@versionTag", "versionTag", "versionTag@value"),
        *("modelerTemplate", "modelerTemplateVersion", "modelerTemplateIcon", "jobPriorityDefinition"),
    }
)
_ZEEBE_IGNORED = frozenset(
    {
        *("assignmentDefinition@assignee", "assignmentDefinition@candidateUsers", "executionListeners"),
        *("taskListeners", "priorityDefinition"),
    }
)
_ZEEBE_WHOLE = frozenset(
    {"executionListeners", "taskListeners", "priorityDefinition", "userTaskForm", "jobPriorityDefinition"}
)
_SPIFF_UNDERSTOOD = frozenset(
    {
        *("properties", "property", "property@name", "property@value", "calledDecisionId", "serviceTaskOperator"),
        *("serviceTaskOperator@id", "serviceTaskOperator@resultVariable", "parameters", "parameter", "parameter@id"),
        *("parameter@value", "parameter@type"),
    }
)
_SPIFF_HARMLESS = frozenset({"unitTests", "isOutputSynced", "category"})
_SPIFF_IGNORED = frozenset({"instructionsForEndUser", "guestConfirmation", "allowGuest", "signalButtonLabel"})
_SPIFF_IGNORED |= {"taskMetadataValues"}
_SPIFF_WHOLE = frozenset({"unitTests", "taskMetadataValues"})


def _camunda(prefix: str) -> _Vocabulary:
    return _Vocabulary(
        prefix=prefix, understood=_CAMUNDA_UNDERSTOOD, harmless=_CAMUNDA_HARMLESS, ignored=_CAMUNDA_IGNORED,
        whole=_CAMUNDA_WHOLE,
    )  # fmt: skip


_VOCABULARIES: Mapping[str, _Vocabulary] = {
    camunda7.NAMESPACE: _camunda("camunda"),
    flowable.NAMESPACES[0]: _camunda("flowable"),
    flowable.NAMESPACES[1]: _camunda("activiti"),
    camunda8.NAMESPACE: _Vocabulary(
        prefix="zeebe", understood=_ZEEBE_UNDERSTOOD, harmless=_ZEEBE_HARMLESS, ignored=_ZEEBE_IGNORED,
        whole=_ZEEBE_WHOLE,
    ),
    SPIFF: _Vocabulary(
        prefix="spiffworkflow", understood=_SPIFF_UNDERSTOOD, harmless=_SPIFF_HARMLESS, ignored=_SPIFF_IGNORED,
        whole=_SPIFF_WHOLE,
    ),
}  # fmt: skip
assert set(_VOCABULARIES) == {namespace for module in DIALECTS.values() for namespace in module.NAMESPACES}


def leftovers(process: etree._Element) -> tuple[Leftover, ...]:
    """Return what the extensions of a process, and of the messages, errors and signals beside it, say unread."""
    beside = process.getparent().iterchildren(B + "message", B + "error", B + "escalation", B + "signal")
    return tuple(one for node in (process, *beside) for one in _of(node, node.get("id") or ""))


def _of(node: etree._Element, owner: str) -> Iterator[Leftover]:
    """Yield what is left unread of a BPMN node and of those in it, each with the id of the nearest that has one."""
    owner = node.get("id") or owner if isinstance(node.tag, str) and not _is_definition(node) else owner
    yield from _attributes(node, owner, "")
    local = etree.QName(node).localname
    if local in EXPRESSIONS and (language := language_of(node)) is not None:
        yield Leftover(element=owner, name=f"{local} language", value=language[:_LONGEST], rank="refused")
    for child in node.iterchildren(etree.Element):
        if child.tag == B + "extensionElements":
            for extension in child.iterchildren(etree.Element):
                yield from _extension(extension, owner)
        elif child.tag.startswith(B):
            yield from _of(child, owner)


def _is_definition(node: etree._Element) -> bool:
    """Whether a node is part of another that people know by its id."""
    return str(etree.QName(node).localname).endswith(("Definition", "Characteristics", "Expression"))


def _extension(node: etree._Element, owner: str) -> Iterator[Leftover]:
    name = etree.QName(node)
    words = _VOCABULARIES.get(name.namespace or "")
    if words is None:
        return
    rank = _rank(words, name.localname)
    if rank is not None:
        text = " ".join((node.text or "").split()) or " ".join(node.attrib.values())
        yield Leftover(element=owner, name=f"{words.prefix}:{name.localname}", value=text[:_LONGEST], rank=rank)
    if name.localname not in words.whole and rank != "refused":
        yield from _attributes(node, owner, f"{name.localname}@")
        for child in node.iterchildren(etree.Element):
            yield from _extension(child, owner)


def _attributes(node: etree._Element, owner: str, before: str) -> Iterator[Leftover]:
    """Yield the attributes of a node; those of an extension element (`before`) have no namespace of their own."""
    for attribute, value in node.attrib.items():
        name = etree.QName(attribute)
        words = _VOCABULARIES.get((etree.QName(node).namespace if before else name.namespace) or "")
        if words is None or (before and name.namespace):
            continue
        said = before + name.localname
        rank = _rank(words, said) if not _is_job(said, value) else None
        if rank is not None and value.strip():
            yield Leftover(element=owner, name=f"{words.prefix}:{said}", value=value[:_LONGEST], rank=rank)


def _is_job(name: str, value: str) -> bool:
    """Whether an attribute only says that a task is done by a worker that asks for its topic, or by a table."""
    return name == "type" and value in {"external", "external-worker", "dmn"}


def _rank(words: _Vocabulary, name: str) -> Rank | None:
    if name in words.understood:
        return None
    if name in words.harmless:
        return "harmless"
    return "ignored" if name in words.ignored else "refused"

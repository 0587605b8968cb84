"""What Rito makes of a diagram that anybody drew: what it reads, translates, lacks and refuses; nothing is kept.

It changes no rule: what it says of a diagram is what publishing would say, with nothing known of a city around it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from engine.bpmn.calls import perform_globals
from engine.bpmn.check import findings
from engine.bpmn.dialects import DIALECTS, dialects_of
from engine.bpmn.dialects.expressions import EXPRESSIONS, SPIFF, feel_of
from engine.bpmn.dialects.leftovers import leftovers
from engine.bpmn.draft.plan import NODES, main_process
from engine.bpmn.drawing import Drawing, draw_from, role_of
from engine.bpmn.reader import read, read_draft
from engine.bpmn.references import resolve
from engine.bpmn.source import B, parse
from engine.bpmn.structure import Finding
from engine.errors import DiagramRefused

_ROLE = "rascunho"  # of nobody: what is lacking does not depend on who does it
_KNOWN = frozenset(namespace for module in DIALECTS.values() for namespace in module.NAMESPACES)
_OF_BPMN = ("http://www.omg.org/spec/", "http://www.w3.org/")
_PARAMETERS = frozenset({"inputParameter", "outputParameter", "script"})
_MOMENTS = frozenset({"dueDate", "followUpDate"})


@dataclass(frozen=True, kw_only=True)
class Process:
    """A process of the document. `chosen`: it is the one that would be run; `kinds` counts its nodes."""

    id: str
    name: str
    executable: bool
    chosen: bool
    kinds: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Translated:
    """An expression as it was written and as it is run. `element` is the nearest thing that has an id."""

    element: str
    before: str
    after: str


@dataclass(kw_only=True)
class Report:
    """What a document is, and whether it can be published. `names` are those of elements, by id.

    `lacking` is what hinders it even as a draft; `needs` names what a city must have beside it: {kind: names}.
    """

    dialects: list[str] = field(default_factory=list)
    processes: list[Process] = field(default_factory=list)
    translated: list[Translated] = field(default_factory=list)
    harmless: Mapping[str, int] = field(default_factory=dict)
    unread: Mapping[str, int] = field(default_factory=dict)
    needs: Mapping[str, list[str]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    found: list[Finding] = field(default_factory=list)
    lacking: list[Finding] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def publishable(self) -> bool:
        return not self.found

    @property
    def as_draft(self) -> bool:
        return not self.lacking


def examine(xml: bytes, accepted: Collection[str] = ()) -> Report:
    """Return the report of a document, whatever it is; `accepted` are findings that are meant so."""
    report = Report()
    try:
        root = parse(xml)
        resolve(root)
        perform_globals(root)
        main = main_process(root)
    except DiagramRefused as refused:
        report.found = report.lacking = _findings(refused)
        return report
    drawing = draw_from(main)
    _describe(report, root, main, drawing)
    report.found = _refusals(xml, drawing, accepted)
    try:
        blueprint = read_draft(xml, _ROLE)
        report.asked = [name for name, question in blueprint.questions.items() if question.ways]
    except DiagramRefused as refused:
        report.lacking = _findings(refused)
    return report


def _findings(refused: DiagramRefused) -> list[Finding]:
    found: list[Finding] = refused.facts["findings"]  # type: ignore[assignment]  # DiagramRefused's own fact
    return found


def _refusals(xml: bytes, drawing: Drawing, accepted: Collection[str]) -> list[Finding]:
    """Return why a document is refused; of one without an executable process, also what is wrong with its main one."""
    try:
        read(xml, accepted=accepted)
    except DiagramRefused as refused:
        found = _findings(refused)
        return found + findings(drawing) if found[0]["code"] == "not-one-process" else found
    return []


# -- what it is -------------------------------------------------------------------------------------------------------


def _describe(report: Report, root: etree._Element, main: etree._Element, drawing: Drawing) -> None:
    report.dialects = dialects_of(root)
    report.processes = [_process(process, main) for process in root.iterchildren(B + "process")]
    report.translated = list(dict.fromkeys(_translations(main, "")))
    report.harmless = dict(Counter(one.name for one in leftovers(main) if one.rank == "harmless"))
    report.unread = _unread(root)
    report.needs = {kind: names for kind, names in _needs(drawing) if names}
    names = ((node.get("id"), " ".join((node.get("name") or "").split())) for node in root.iter(etree.Element))
    report.names = {element: name for element, name in names if element and name}


def _process(process: etree._Element, main: etree._Element) -> Process:
    tags = (str(etree.QName(node).localname) for node in process.iter(etree.Element) if node.tag.endswith(NODES))
    executable = process.get("isExecutable") == "true"
    return Process(
        id=process.get("id") or "", name=process.get("name") or "", executable=executable, chosen=process is main,
        kinds=dict(Counter(tags)),
    )  # fmt: skip


def _translations(node: etree._Element, owner: str) -> Iterator[Translated]:
    owner = node.get("id") if node.tag.startswith(B) and node.get("id") else owner
    name = etree.QName(node)
    texts = [node.text] if name.localname in EXPRESSIONS | _PARAMETERS else []
    texts += [value for word, value in node.attrib.items() if etree.QName(word).localname in _MOMENTS]
    texts += [node.get("value")] if name.namespace == SPIFF and name.localname == "parameter" else []
    for source in filter(None, texts):
        said = feel_of(node, source)
        if said not in {source.strip(), source.strip().removeprefix("=").strip()}:
            yield Translated(element=owner, before=" ".join(source.split()), after=said)
    for child in node.iterchildren(etree.Element):
        yield from _translations(child, owner)


def _unread(root: etree._Element) -> Mapping[str, int]:
    """Count what stands in namespaces that are neither BPMN's nor of a known dialect."""
    counts: Counter[str] = Counter()
    for node in root.iter(etree.Element):
        for name in (node.tag, *node.attrib):
            namespace = etree.QName(name).namespace or ""
            if namespace and namespace not in _KNOWN and not namespace.startswith(_OF_BPMN):
                counts[namespace] += 1
    return dict(counts)


def _needs(drawing: Drawing) -> Iterator[tuple[str, list[str]]]:
    elements = list(drawing.elements.values())
    notes = [element.note for element in elements]
    yield "roles", _names(role_of(element) for element in elements if element.is_for_people)
    yield "forms", _names(note.form for note in notes)
    yield "decisions", _names(note.decision for note in notes)
    yield "papers", _names(name for note in notes for name in (note.paper, note.draft_paper))
    yield "topics", _names(note.topic for note in notes)


def _names(said: Iterator[str | None]) -> list[str]:
    return sorted({name for name in said if name})

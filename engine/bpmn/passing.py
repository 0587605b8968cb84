"""What a call activity calls, which version of it, and what data go in and out, in whatever dialect it is said.

Source: BPMN 2.0.2, §10.3.6; Camunda's `in`, `out` and `calledElementBinding`; Zeebe's `calledElement`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from engine.bpmn.dialects.expressions import feel_of
from engine.bpmn.source import B

_ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
_PASSES = (
    "{http://camunda.org/schema/1.0/bpmn}",
    "{http://flowable.org/bpmn}",
    "{http://activiti.org/bpmn}",
)  # namespaces in which `in` and `out` mean the same
BINDINGS = frozenset({"latest", "deployment", "version"})


@dataclass(frozen=True, kw_only=True)
class Passing:
    """`called`: a process of the document, or the key of a procedure. `takes` and `gives`: (name, FEEL) of data that
    go in and come out, `everything` for all of them; with neither the called process works on the caller's data.
    `elsewhere`: what is called is not in the document.
    """

    called: str | None
    binding: str
    version: str | None
    takes: tuple[tuple[str, str], ...]
    gives: tuple[tuple[str, str], ...]
    elsewhere: bool = False

    @property
    def number(self) -> int | None:
        """The number of the version that is called, None when the call names none."""
        pinned = self.binding == "version" and self.version is not None and self.version.strip().isdecimal()
        return int(self.version or "") if pinned else None

    @property
    def is_apart(self) -> bool:
        """Whether the called process has data of its own."""
        return bool(self.takes or self.gives)


EVERYTHING = ("*", "*")


def read_passing(node: etree._Element) -> Passing | None:
    """Return what a call activity says about what it calls, None for any other node."""
    if node.tag != B + "callActivity":
        return None
    words = {name: value for space in _PASSES for name, value in node.attrib.items() if name.startswith(space)}
    said = {name.rpartition("}")[2]: value for name, value in words.items()}
    zeebe = node.find(f"{B}extensionElements/{_ZEEBE}calledElement")
    called, binding = node.get("calledElement"), said.get("calledElementBinding", "latest")
    if zeebe is not None:
        called, binding = called or zeebe.get("processId"), zeebe.get("bindingType", binding)
    called = called.strip() if called and called.strip() else None
    here = {process.get("id") for process in node.getroottree().getroot().iterchildren(B + "process")}
    return Passing(
        called=called,
        elsewhere=called is not None and called not in here,
        binding=binding,
        version=said.get("calledElementVersion"),
        takes=tuple(_passed(node, "in")),
        gives=tuple(_passed(node, "out")),
    )


def _passed(node: etree._Element, kind: str) -> Iterator[tuple[str, str]]:
    for space in _PASSES:
        for one in node.iterfind(f"{B}extensionElements/{space}{kind}"):
            if one.get("variables") == "all":
                yield EVERYTHING
            elif one.get("sourceExpression"):
                yield one.get("target") or "", feel_of(one, one.get("sourceExpression") or "")
            elif one.get("source"):
                yield one.get("target") or "", one.get("source") or ""

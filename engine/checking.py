"""`rito check`: the report on diagrams as people read it, in Portuguese, or as JSON. It holds no rule."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.bpmn.compatibility import Process, Report, examine
from engine.bpmn.structure import Finding
from web.finding_messages import finding_sentence

_NEEDS = {
    "roles": "papéis", "forms": "formulários", "decisions": "tabelas", "papers": "modelos de documento",
    "topics": "serviços",
}  # fmt: skip
_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("tarefas", ("Task", "task")),
    ("subprocessos", ("ubProcess", "transaction", "callActivity")),
    ("desvios", ("Gateway",)),
    ("eventos", ("Event",)),
)
_LONGEST = 60  # lines of one part; a diagram with more is read as JSON


def check(files: Collection[Path], accepted: Collection[str]) -> dict[Path, Report]:
    """Return the report of each file."""
    return {path: examine(path.read_bytes(), accepted) for path in files}


def as_json(reports: Mapping[Path, Report]) -> str:
    """Return the reports as a JSON list, each finding with its sentence."""
    return json.dumps([_plain(path, report) for path, report in reports.items()], ensure_ascii=False, indent=2)


def _plain(path: Path, report: Report) -> dict[str, Any]:
    said = asdict(report) | {"file": str(path), "publishable": report.publishable, "as_draft": report.as_draft}
    for part in ("found", "lacking"):
        said[part] = [{**one, "sentence": _sentence(one, report)} for one in getattr(report, part)]
    del said["names"]
    return said


def lines(path: Path, report: Report) -> Iterator[str]:
    """Yield the report of one file, line by line."""
    yield str(path)
    yield _line("dialeto", ", ".join(report.dialects) or "nenhum")
    for process in report.processes:
        yield _line("processo" if process.chosen else "fica de fora", _process(process))
    if report.translated:
        yield _line("traduzidas", str(len(report.translated)))
        yield from _some(f"    {one.element}: {one.before} → {one.after}" for one in report.translated)
    yield from _counted("sem efeito", report.harmless)
    yield from _counted("não lidas", report.unread)
    for kind, names in report.needs.items():
        yield _line("precisa de", f"{_NEEDS[kind]}: {', '.join(names)}")
    yield from _refused("achados", report.found, report)
    if report.found and report.lacking:
        yield from _refused("nem em rascunho", report.lacking, report)
    yield _line("resultado", _verdict(report))


def _line(word: str, said: str) -> str:
    return f"  {word:<16}{said}"


def _process(process: Process) -> str:
    counts = ", ".join(
        f"{count} {word}"
        for word, endings in _KINDS
        if (count := sum(number for kind, number in process.kinds.items() if kind.endswith(endings)))
    )
    kind = "executável" if process.executable else "não marcado como executável"
    return f"{process.name or process.id or '(sem nome)'} ({kind}): {counts or 'vazio'}"


def _counted(word: str, counts: Mapping[str, int]) -> Iterator[str]:
    if counts:
        yield _line(word, ", ".join(f"{name} ({count})" for name, count in sorted(counts.items())))


def _refused(word: str, found: list[Finding], report: Report) -> Iterator[str]:
    if found:
        yield _line(word, str(len(found)))
        yield from _some(f"    - {_sentence(one, report)}" for one in found)


def _sentence(finding: Finding, report: Report) -> str:
    name = report.names.get(str(finding.get("element")), "")
    return finding_sentence(finding) + (f" [{name}]" if name else "")


def _some(said: Iterator[str]) -> Iterator[str]:
    for count, line in enumerate(said):
        if count == _LONGEST:
            yield "    …"
            return
        yield line


def _verdict(report: Report) -> str:
    if report.publishable:
        return "pode ser publicado"
    if report.as_draft:
        asked = f"; perguntam o caminho: {len(report.asked)}" if report.asked else ""
        return f"só como rascunho{asked}"
    return "não pode ser publicado"

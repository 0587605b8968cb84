"""Which documents of a case a form's question is about: those that were given under the question's own key.

The form that checks `documentos.matricula` asks for `conferencia.matricula`. A row that names the key among its answers
(a correction of `matricula`) brings its files too. It never opens a document, nor shows one that may not be opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine.desk.file import Paper
from engine.forms.view import Shown

_QUESTIONS = frozenset({"radio", "select", "checkbox", "checklist", "taglist"})
Json = Mapping[str, object]
Given = tuple[str, str]  # a file as the case's data refer to it: hash and name


def beside(shown: Sequence[Shown], data: Json, papers: Sequence[Paper]) -> dict[str, tuple[Paper, ...]]:
    """Return {path of a question: its documents, newest first}, without questions that have none."""
    asked = {one.path: one.path.rpartition(".")[2] for one in _questions(shown)}
    given: dict[str, set[Given]] = {}
    for key, reference in _given(data):
        given.setdefault(key, set()).add(reference)
    found = {path: _papers(papers, given.get(key, set())) for path, key in asked.items()}
    return {path: several for path, several in found.items() if several}


def _papers(papers: Sequence[Paper], wanted: set[Given]) -> tuple[Paper, ...]:
    """Return the readable documents of these files; a file that was given twice under one name is named once."""
    found = {(one.sha256, one.name): one for one in papers if not one.hidden and (one.sha256, one.name) in wanted}
    return tuple(found.values())


def _questions(shown: Sequence[Shown]) -> Iterator[Shown]:
    for one in shown:
        yield from _questions(one.children)
        if one.kind in _QUESTIONS and one.path:
            yield one


def _given(value: object, key: str = "") -> Iterator[tuple[str, Given]]:
    """Yield the files in a case's data, each under the key of its field and under whatever its row names."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _given(inner, str(name))
    elif isinstance(value, list):
        for one in value:
            if isinstance(one, Mapping) and "sha256" in one:
                yield key, (str(one["sha256"]), str(one.get("name", "")))
            elif isinstance(one, Mapping):
                yield from _of_row(one)


def _of_row(row: Json) -> Iterator[tuple[str, Given]]:
    named = [one for one in row.values() if isinstance(one, str)]
    for key, reference in _given(row):
        yield from ((name, reference) for name in (key, *named))

"""Forms and answers drawn at random, the same ones each time: what the parity test submits to both sides.

Answers are drawn as form-js holds them (numbers, ISO dates, option values). It never says which of them are right.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, cast

from engine.forms.components import (
    CheckBox,
    Choice,
    DateInput,
    FilePicker,
    Form,
    Input,
    Level,
    NumberInput,
    Rows,
    TextInput,
)
from engine.forms.definition import read_form
from engine.forms.sight import dig, merge, put

SHIPPED = Path(__file__).resolve().parents[2] / "diagrams" / "obras" / "alvara-construcao"
GENERATED = 40
FILES = "files::"
_DATES = {
    "date": ["2026-11-23", "2030-01-31", "2020-02-29", "1500-01-01", "2026-02-30", "ontem"],
    "time": ["14:30", "00:00", "23:59", "25:00", "14:60", "14:30Z", "meio-dia"],
    "datetime": [
        "2026-11-23T14:30", "2030-01-31T08:00", "2020-02-29T23:59", "2026-11-23T14:30Z", "1500-01-01T10:00",
        "2026-11-23", "2026-13-01T10:00",
    ],
}  # fmt: skip
FOREIGN_PATTERNS = [
    r"\Aa", r"a\Z", r"\N{EN DASH}", "a{,3}$", "a++", "a{2}+", "[]a]", "[^]a]", "(?i)a", "(?P<n>a)", "(?>a)", "(?#x)a"
]  # fmt: skip
WORDS = [
    "sim", "12", " 12 ", "   ", "ação", "88010-000", "ABC1D23", "ab", "a\x07", "ana@cidade.example", "ana@cidade",
    " ana@cidade.example", "ana", "+554833445566", "(48) 3344-5566", "529.982.247-25", "529.982.247-24", "😀😀😀",
    "ã" * 3,
    "x" * 250, "y" * 1200, "linha um\nlinha dois", "01.01.011.0081.001", "1",
]  # fmt: skip
_NUMBERS = [0, 1, -1, 2.5, 0.25, 1.005, 12, 100, 1000.5, 1620.75, 25000, "abc"]
PATTERNS = [
    r"^\d+$", r"^\d{5}-?\d{3}$", "^[A-Z]{3}[0-9][A-Z0-9][0-9]{2}$", "sim", r"^\w{2,6}$", "[^a-z]", r"^\S+$", r"\bana\b",
    "(?:sim|ana)$", "^(?!ana)", r"^[\w.+-]+@\w+\.\w+$", "ç[ãa]o", "a{2}|b{1,2}",
]  # fmt: skip


@dataclass(slots=True)
class Submission:
    """One form with one set of answers. `context` is what the case holds already; `files` the drawn file values."""

    name: str
    schema: dict[str, Any]
    form: Form
    context: dict[str, Any]
    answers: dict[str, Any] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)

    @property
    def data(self) -> dict[str, object]:
        return merge(self.context, self.answers)

    @property
    def inputs(self) -> list[tuple[str, Input]]:
        """Every input with its dotted path, once for each row: "faltas.2.item"."""
        return list(_paths(self.form.level, "", self.answers))

    def at(self, path: str) -> object:
        """Return the answer at a dotted path."""
        found: Any = self.answers
        for part in path.split("."):
            found = found[int(part)] if isinstance(found, list) else found[part]
        return found

    def in_blank_row(self, path: str) -> bool:
        """Say whether the path leads into a row in which nothing was answered."""
        parts = path.split(".")
        rows = (".".join(parts[: index + 1]) for index, part in enumerate(parts) if part.isdigit())
        return any(_is_blank(self.at(row)) for row in rows)


def _paths(level: Level, prefix: str, answers: Mapping[str, Any]) -> Iterator[tuple[str, Input]]:
    for slot in level.slots:
        if isinstance(slot.component, Rows):
            for index, row in enumerate(cast("list[dict[str, Any]]", dig(answers, slot.path))):
                yield from _paths(slot.component.level, f"{prefix}{slot.name}.{index}.", row)
        elif isinstance(slot.component, Input):
            yield prefix + slot.name, slot.component


def _is_blank(value: object) -> bool:
    if isinstance(value, dict):
        return all(map(_is_blank, value.values()))
    return value is None or value is False or value == [] or (isinstance(value, str) and not value.strip())


def submissions(seed: int, count: int) -> list[Submission]:
    """Return `count` submissions, in turn of each shipped form and of each generated one.

    Each form and each submission has a draw of its own: a change of one shipped form leaves the others as they are.
    """
    schemas = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(SHIPPED.glob("*.form.json"))}
    schemas |= {f"generated {index}": _drawing(Random(f"{seed} {index}")) for index in range(GENERATED)}
    forms = [(name, schema, read_form(schema)) for name, schema in schemas.items()]
    turns = (divmod(index, len(forms)) for index in range(count))
    return [_submission(*forms[place], Random(f"{seed} {forms[place][0]} {turn}")) for turn, place in turns]


def _submission(name: str, schema: dict[str, Any], form: Form, draw: Random) -> Submission:
    made = Submission(name, schema, form, _context(draw))
    made.answers = _Answers(draw, made.files).level(form.level, made.context)
    return made


def _context(draw: Random) -> dict[str, Any]:
    """Return what conditions of shipped and generated forms look at beside the form's own answers."""
    flip = (True, False)
    return {
        "modo": draw.choice((1, 2)), "limite": draw.choice((2, 3, 50)), "lista": ["a", "b", 3],
        "rodada": draw.choice((1, 2)), "cadastro": {"embargos": draw.choice(flip)}, "e_proprietario": draw.choice(flip),
        "exige_ppci": draw.choice(flip), "exige_eiv": draw.choice(flip), "exige_la": draw.choice(flip),
        "arvores_suprimir": draw.choice((0, 4)), "tipo_obra": draw.choice(("nova", "demolicao")),
        "pago_total": draw.choice((10, 30)), "total": 20,
        "relogios": {"prazo_legal": {"suspensoes": draw.choice((0, 1))}},
    }  # fmt: skip


@dataclass(slots=True)
class _Answers:
    draw: Random
    files: list[str]

    def level(self, level: Level, context: dict[str, Any]) -> dict[str, Any]:
        """Return an answer, null included, for every input of a scope; what nobody may change goes to `context` too."""
        answers: dict[str, Any] = {}
        for slot in level.slots:
            if isinstance(slot.component, Rows):
                put(answers, slot.path, self._rows(slot.component, slot.path, context))
            elif isinstance(slot.component, Input):
                value = self._value(slot.component)
                put(answers, slot.path, value)
                if slot.component.readonly or slot.component.disabled:
                    put(context, slot.path, value)
        return answers

    def _rows(self, rows: Rows, path: tuple[str, ...], context: dict[str, Any]) -> list[dict[str, Any]]:
        stored: list[dict[str, Any]] = [{} for _ in range(self.draw.choice((1, 1, 2, 3)))]
        answered = [
            self.level(rows.level, row) if self.draw.random() > 0.15 else _unanswered(rows.level) for row in stored
        ]
        if not rows.open:
            put(context, path, stored)
        return answered

    def _value(self, component: Input) -> Any:
        if component.readonly:
            return None if self.draw.random() < 0.4 or not isinstance(component, TextInput) else "sim"
        if self.draw.random() < 0.25:
            return [] if isinstance(component, Choice) and component.several else None
        return _KINDS[type(component)](self, component)

    def text(self, component: TextInput) -> str:
        if component.validator == "email" and self.draw.random() < 0.7:
            return self.draw.choice([word for word in WORDS if "@" in word])
        lengths = [
            one + by
            for one in (component.min_length, component.max_length)
            if isinstance(one, int)
            for by in (-1, 0, 1)
        ]
        if lengths and self.draw.random() < 0.5:
            return self.draw.choice(("b", "b", "b", "é", "😀")) * max(1, self.draw.choice(lengths))
        return self.draw.choice(WORDS)

    def number(self, component: NumberInput) -> object:
        edges = [one for one in (component.minimum, component.maximum, component.increment) if one is not None]
        fixed = [float(one) for one in edges if not hasattr(one, "evaluate")]
        if fixed and self.draw.random() < 0.5:
            return self.draw.choice(fixed) + self.draw.choice((-1, -0.01, 0, 0, 0.01, 1))
        return self.draw.choice(_NUMBERS)

    def day(self, component: DateInput) -> str:
        return self.draw.choice(_DATES[component.subtype])

    def tick(self, _component: CheckBox) -> bool:
        return self.draw.random() < 0.6

    def choice(self, component: Choice) -> object:
        values = [option.value for option in component.options or ()] or ["a", "b", 3, "a", "cobrar"]
        values = [*values, *values, *values, "nenhuma destas"]
        return self.draw.choices(values, k=self.draw.choice((1, 2))) if component.several else self.draw.choice(values)

    def chosen_file(self, _component: FilePicker) -> str:
        self.files.append(f"{FILES}{len(self.files)}")
        return self.files[-1]


def _unanswered(level: Level) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for slot in level.slots:
        put(answers, slot.path, None)
    return answers


_KINDS: Mapping[type, Callable[..., Any]] = {
    TextInput: _Answers.text,
    NumberInput: _Answers.number,
    DateInput: _Answers.day,
    CheckBox: _Answers.tick,
    Choice: _Answers.choice,
    FilePicker: _Answers.chosen_file,
}

_OPTIONS = [{"label": "Opção A", "value": "a"}, {"label": "Opção B", "value": "b"}, {"label": "Opção 3", "value": 3}]
_CONDITIONS = {
    "checkbox": ("={key} = true", "=if {key} = true then false else true"),
    "number": ("={key} > 10", "={key} != null and {key} > 10"),
    "textfield": ('={key} = "sim"', "={key} = null", '=starts with({key}, "a")'),
    "select": ('={key} = "a"', "={key} = null", '=list contains(["a", "b"], {key})'),
    "datetime": ('={key} = "2026-11-23"',),
}


def _drawing(draw: Random) -> dict[str, Any]:
    """Return a form of each kind that people answer, with random rules, some inside a group, some in rows of a list."""
    kinds = [*_RULES, *draw.choices(list(_RULES), k=4)]
    draw.shuffle(kinds)
    fields = [_field(kind, f"c{index}", draw) for index, kind in enumerate(kinds)]
    _hide_some(fields, draw)
    rows = {
        "type": "dynamiclist", "id": "linhas", "path": "linhas", "label": "Linhas", "isRepeating": True,
        "allowAddRemove": draw.random() < 0.5, "defaultRepetitions": 1,
        "components": [_field(kind, f"r{index}", draw) for index, kind in enumerate(draw.sample(list(_RULES), k=3))],
    }  # fmt: skip
    _open_to_all(rows)
    group = {"type": "group", "id": "grupo", "path": "grupo", "label": "Grupo", "components": fields[-3:]}
    if draw.random() < 0.3:
        group["conditional"] = {"hide": "=modo = 2"}
    return {"type": "default", "id": "sorteado", "schemaVersion": 19, "components": [*fields[:-3], group, rows]}


def _open_to_all(rows: dict[str, Any]) -> None:
    for one in rows["components"] if rows["allowAddRemove"] else ():
        one.pop("readonly", None)  # refused at publication: a row that comes and goes has nothing stored


def _hide_some(fields: list[dict[str, Any]], draw: Random) -> None:
    """Let what stands in the form hang on what comes before it; the last three go into a group, by another path."""
    for index, one in enumerate(fields):
        before = [each for each in fields[: min(index, len(fields) - 3)] if each["type"] in _CONDITIONS]
        if before and draw.random() < 0.3:
            seen = draw.choice(before)
            one["conditional"] = {"hide": draw.choice(_CONDITIONS[seen["type"]]).format(key=seen["key"])}


def _field(kind: str, key: str, draw: Random) -> dict[str, Any]:
    made: dict[str, Any] = {"type": kind, "id": f"campo_{key}", "key": key, "label": f"Rótulo de {key}"}
    made["validate"] = {"required": True} if draw.random() < 0.4 else {}
    _RULES[kind](made, draw)
    if draw.random() < 0.05:
        made["readonly"] = True
    if draw.random() < 0.05:
        made["disabled"] = True
    return made


def _text_rules(made: dict[str, Any], draw: Random) -> None:
    rule = draw.randrange(6)
    if rule == 0:
        made["validate"]["pattern"] = draw.choice(PATTERNS)
    elif rule == 1:
        made["validate"]["validationType"] = draw.choice(("email", "email", "phone"))
    elif rule == 2:
        made["properties"] = {"validador": draw.choice(("cpf", "cep", "inscricao"))}
    elif rule > 3:
        _lengths(made, draw)


def _lengths(made: dict[str, Any], draw: Random) -> None:
    if draw.random() < 0.7:
        made["validate"]["minLength"] = draw.choice((2, 3, "=limite"))
    if draw.random() < 0.7:
        made["validate"]["maxLength"] = draw.choice((5, 20, 1500, "=limite + 1"))


def _number_rules(made: dict[str, Any], draw: Random) -> None:
    if draw.random() < 0.5:
        made["validate"]["min"] = draw.choice((0, 1, 2.5, "=limite"))
    if draw.random() < 0.5:
        made["validate"]["max"] = draw.choice((10, 100, 1000.5, "=limite * 10"))
    if draw.random() < 0.5:
        made["decimalDigits"] = draw.choice((0, 1, 2))
    if draw.random() < 0.3:
        made["increment"] = draw.choice((0.25, 2, "0.5"))


def _date_rules(made: dict[str, Any], draw: Random) -> None:
    made["subtype"] = draw.choice(("date", "date", "time", "datetime"))
    if made["subtype"] != "time" and draw.random() < 0.5:
        made["disallowPassedDates"] = True


def _choice_rules(made: dict[str, Any], draw: Random) -> None:
    source = draw.randrange(4)
    if source == 0:
        made["valuesKey"] = "lista"
    elif source == 1:
        made["valuesExpression"] = "=lista"
    else:
        made["values"] = _OPTIONS


def _file_rules(made: dict[str, Any], draw: Random) -> None:
    made["accept"] = draw.choice((".pdf", ".pdf,.jpg", ".dwg"))


def _no_rules(_made: dict[str, Any], _draw: Random) -> None:
    """A tick has no rule beyond being required."""


_RULES: Mapping[str, Callable[[dict[str, Any], Random], None]] = {
    "textfield": _text_rules,
    "textarea": _lengths,
    "number": _number_rules,
    "datetime": _date_rules,
    "checkbox": _no_rules,
    "radio": _choice_rules,
    "select": _choice_rules,
    "checklist": _choice_rules,
    "taglist": _choice_rules,
    "filepicker": _file_rules,
}

"""Where our check of a form differs from form-js' on purpose: one table, each line with its reason.

How each side writes one and the same answer (decimal comma, day first) is no difference: `form_writing` has that.

Each line explains as little as it can: it names what was answered, or the fault that we find and form-js does not.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.forms.components import FilePicker, Input, TextInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of one submission. `theirs` and `ours` say hidden, valid or invalid; `faults` are our codes.

    `answer` is what was drawn, `held` what form-js made of it. `condition` is what the field's own condition gives on
    our side; `sees_otherwise` says that it looks at an answer that one side holds in another way, or not at all.
    """

    form: str
    path: str
    component: Input
    answer: Any
    held: Any
    theirs: str
    ours: str
    faults: frozenset[str]
    condition: object
    sees_otherwise: bool
    in_blank_row: bool

    def __str__(self) -> str:
        kind, condition = self.component.kind, self.component.hide.source if self.component.hide else "-"
        said = (
            f"form-js {self.theirs}, we {self.ours} {sorted(self.faults)}; answer {self.answer!r}, held {self.held!r}"
        )
        return f"{self.form} {self.path} ({kind}): {said}; hidden when {condition} (here {self.condition})"

    @property
    def text(self) -> str:
        return self.answer if isinstance(self.answer, str) else ""

    def refused_by_us_for(self, *codes: str) -> bool:
        return (self.theirs, self.ours) == ("valid", "invalid") and self.faults <= {*codes}

    def refused_by_them(self) -> bool:
        return (self.theirs, self.ours) == ("invalid", "valid")


@dataclass(frozen=True, slots=True)
class Difference:
    reason: str
    explains: Callable[[Field], bool]


def _own_kind(field: Field) -> bool:
    return field.refused_by_us_for("cpf", "cnpj", "cpf-cnpj", "cep", "inscricao", "phone")


def _phone(field: Field) -> bool:
    return isinstance(field.component, TextInput) and field.component.validator == "fone" and field.refused_by_them()


def _blank(field: Field) -> bool:
    spaces = bool(field.text) and not field.text.strip()
    return spaces and (field.refused_by_us_for("required") or field.refused_by_them())


def _padded(field: Field) -> bool:
    return field.text != field.text.strip() and (field.refused_by_them() or field.refused_by_us_for("pattern"))


def _long_characters(field: Field) -> bool:
    units, characters = len(field.text.encode("utf-16-le")) // 2, len(unicodedata.normalize("NFC", field.text))
    return units > characters and (field.refused_by_them() or field.refused_by_us_for("too-short"))


def _dropped(field: Field) -> bool:
    lost = field.held != field.answer
    return lost and field.refused_by_us_for("not-an-option", "not-a-number", "not-a-date", "not-a-time")


def _files(field: Field) -> bool:
    forgotten = field.component.hide is not None and field.held is None and field.refused_by_them()
    return isinstance(field.component, FilePicker) and (forgotten or field.refused_by_us_for("file-extension"))


def _null_condition(field: Field) -> bool:
    return field.theirs == "hidden" and field.component.hide is not None and field.condition is None


DIFFERENCES: Mapping[str, Difference] = {
    "own kinds": Difference("form-js knows no CPF, CNPJ, CEP, property registration nor Brazilian phone.", _own_kind),
    "phone": Difference("form-js asks for an international number; here people write the area code first.", _phone),
    "e-mail": Difference(
        "form-js takes an address without a point after the @; no message would reach it.",
        lambda field: field.refused_by_us_for("email"),
    ),
    "blank": Difference("Spaces alone are no answer: they do not satisfy `required`, nor break a length.", _blank),
    "padded": Difference("We trim before we look; form-js tries patterns and addresses with the spaces.", _padded),
    "long characters": Difference(
        "We count characters; form-js counts UTF-16 units, two for an emoji.", _long_characters
    ),
    "control characters": Difference(
        "What no keyboard types would end up in documents.", lambda field: field.refused_by_us_for("bad-characters")
    ),
    "bounded text": Difference(
        "We bound what the drawing leaves open: text without a maximum, text that a pattern is tried on.",
        lambda field: field.refused_by_us_for("too-long") and len(field.text) > 200,
    ),
    "dropped": Difference(
        "form-js drops or rewrites what is no option, number or date before it looks; we say that it is wrong.",
        _dropped,
    ),
    "past days": Difference(
        "form-js only leaves past days out of its calendar; a server cannot trust that.",
        lambda field: field.refused_by_us_for("past-date"),
    ),
    "other centuries": Difference(
        "A year before 1800 or after 2200 is a slip of the hand.",
        lambda field: field.refused_by_us_for("not-a-date") and field.text.startswith("1500-"),
    ),
    "files": Difference(
        "form-js only filters the dialog, and forgets a file whose field hides for a moment; we compare what was sent.",
        _files,
    ),
    "readonly": Difference(
        "form-js asks for a required answer where it lets nobody give one; we keep what is stored.",
        lambda field: field.component.readonly is True and field.refused_by_them(),
    ),
    "blank rows": Difference(
        "Our page offers a blank row for the next entry and lets it go; form-js asks for its required answers.",
        lambda field: field.in_blank_row and field.refused_by_them(),
    ),
    "null conditions": Difference(
        "form-js hides when a condition is null (as a unary test, null equals the absent input); we only when it is "
        "true, so that nothing required goes unasked. Written with if-then-else, as ours are, it is never null.",
        _null_condition,
    ),
    "other sight": Difference(
        "For a condition, what cannot be read is no answer, nor is empty text; text is trimmed, times have seconds. "
        "form-js compares with what was typed.",
        lambda field: "hidden" in (field.theirs, field.ours) and field.sees_otherwise,
    ),
}


def explained(field: Field) -> list[str]:
    """Return the lines of the table that explain why the two sides differ here."""
    return [name for name, difference in DIFFERENCES.items() if difference.explains(field)]

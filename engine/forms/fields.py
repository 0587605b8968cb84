"""The marshmallow field of each kind of input: what one answer must be to be kept. Computed limits come later.

Errors are codes with facts, never sentences. It never sees another answer, nor the case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Context, Decimal
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, missing

from engine.forms.components import (
    CheckBox,
    Choice,
    DateInput,
    FilePicker,
    Input,
    NumberInput,
    Option,
    TextInput,
)
from engine.forms.patterns import TEXT_LIMIT
from engine.forms.scalars import (
    Fault,
    clean,
    read_cep,
    read_cnpj,
    read_cpf,
    read_cpf_or_cnpj,
    read_date,
    read_datetime,
    read_email,
    read_inscricao,
    read_number,
    read_phone,
    read_time,
    scalar_text,
)

Rule = Callable[[Any], None]

LINE_LIMIT = 1_000  # characters of a text field whose drawing sets no greater maximum
TEXT_AREA_LIMIT = 20_000  # the same of a text area, and of a text field whose maximum is an expression
FILE_LIMIT = 30
_LIST_LIMIT = 2_000
_EXACT = Context(prec=80)  # wide enough for any number we keep, at any number of places
_SHA256 = re.compile(r"[0-9a-f]{64}")

# What the content of a file with this extension is sniffed as. An extension that is not here is not compared.
MIMES: Mapping[str, frozenset[str]] = {
    ".pdf": frozenset({"application/pdf"}),
    ".jpg": frozenset({"image/jpeg", "image/jpg", "image/pjpeg"}),
    ".jpeg": frozenset({"image/jpeg", "image/jpg", "image/pjpeg"}),
    ".png": frozenset({"image/png"}),
    ".dwg": frozenset({"image/vnd.dwg", "image/x-dwg", "application/acad", "application/x-dwg", "application/dwg"}),
}


class Answer(fields.Field[Any]):
    """A field whose absence, null and blank text are one thing: no answer, kept as `nothing`."""

    lack: ClassVar[str] = "required"

    def __init__(self, *, rules: Sequence[Rule] = (), required: bool = False, attribute: str | None = None) -> None:
        super().__init__(required=required, attribute=attribute, data_key=attribute)
        self.rules = tuple(rules)

    def deserialize(self, value: Any, *_place: Any, **_context: Any) -> Any:
        """Return the value to keep. Raises: ValidationError whose only message is the fault."""
        try:
            return self._checked(value)
        except Fault as fault:
            raise ValidationError([fault.as_error()]) from fault

    def _checked(self, value: Any) -> Any:
        blank = value is missing or value is None or (isinstance(value, str) and not value.strip())
        kept = self.nothing() if blank else self.read(value)
        if kept is None or kept is False or kept == []:
            if self.required:
                raise Fault(self.lack)
            return kept
        for rule in self.rules:
            rule(kept)
        return kept

    def nothing(self) -> Any:
        """Return what is kept when there is no answer."""
        return None

    def read(self, value: Any) -> Any:
        """Return what is kept of an answer that is there. Raises: Fault."""
        raise NotImplementedError


class Words(Answer):
    """Text, trimmed; `reader` makes it canonical (CPF, CEP, date...) and refuses what is not one."""

    def __init__(
        self,
        *,
        reader: Callable[[str], str] | None = None,
        multiline: bool = False,
        limit: int = LINE_LIMIT,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self.reader = reader
        self.multiline = multiline
        self.limit = limit

    def read(self, value: Any) -> str | None:
        if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= 80:
            value = str(value)
        if not isinstance(value, str):
            raise Fault("not-text")
        if len(value) > 4 * self.limit:  # before any work on it
            raise Fault("too-long", max=self.limit)
        text = clean(value, multiline=self.multiline)
        if len(text) > self.limit:
            raise Fault("too-long", max=self.limit)
        return self.reader(text) if self.reader and text else text or None


class Cpf(Words):
    def __init__(self, **common: Any) -> None:
        super().__init__(reader=read_cpf, **common)


class Cnpj(Words):
    def __init__(self, **common: Any) -> None:
        super().__init__(reader=read_cnpj, **common)


class CpfOrCnpj(Words):
    def __init__(self, **common: Any) -> None:
        super().__init__(reader=read_cpf_or_cnpj, **common)


class Cep(Words):
    def __init__(self, **common: Any) -> None:
        super().__init__(reader=read_cep, **common)


class Inscricao(Words):
    def __init__(self, **common: Any) -> None:
        super().__init__(reader=read_inscricao, **common)


class Phone(Words):
    def __init__(self, **common: Any) -> None:
        super().__init__(reader=read_phone, **common)


class Email(Words):
    def __init__(self, **common: Any) -> None:
        super().__init__(reader=read_email, **common)


class Day(Words):
    def __init__(self, **common: Any) -> None:
        super().__init__(reader=read_date, **common)


class TimeOfDay(Words):
    def __init__(self, **common: Any) -> None:
        super().__init__(reader=read_time, **common)


class Moment(Words):
    def __init__(self, **common: Any) -> None:
        super().__init__(reader=read_datetime, **common)


class Number(Answer):
    """A Decimal, or an int when there are no decimal places and none are allowed. What may be typed: `read_number`."""

    def __init__(self, *, digits: int | None = None, **common: Any) -> None:
        super().__init__(**common)
        self.digits = digits

    def read(self, value: Any) -> Decimal | int:
        number = read_number(value)
        return int(number) if self.digits == 0 and number == number.to_integral_value() else number


class Tick(Answer):
    lack = "accept-needed"
    _TRUE = frozenset({"true", "on", "1", "sim"})
    _FALSE = frozenset({"false", "off", "0", "nao", "não"})

    def nothing(self) -> bool:
        return False

    def read(self, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        text = value.strip().lower() if isinstance(value, str) else None
        if text in self._TRUE:
            return True
        if text in self._FALSE:
            return False
        raise Fault("not-yes-or-no")


class OneOf(Answer):
    """One option's value as drawing or data hold it: "10" posted by a page is 10 if the option is a number."""

    def __init__(self, *, options: Sequence[Option] | None = None, **common: Any) -> None:
        super().__init__(**common)
        self.by_text = None if options is None else by_text(options)

    def read(self, value: Any) -> Any:
        text = option_text(value)
        return text if self.by_text is None else pick(self.by_text, text)


class ManyOf(OneOf):
    lack = "choose-one"

    def nothing(self) -> list[Any]:
        return []

    def read(self, value: Any) -> list[Any]:
        given = value if isinstance(value, list) else [value]
        if len(given) > _LIST_LIMIT:
            raise Fault("not-an-option")
        once = dict.fromkeys(option_text(one) for one in given)
        return [text if self.by_text is None else pick(self.by_text, text) for text in once if text]


class Files(Answer):
    """References to files that the server has stored and sniffed: {sha256, name, size, mime}; more is dropped."""

    lack = "file-needed"

    def nothing(self) -> list[Any]:
        return []

    def read(self, value: Any) -> list[dict[str, object]]:
        given = value if isinstance(value, list) else [value]
        if len(given) > FILE_LIMIT:
            raise Fault("too-many-files", max=FILE_LIMIT)
        return [_reference(one) for one in given]


def _reference(value: object) -> dict[str, object]:
    if not isinstance(value, Mapping):
        raise Fault("file-reference")
    sha256, name, size, mime = (value.get(part) for part in ("sha256", "name", "size", "mime"))
    whole = isinstance(sha256, str) and isinstance(name, str) and isinstance(mime, str) and isinstance(size, int)
    if not whole or isinstance(size, bool) or not _SHA256.fullmatch(str(sha256)):
        raise Fault("file-reference")
    return {"sha256": sha256, "name": clean(str(name))[:255], "size": size, "mime": clean(str(mime))[:255]}


def option_text(value: object) -> str:
    """Return the text by which an option travels through a page. Raises: Fault not-an-option."""
    if isinstance(value, int) and value.bit_length() > 80:
        raise Fault("not-an-option")
    if not isinstance(value, str | int | float | Decimal):
        raise Fault("not-an-option")
    return clean(value) if isinstance(value, str) else scalar_text(value)


def by_text(options: Sequence[Option]) -> dict[str, object]:
    return {scalar_text(option.value).strip(): option.value for option in options}


def pick(options: Mapping[str, object], text: str) -> object:
    """Return the value of the option that `text` names. Raises: Fault not-an-option."""
    if text not in options:
        raise Fault("not-an-option")
    return options[text]


def length_rule(fewest: int | None, most: int | None) -> Rule:
    def rule(text: str) -> None:
        if fewest is not None and len(text) < fewest:
            raise Fault("too-short", min=fewest)
        if most is not None and len(text) > most:
            raise Fault("too-long", max=most)

    return rule


def range_rule(minimum: Decimal | None, maximum: Decimal | None) -> Rule:
    def rule(number: Decimal | int) -> None:
        if minimum is not None and number < minimum:
            raise Fault("below-min", min=minimum)
        if maximum is not None and number > maximum:
            raise Fault("above-max", max=maximum)

    return rule


def digits_rule(digits: int) -> Rule:
    """A rule and no part of reading: conditions see 10,01 even where one decimal place is allowed."""
    unit = Decimal(1).scaleb(-digits)

    def rule(number: Decimal | int) -> None:
        if number != Decimal(number).quantize(unit, context=_EXACT):
            raise Fault("too-many-digits", max=digits)

    return rule


def step_rule(increment: Decimal) -> Rule:
    def rule(number: Decimal | int) -> None:
        if _EXACT.remainder(Decimal(number), increment):
            raise Fault("not-a-step", step=increment)

    return rule


def pattern_rule(pattern: re.Pattern[str], message: str) -> Rule:
    """The pattern must be found in the text; `message` is what the analyst wrote for people, passed as a fact."""

    def rule(text: str) -> None:
        if len(text) > TEXT_LIMIT:
            raise Fault("too-long", max=TEXT_LIMIT)
        if not pattern.search(text):
            raise Fault("pattern", message=message) if message else Fault("pattern")

    return rule


def accept_rule(accept: Sequence[str], *, multiple: bool) -> Rule:
    """Count, extension by the field's list, and the sniffed type by the extension."""

    def rule(references: Sequence[Mapping[str, Any]]) -> None:
        if len(references) > 1 and not multiple:
            raise Fault("too-many-files", max=1)
        for reference in references:
            _accept(str(reference["name"]), str(reference["mime"]), accept)

    return rule


def _accept(name: str, mime: str, accept: Sequence[str]) -> None:
    extension = "." + name.rpartition(".")[2].lower() if "." in name else ""
    kinds = [pattern.removesuffix("*") for pattern in accept if "/" in pattern]
    by_kind = any(mime.startswith(kind) for kind in kinds)
    if accept and extension not in accept and not by_kind:
        raise Fault("file-extension", name=name, accept=", ".join(accept))
    if mime not in MIMES.get(extension, {mime}):
        raise Fault("file-content", name=name, mime=mime)


_VALIDATED: Mapping[str, type[Words]] = {
    "cpf": Cpf,
    "cnpj": Cnpj,
    "cpf_cnpj": CpfOrCnpj,
    "cep": Cep,
    "inscricao": Inscricao,
    "fone": Phone,
    "email": Email,
}
_DATES: Mapping[str, type[Words]] = {"date": Day, "time": TimeOfDay, "datetime": Moment}


def field_for(component: Input, name: str | None = None, *, strict: bool = True) -> Answer:
    """Return the field of an input, kept under the dotted `name`. Limits that are expressions are left to the caller.

    Not `strict`: only what the type asks, for reading values that conditions will look at.
    """
    rules = _rules(component) if strict else ()
    common: dict[str, Any] = {"required": strict and component.required, "attribute": name, "rules": rules}
    match component:
        case TextInput(validator="", multiline=multiline):
            field: Answer = Words(multiline=multiline, limit=_text_limit(component), **common)
        case TextInput(validator=validator):
            field = _VALIDATED[validator](**common)
        case NumberInput(digits=digits):
            field = Number(digits=digits, **common)
        case DateInput(subtype=subtype):
            field = _DATES[subtype](**common)
        case CheckBox():
            field = Tick(**common)
        case Choice(several=several, options=options):
            field = (ManyOf if several else OneOf)(options=options, **common)
        case _:
            assert isinstance(component, FilePicker)
            field = Files(**common)
    return field


def _rules(component: Input) -> list[Rule]:
    match component:
        case TextInput(validator=validator):
            rules = [length_rule(_fixed(component.min_length), _fixed(component.max_length))]
            if (
                component.pattern and not validator
            ):  # a validator keeps the bare number: the drawn punctuation is for the eye
                rules.append(pattern_rule(component.pattern, component.pattern_message))
            return rules if not validator else []
        case NumberInput(digits=digits, increment=increment):
            rules = [] if digits is None else [digits_rule(digits)]
            rules.append(range_rule(_fixed(component.minimum), _fixed(component.maximum)))
            return [*rules, step_rule(increment)] if increment else rules
        case FilePicker(accept=tuple() as accept, multiple=bool() as multiple):
            return [accept_rule(accept, multiple=multiple)]
    return []


def _fixed(limit: Any) -> Any:
    return limit if isinstance(limit, int | Decimal) else None


def _text_limit(component: TextInput) -> int:
    """Return how many characters are read at all: a drawing may allow more than we do by ourselves, its rule holds."""
    drawn = component.max_length
    if isinstance(drawn, int):
        return max(drawn, TEXT_AREA_LIMIT if component.multiline else LINE_LIMIT)
    return TEXT_AREA_LIMIT if drawn is not None or component.multiline else LINE_LIMIT

"""Read the pieces of one form-js component: its key, label, limits, options and our own `properties`.

Each function reports what is wrong to `Findings` and goes on with something harmless, so that all is found at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.errors import ExpressionRefused
from engine.feel import Expression, compile_expression
from engine.forms.components import (
    Block,
    CheckBox,
    Choice,
    DateInput,
    FilePicker,
    Input,
    NumberInput,
    Option,
    Path,
    Text,
    TextInput,
)
from engine.forms.patterns import PatternRefused, compile_pattern
from engine.forms.wording import TemplateRefused, read_blocks, read_text

Json = Mapping[str, object]

ROW_LIMIT = 100
VALIDATORS = frozenset({"cpf", "cnpj", "cpf_cnpj", "cep", "inscricao", "fone"})
SECRECIES = frozenset({"publico", "restrito", "sigiloso"})
# Words of FEEL, names that form-js gives to the rows of a list, and what the page's own buttons and tokens are called.
_FEEL_WORDS = "if then else for in return some every satisfies and or not between true false null function instance of"
RESERVED = frozenset({*_FEEL_WORDS.split(), "this", "parent", "i", "partial", "csrf_token"})
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_NAME_LIMIT = 80
_OPTION_LIMIT = 2000
_COLUMNS = 16  # form-js lays a row out in sixteen columns
_WIDTHS = {"inteira": 16, "metade": 8, "terco": 5, "quarto": 4}


@dataclass(slots=True)
class Findings:
    found: list[dict[str, object]] = field(default_factory=list)

    def add(self, element: str, code: str, **facts: object) -> None:
        self.found.append({"element": element, "code": code, **facts})


def element(raw: Json) -> str:
    """Return the name a person finds the component by: its id, else its key or path, else its type."""
    for name in ("id", "key", "path", "type"):
        value = raw.get(name)
        if isinstance(value, str) and value:
            return value[:200]
    return "form"


def properties(raw: Json) -> dict[str, str]:
    given = raw.get("properties")
    return {str(name): str(value) for name, value in given.items()} if isinstance(given, Mapping) else {}


def common(raw: Json, findings: Findings) -> dict[str, Any]:
    """Return the keyword arguments that every `Component` takes."""
    layout = raw.get("layout")
    return {
        "id": element(raw),
        "kind": str(raw.get("type")),
        "label": text(raw, "label", findings),
        "description": text(raw, "description", findings),
        "hide": _hide(raw, findings),
        "width": _width(raw, findings),
        "row": str(layout.get("row") or "") if isinstance(layout, Mapping) else "",
    }


def path(raw: Json, name: str, findings: Findings) -> Path:
    """Return a dotted key in parts. Each part must be a plain name that FEEL, Python and HTML read alike."""
    value = raw.get(name)
    if not isinstance(value, str) or not value:
        findings.add(element(raw), "key-missing", name=name)
        return ()
    keys = tuple(value.split("."))
    for key in keys:
        if not _NAME.fullmatch(key) or len(key) > _NAME_LIMIT:
            findings.add(element(raw), "key-not-a-name", key=value[:_NAME_LIMIT])
        elif key in RESERVED:
            findings.add(element(raw), "key-reserved", key=value)
    return keys


def text(raw: Json, name: str, findings: Findings) -> Text:
    value = raw.get(name)
    if not isinstance(value, str):
        return Text()
    try:
        return read_text(value)
    except ExpressionRefused as error:
        _bad_expression(raw, name, error, findings)
    except TemplateRefused as error:
        findings.add(element(raw), "template-block", name=name, block=str(error)[:_NAME_LIMIT])
    return Text()


def blocks(raw: Json, findings: Findings) -> tuple[Block, ...]:
    value = raw.get("text")
    try:
        return read_blocks(value if isinstance(value, str) else "")
    except ExpressionRefused as error:
        _bad_expression(raw, "text", error, findings)
    except TemplateRefused as error:
        findings.add(element(raw), "template-block", name="text", block=str(error)[:_NAME_LIMIT])
    return ()


def expression(raw: Json, name: str, findings: Findings, value: object = None) -> Expression | None:
    """Return the compiled expression under `name` (or `value`, found elsewhere); None when there is none."""
    source = raw.get(name) if value is None else value
    if not isinstance(source, str) or not source.strip():
        return None
    try:
        return compile_expression(source.strip().removeprefix("="))
    except ExpressionRefused as error:
        _bad_expression(raw, name, error, findings)
    return None


def source(raw: Json, findings: Findings) -> Expression | str | None:
    value = raw.get("source") or raw.get("dataSource")
    if isinstance(value, str) and value.lstrip().startswith("="):
        return expression(raw, "source", findings, value)
    return value if isinstance(value, str) else None


def columns(raw: Json) -> tuple[Option, ...]:
    given = raw.get("columns")
    drawn = given if isinstance(given, list) else []
    return tuple(Option(str(c.get("label") or ""), str(c.get("key") or "")) for c in drawn if isinstance(c, Mapping))


def _hide(raw: Json, findings: Findings) -> Expression | None:
    conditional = raw.get("conditional")
    return (
        expression(raw, "hide", findings, conditional.get("hide") or "") if isinstance(conditional, Mapping) else None
    )


def _width(raw: Json, findings: Findings) -> int:
    wanted = properties(raw).get("largura", "")
    layout = raw.get("layout")
    if not wanted:
        drawn = layout.get("columns") if isinstance(layout, Mapping) else None
        return drawn if isinstance(drawn, int) and 0 < drawn <= _COLUMNS else 0
    width = _WIDTHS.get(wanted) or (int(wanted) if re.fullmatch(r"[0-9]{1,2}", wanted) else 0)
    if not 0 < width <= _COLUMNS:
        findings.add(element(raw), "property-unknown", property="largura", value=wanted[:_NAME_LIMIT])
    return width


def _bad_expression(raw: Json, name: str, error: ExpressionRefused, findings: Findings) -> None:
    findings.add(element(raw), "bad-expression", name=name, **{k: v for k, v in error.facts.items() if k != "name"})


def _validate(raw: Json) -> Json:
    given = raw.get("validate")
    return given if isinstance(given, Mapping) else {}


def _flag(raw: Json, name: str, findings: Findings) -> bool | Expression:
    value = raw.get(name)
    if isinstance(value, str) and value.lstrip().startswith("="):
        return expression(raw, name, findings) or False
    return value is True


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 30 else None


def _limit(raw: Json, name: str, findings: Findings) -> Decimal | Expression | None:
    value = _validate(raw).get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.lstrip().startswith("="):
        return expression(raw, name, findings, value)
    number = _number(value)
    if number is None:
        findings.add(element(raw), "limit-not-a-number", name=name, value=str(value)[:_NAME_LIMIT])
    return number


def _length(raw: Json, name: str, findings: Findings) -> int | Expression | None:
    limit = _limit(raw, name, findings)
    return int(limit) if isinstance(limit, Decimal) else limit


def _choice_of(raw: Json, name: str, allowed: frozenset[str], findings: Findings) -> str:
    value = properties(raw).get(name, "")
    if value and value not in allowed:
        findings.add(element(raw), "property-unknown", property=name, value=value[:_NAME_LIMIT])
    return value


def _input(raw: Json, findings: Findings) -> dict[str, Any]:
    arguments = common(raw, findings)
    if not arguments["label"]:
        findings.add(arguments["id"], "label-missing")
    looks = raw.get("appearance")
    appearance: Json = looks if isinstance(looks, Mapping) else {}
    return arguments | {
        "key": path(raw, "key", findings),
        "required": _validate(raw).get("required") is True,
        "disabled": _flag(raw, "disabled", findings),
        "readonly": _flag(raw, "readonly", findings),
        "default": raw.get("defaultValue"),
        "purpose": properties(raw).get("finalidade", ""),
        "prefix": text(appearance, "prefixAdorner", findings),
        "suffix": text(appearance, "suffixAdorner", findings),
    }


def _text_input(raw: Json, findings: Findings) -> Input:
    rules = _validate(raw)
    kind = {"email": "email", "phone": "fone"}.get(str(rules.get("validationType")), "")
    return TextInput(
        **_input(raw, findings),
        multiline=raw.get("type") == "textarea",
        min_length=_length(raw, "minLength", findings),
        max_length=_length(raw, "maxLength", findings),
        pattern=_pattern(raw, findings),
        pattern_message=str(rules.get("patternErrorMessage") or "")[:300],
        validator=_choice_of(raw, "validador", VALIDATORS, findings) or kind,
        mask=properties(raw).get("mascara", ""),
    )


def _pattern(raw: Json, findings: Findings) -> re.Pattern[str] | None:
    drawn = _validate(raw).get("pattern")
    if not isinstance(drawn, str) or not drawn:
        return None
    try:
        return compile_pattern(drawn)
    except PatternRefused as error:
        findings.add(element(raw), "bad-pattern", reason=str(error), pattern=drawn[:_NAME_LIMIT])
    return None


def _number_input(raw: Json, findings: Findings) -> Input:
    digits = raw.get("decimalDigits")
    increment = _number(raw.get("increment"))
    return NumberInput(
        **_input(raw, findings),
        minimum=_limit(raw, "min", findings),
        maximum=_limit(raw, "max", findings),
        digits=digits if isinstance(digits, int) and 0 <= digits <= 12 else None,
        increment=increment if increment is not None and increment > 0 else None,
        mask=properties(raw).get("mascara", ""),
    )


def _date_input(raw: Json, findings: Findings) -> Input:
    subtype = raw.get("subtype", "date")
    if subtype not in ("date", "time", "datetime"):
        findings.add(element(raw), "subtype-unknown", subtype=str(subtype)[:_NAME_LIMIT])
        subtype = "date"
    label = raw.get("label") or raw.get("timeLabel" if subtype == "time" else "dateLabel")
    no_past = raw.get("disallowPassedDates") is True and subtype != "time"
    return DateInput(**_input({**raw, "label": label}, findings), subtype=str(subtype), no_past=no_past)


def _choice(raw: Json, findings: Findings) -> Input:
    options = _options(raw, findings) if isinstance(raw.get("values"), list) else None
    chosen = raw.get("valuesExpression")
    computed = None if options is not None else expression(raw, "valuesExpression", findings, chosen or "")
    keyed = options is None and computed is None and bool(raw.get("valuesKey"))
    if options is None and not chosen and not keyed:
        findings.add(element(raw), "options-missing")
    return Choice(
        **_input(raw, findings),
        several=raw.get("type") in ("checklist", "taglist"),
        options=options,
        options_at=path(raw, "valuesKey", findings) if keyed else (),
        options_from=computed,
    )


def _options(raw: Json, findings: Findings) -> tuple[Option, ...]:
    drawn = raw["values"]
    assert isinstance(drawn, list)
    options = [option for value in drawn[:_OPTION_LIMIT] if (option := read_option(value)) is not None]
    values = [str(option.value) for option in options]
    if not options or len(options) != len(drawn):
        findings.add(element(raw), "options-missing")
    if len(set(values)) != len(values):
        findings.add(element(raw), "options-duplicated")
    return tuple(options)


def read_option(value: object) -> Option | None:
    """Return the option that a drawing or the data hold: a scalar, or {label, value}; None for anything else."""
    if isinstance(value, Mapping):
        held = value.get("value")
        label = value.get("label")
        if not _scalar(held):
            return None
        return Option(str(held if label in (None, "") else label), held)
    return Option(str(value), value) if _scalar(value) else None


def _scalar(value: object) -> bool:
    return isinstance(value, str | int | float | Decimal) and value != ""


def _file_picker(raw: Json, findings: Findings) -> Input:
    accept = raw.get("accept")
    drawn = accept if isinstance(accept, str) else ""
    computed = expression(raw, "accept", findings) if drawn.lstrip().startswith("=") else None
    return FilePicker(
        **_input(raw, findings),
        accept=computed or read_accept(drawn),
        multiple=_flag(raw, "multiple", findings),
        document_type=properties(raw).get("tipo_documento", ""),
        secrecy=_choice_of(raw, "sigilo", SECRECIES, findings) or "restrito",
    )


def read_accept(value: str) -> tuple[str, ...]:
    """Return the extensions and mime patterns of an `accept` list, lower case, dots put in where they lack."""
    pieces = [piece.strip().lower() for piece in value.split(",") if piece.strip()]
    return tuple(piece if piece.startswith(".") or "/" in piece else f".{piece}" for piece in pieces)


def _check_box(raw: Json, findings: Findings) -> Input:
    return CheckBox(**_input(raw, findings))


INPUTS: Mapping[str, Callable[[Json, Findings], Input]] = {
    "textfield": _text_input,
    "textarea": _text_input,
    "number": _number_input,
    "datetime": _date_input,
    "checkbox": _check_box,
    "radio": _choice,
    "select": _choice,
    "checklist": _choice,
    "taglist": _choice,
    "filepicker": _file_picker,
}

"""The small forms of the administration: what was typed, as values; what did not hold, as sentences by the field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Final

from flask import request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from engine.errors import BadInput

SENTENCES: Final[Mapping[str, LazyString]] = {
    "required": _("Preencha este campo."),
    "not-a-date": _("Informe uma data que exista."),
    "not-a-time": _("Informe a hora, por exemplo 14:30."),
    "not-a-number": _("Escolha uma das opções."),
    "pattern": _("Use letras minúsculas sem acento, números, ponto, hífen ou sublinhado, começando por letra."),
    "taken": _("Já existe um com este nome."),
    "overlaps": _("Já há um período que se sobrepõe a este."),
    "before-since": _("O fim não pode ser antes do início."),
    "out-of-range": _("O período é longo demais, ou termina antes de começar."),
    "self": _("Não pode ser a própria pessoa."),
    "cycle": _("Um órgão não pode estar abaixo de si mesmo."),
    "unknown": _("Escolha uma das opções da lista."),
    "length": _("Informe um nome de até 120 letras."),
    "too-short": _("A senha precisa de ao menos dez caracteres."),
    "too-long": _("O texto é longo demais."),
    "unreadable": _("Informe o nome do servidor, por exemplo api.exemplo.gov.br."),
    "not-a-name": _("Informe o nome completo do servidor; números, curingas e localhost não servem."),
    "only-origin": _("Informe só o servidor, sem caminho nem parâmetros."),
}


def text(name: str) -> str:
    """Return what was typed, without spaces around it."""
    return request.form.get(name, "").strip()


def needed(name: str, longest: int = 200) -> str:
    """Return what was typed. Raises: BadInput when it is blank or longer than the column that keeps it."""
    typed = text(name)
    if not typed:
        raise BadInput(errors={name: ["required"]})
    if len(typed) > longest:
        raise BadInput(errors={name: ["too-long"]})
    return typed


def day(name: str) -> date:
    """Return a date. Raises: BadInput."""
    found = day_or_none(name)
    if found is None:
        raise BadInput(errors={name: ["required"]})
    return found


def day_or_none(name: str) -> date | None:
    """Return a date, None when nothing was typed. Raises: BadInput."""
    try:
        return date.fromisoformat(text(name)) if text(name) else None
    except ValueError:
        raise BadInput(errors={name: ["not-a-date"]}) from None


def hour_or_none(name: str) -> time | None:
    """Return a time of day, None when nothing was typed. Raises: BadInput."""
    try:
        return time.fromisoformat(text(name)) if text(name) else None
    except ValueError:
        raise BadInput(errors={name: ["not-a-time"]}) from None


def number_or_none(name: str) -> int | None:
    """Return the id that was chosen, None when nothing was. Raises: BadInput."""
    typed = text(name)
    if typed and not (typed.isascii() and typed.isdigit() and len(typed) < 10):
        raise BadInput(errors={name: ["not-a-number"]})
    return int(typed) if typed else None


def number(name: str) -> int:
    """Return the id that was chosen. Raises: BadInput."""
    found = number_or_none(name)
    if found is None:
        raise BadInput(errors={name: ["required"]})
    return found


def faults(bad: BadInput) -> dict[str, str]:
    """Return {field: sentence} of what did not hold."""
    errors = bad.facts.get("errors")
    assert isinstance(errors, Mapping)
    return {name: " ".join(str(SENTENCES[code]) for code in codes) for name, codes in errors.items()}

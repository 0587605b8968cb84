"""What was wrong with a form that was sent, and what was typed into it, laid out to be shown again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from engine.forms.view import Shown
from web.forms import Wrong, sentences, summary


@dataclass(frozen=True)
class Faults:
    """Errors laid beside the fields of a page: `errors` by field path, `wrong` for the summary on top."""

    errors: Mapping[str, Sequence[str]]
    wrong: Sequence[Wrong]


NO_FAULTS = Faults({}, [])


def faults(
    shown: Sequence[Shown],
    found: Mapping[str, Sequence[object]],
    refused: Mapping[str, Sequence[str]] | None = None,
) -> Faults:
    """Return `AnswersRefused.facts["errors"]`, and what was refused of files, as the page shows them."""
    # the reason for which a file was refused says more than that one is missing
    said: dict[str, Sequence[str]] = {**sentences(found), **(refused or {})}
    return Faults(said, summary(shown, said))


def spoken(shown: Sequence[Shown]) -> list[tuple[str, str]]:
    """Return what was typed as (label, words), for a page on which it can only be read."""
    pairs: list[tuple[str, str]] = []
    for one in shown:
        pairs += spoken(one.children)
        for row in one.rows:
            pairs += spoken(row)
        said = "" if one.rows else _words(one)
        if one.name and one.label and said:
            pairs.append((one.label, said))
    return pairs


def _words(one: Shown) -> str:
    if one.kind == "checkbox":
        return str(_("Sim")) if one.checked else ""
    if one.options:
        return ", ".join(option.label for option in one.options if option.chosen)
    if one.files:
        return ", ".join(str(each.get("name")) for each in one.files)
    return " ".join(filter(None, (one.prefix, said, one.suffix))) if (said := one.said or one.value) else ""

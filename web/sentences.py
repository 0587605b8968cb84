"""What templates call `_`, `gettext` and `ngettext`: a sentence of ours in the language of the request.

The same sentences come on every page, so each is looked up and made safe once per language and process. What is filled
into one is escaped each time. It must never keep a sentence with something filled into it but a number.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from flask import Flask, g
from flask_babel import get_translations
from markupsafe import Markup

_KEPT: Final = 4096  # more than the pages say, in two languages


def register(app: Flask) -> None:
    """Give templates these instead of the library's, which look for the request's language anew at every word."""
    app.jinja_env.globals |= {"_": said, "gettext": said, "ngettext": counted}


def catalogue() -> Any:
    """Return the catalogue of this request's language, the same object at every request that speaks it."""
    found = g.get("catalogue")
    if found is None:
        found = g.catalogue = get_translations()
    return found


def said(sentence: str, /, **values: Any) -> Markup:
    """Return a sentence, with `values` (escaped) in their places: %(name)s; a percent sign is written %%."""
    spoken = catalogue()
    return _pattern(spoken, sentence) % values if values else _whole(spoken, sentence)


def counted(one: str, many: str, number: int, /, **values: Any) -> Markup:
    """Return the sentence that goes with `number`, which is also %(num)d."""
    spoken = catalogue()
    if values:
        return Markup(spoken.ungettext(one, many, number)) % {"num": number, **values}  # noqa: S704  ours
    return _whole_of(spoken, one, many, number)


@lru_cache(maxsize=_KEPT)
def _pattern(spoken: Any, sentence: str) -> Markup:
    return Markup(spoken.ugettext(sentence))  # noqa: S704  a sentence of ours, from a template or the catalogue


@lru_cache(maxsize=_KEPT)
def _whole(spoken: Any, sentence: str) -> Markup:
    return _pattern(spoken, sentence) % {}


@lru_cache(maxsize=_KEPT)
def _whole_of(spoken: Any, one: str, many: str, number: int) -> Markup:
    return Markup(spoken.ungettext(one, many, number)) % {"num": number}  # noqa: S704  ours

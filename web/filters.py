"""How figures and moments read on a page: dates in the city's zone, money, sizes, initials. It computes no deadline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from flask import Flask, current_app
from flask_babel import format_date, get_locale, gettext, ngettext
from markupsafe import Markup, escape

from engine.desk.deadline import Deadline
from web.failures import cause, known_facts
from web.request import now
from web.sentences import catalogue
from web.standing import carried

_SIZES = ("bytes", "kB", "MB", "GB")
_DAYS = 2048  # days, and ways in which deadlines stand, whose words are kept


def register(app: Flask) -> None:
    """Give templates these filters by name."""
    app.jinja_env.filters |= {
        "when": moment_text, "day": day_text, "money": money, "span": span, "size": size, "figure": figure,
        "initials": initials, "doc_number": document_number, "due_words": due_words, "carried": carried,
        "cause": cause, "known_facts": known_facts,
    }  # fmt: skip


def moment_text(moment: datetime) -> str:
    """Return a moment as people say it: "hoje, 9:12", "ontem, 16:40", "14 nov, 16:40", "3 mar 2025, 8:05"."""
    zone = ZoneInfo(current_app.config["BABEL_DEFAULT_TIMEZONE"])
    local = moment.astimezone(zone)
    return f"{_relative(local.date(), now().astimezone(zone).date())}, {local.hour}:{local:%M}"


def day_text(day: date | datetime | None) -> str:
    """Return a day: "14 nov", with its year when that is another."""
    return days()(day)


def days() -> Callable[[date | datetime | None], str]:
    """Return what says days as `day_text` does: a long list finds zone, today and language once."""
    zone = ZoneInfo(current_app.config["BABEL_DEFAULT_TIMEZONE"])
    year, language = now().astimezone(zone).year, catalogue()

    def say(day: date | datetime | None) -> str:
        if day is None:
            return ""
        on = day.astimezone(zone).date() if isinstance(day, datetime) else day
        return _day(language, on, on.year == year)

    return say


def _relative(day: date, today: date) -> str:
    if day == today:
        return str(gettext("hoje"))
    if day == today - timedelta(days=1):
        return str(gettext("ontem"))
    return _short(day, today)


def _short(day: date, today: date) -> str:
    return _day(catalogue(), day, day.year == today.year)


@lru_cache(maxsize=_DAYS)
def _day(_language: object, day: date, of_this_year: bool) -> str:  # noqa: FBT001  a cache's key is quickest without names
    """Return a day in the language of this request, of which the first argument is the catalogue."""
    return str(format_date(day, "d MMM" if of_this_year else "d MMM y")).replace(".", "").replace(" de ", " ")


def due_words(deadline: Deadline, long: bool = False) -> Markup:  # noqa: FBT001, FBT002  a filter's arguments
    """Return how a deadline stands: "6 d.u.", "hoje", "venceu há 2 d.u."; `long` writes "dias úteis" out."""
    return _due_words(catalogue(), deadline.state, deadline.days_left, long)


@lru_cache(maxsize=_DAYS)
def _due_words(_language: object, state: str, days_left: int, long: bool) -> Markup:  # noqa: FBT001  as above
    if state in ("paused", "done"):
        return escape(gettext("suspenso") if state == "paused" else gettext("cumprido"))
    if not days_left:
        return escape(gettext("venceu hoje") if state == "late" else gettext("hoje"))
    count = abs(days_left)
    whole, short = ngettext("dia útil", "dias úteis", count), ngettext("d.u.", "d.u.", count)
    unit = escape(whole) if long else Markup('<abbr title="{}">{}</abbr>').format(whole, short)
    if state == "late":
        return Markup("{} {} {}").format(gettext("venceu há"), count, unit)
    return Markup("{} {}").format(days_left, unit)


def money(cents: object) -> str:
    """Return whole cents (int) or a value in reais (Decimal) as "R$ 1.620,50"."""
    value = Decimal(cents) / 100 if isinstance(cents, int) else Decimal(str(cents))
    return "R$ " + _marked(f"{value:,.2f}")


def figure(value: object) -> str:
    """Return a number with a decimal comma and points between thousands; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return str(value)
    return _marked(f"{value:,}")


def span(length: timedelta) -> str:
    """Return a length of time roughly: "3 dias", "5 horas", "12 minutos"."""
    minutes = max(0, int(length.total_seconds() // 60))
    if minutes >= 2880:
        return str(ngettext("%(num)d dia", "%(num)d dias", minutes // 1440))
    if minutes >= 120:
        return str(ngettext("%(num)d hora", "%(num)d horas", minutes // 60))
    return str(ngettext("%(num)d minuto", "%(num)d minutos", minutes))


def size(count: int) -> str:
    """Return a number of bytes as people read it: "1,2 MB"."""
    value, unit = float(count), 0
    while value >= 1000 and unit < len(_SIZES) - 1:
        value, unit = value / 1000, unit + 1
    figure = _marked(f"{value:.1f}") if unit and value < 10 else f"{value:.0f}"
    return f"{figure} {_SIZES[unit]}"


def _marked(number: str) -> str:
    """Return a number written as 1,620.50 with the marks of the page's language: a decimal comma but in English."""
    locale = get_locale()
    if locale is not None and locale.language == "en":
        return number
    return number.replace(",", "\0").replace(".", ",").replace("\0", ".")


def initials(name: str) -> str:
    """Return the first letters of the first and last name."""
    words = [word for word in name.split() if word[:1].isalpha()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def document_number(number: str) -> str:
    """Return a CPF or CNPJ with its points; anything else as it is."""
    if len(number) == 11:
        return f"{number[:3]}.{number[3:6]}.{number[6:9]}-{number[9:]}"
    if len(number) == 14:
        return f"{number[:2]}.{number[2:5]}.{number[5:8]}/{number[8:12]}-{number[12:]}"
    return number

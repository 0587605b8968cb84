"""How figures and moments read on a page: dates in the city's zone, money, sizes, initials. It computes no deadline."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import Flask, current_app
from flask_babel import format_date, get_locale, gettext, ngettext

from web.request import now

_SIZES = ("bytes", "kB", "MB", "GB")


def register(app: Flask) -> None:
    """Give templates these filters by name."""
    app.jinja_env.filters |= {
        "when": moment_text, "day": day_text, "money": money, "span": span, "size": size, "figure": figure,
        "initials": initials, "doc_number": document_number,
    }  # fmt: skip


def moment_text(moment: datetime) -> str:
    """Return a moment as people say it: "hoje, 9:12", "ontem, 16:40", "14 nov, 16:40", "3 mar 2025, 8:05"."""
    zone = ZoneInfo(current_app.config["BABEL_DEFAULT_TIMEZONE"])
    local = moment.astimezone(zone)
    return f"{_relative(local.date(), now().astimezone(zone).date())}, {local.hour}:{local:%M}"


def day_text(day: date | datetime | None) -> str:
    """Return a day: "14 nov", with its year when that is another."""
    if day is None:
        return ""
    zone = ZoneInfo(current_app.config["BABEL_DEFAULT_TIMEZONE"])
    on = day.astimezone(zone).date() if isinstance(day, datetime) else day
    return _short(on, now().astimezone(zone).date())


def _relative(day: date, today: date) -> str:
    if day == today:
        return str(gettext("hoje"))
    if day == today - timedelta(days=1):
        return str(gettext("ontem"))
    return _short(day, today)


def _short(day: date, today: date) -> str:
    return str(format_date(day, "d MMM" if day.year == today.year else "d MMM y")).replace(".", "").replace(" de ", " ")


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

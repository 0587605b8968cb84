"""Regular expressions that an analyst may put in a form: compiled only when their worst case on a short text is small.

It never runs a pattern: it weighs how many ways a backtracking matcher could try, before anyone types anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TEXT_LIMIT = 200  # characters of a text that a pattern is ever tried on
_PATTERN_LIMIT = 500
_COST_LIMIT = TEXT_LIMIT**3  # about a tenth of a second at worst

_TOKEN = re.compile(
    r"(?P<escape>\\.)|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<open>\((?:\?(?:[:=!]|<[=!]|P?<\w+>))?)|(?P<close>\))|(?P<bar>\|)"
    r"|(?P<repeat>(?:[*+?]|\{[0-9]*,?[0-9]*\})[?+]?)|(?P<other>.)",
    re.DOTALL,
)
_PYTHON_ESCAPES = re.compile(r"\\[AZNUa]")  # plain letters in a browser
_COUNTS = re.compile(r"\{([0-9]*)(,?)([0-9]*)\}")


class PatternRefused(ValueError):
    """A pattern does not compile, is too long, or could take too long: `args[0]` says syntax, length or cost."""


@dataclass(slots=True)
class _Weight:
    """Ways to match what was read of one group so far; `atom` is the weight of its last piece."""

    done: int = 1
    atom: int = 1
    branches: int = 1

    def take(self, atom: int) -> None:
        self.done *= self.atom
        self.atom = atom

    def total(self) -> int:
        return self.done * self.atom * self.branches


def compile_pattern(source: str) -> re.Pattern[str]:
    r"""Return the pattern compiled with `\d`, `\w` meaning ASCII, as browsers do.

    Raises: PatternRefused. A repetition over something that itself can match in several ways is refused ("cost"); what
    browsers cannot read, or read in another way, is too ("syntax"): the form's editor would promise something else.
    """
    if len(source) > _PATTERN_LIMIT:
        raise PatternRefused("length")
    try:
        compiled = re.compile(source, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternRefused("syntax") from error
    if any(_is_foreign(token, source) for token in _TOKEN.finditer(source)):
        raise PatternRefused("syntax")
    starts = 1 if source.startswith("^") else TEXT_LIMIT
    if starts * _weigh(source) > _COST_LIMIT:
        raise PatternRefused("cost")
    return compiled


def _is_foreign(token: re.Match[str], source: str) -> bool:
    """Say whether a piece means something to Python only."""
    text = token.group()
    match token.lastgroup:
        case "escape":
            return _PYTHON_ESCAPES.match(text) is not None
        case "set":
            return text.startswith(("[]", "[^]"))  # there, a set that is empty or holds everything
        case "open":
            return text.startswith("(?P") or (text == "(" and source.startswith("?", token.end()))  # (?i), (?#, (?>
        case "repeat":
            return text.startswith("{,") or (len(text) > 1 and text.endswith("+"))  # there, plain signs; an error
    return False


def _weigh(source: str) -> int:
    groups = [_Weight()]
    for token in _TOKEN.finditer(source):
        match token.lastgroup:
            case "open":
                groups.append(_Weight())
            case "close" if len(groups) > 1:
                closed = groups.pop()
                groups[-1].take(closed.total())
            case "bar":
                groups[-1].branches += 1
            case "repeat":
                groups[-1].atom = _repeated(groups[-1].atom, token.group())
            case _:
                groups[-1].take(1)
    return groups[0].total()


def _repeated(atom: int, repeat: str) -> int:
    fewest, most = _bounds(repeat)
    if most > 1 and atom > 1:
        raise PatternRefused("cost")
    return atom * (most - fewest + 1)


def _bounds(repeat: str) -> tuple[int, int]:
    if counts := _COUNTS.match(repeat):
        low, comma, high = counts.groups()
        if not low and not high:
            return 1, 1  # braces that are plain characters
        fewest = int(low or 0)
        return fewest, max(fewest, int(high) if high else TEXT_LIMIT if comma else fewest)
    return (0 if repeat[0] in "*?" else 1), (1 if repeat[0] == "?" else TEXT_LIMIT)

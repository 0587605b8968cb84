"""JUEL, the expressions of Camunda 7, Flowable and Activiti, into FEEL, where FEEL has a counterpart.

What has none is refused with the part that has none: calls of a city's own beans, `execution`, assignments. It
translates, it never evaluates. Where JUEL would take a missing value for false or zero, FEEL says null, and a gateway
that is given null stops with an incident instead of choosing a way.
Source: Jakarta Expression Language 3.0, chapter 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine import feel
from engine.errors import ExpressionRefused
from engine.feel.lexer import KEYWORDS

_OPENS = re.compile(r"[$#]\{")
_TOKEN = re.compile(
    r"""(?P<skip>\s+)
  | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)
  | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<name>[^\W\d][\w$]*)
  | (?P<sign>&&|\|\||==|!=|<=|>=|->|[-+*/%<>=!?:()\[\].,;{}])
  | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_WORDS = {"and": "&&", "or": "||", "not": "!", "eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">="}
_WORDS |= {"div": "/", "mod": "%"}
_LITERALS = frozenset({"true", "false", "null"})
_NOT_DATA = frozenset({"execution", "task", "caseExecution", "delegateTask", "instanceof"})
_BINARY = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6}
_FEEL_SIGN = {"||": "or", "&&": "and", "==": "="}
_TIGHT, _LOOSE, _UNARY = 9, 0, 7
_DEEPEST = 60


@dataclass(frozen=True)
class _Said:
    """A piece of FEEL and how tightly it binds; `source` is the JUEL that it stands for."""

    text: str
    binds: int

    def within(self, binds: int) -> str:
        return self.text if self.binds >= binds else f"({self.text})"


def is_juel(source: str) -> bool:
    """Whether a text holds `${…}` or `#{…}` outside what FEEL would read as a text."""
    if not _OPENS.search(source):
        return False
    try:
        feel.compile_expression(source)
    except ExpressionRefused:
        return True
    return False


def translate(source: str) -> str:
    """Return the FEEL of a JUEL template: one expression, or text with expressions in it.

    Raises: ExpressionRefused with reason `juel`, the source, and `found`, the part that FEEL has no counterpart for.
    """
    parts = _parts(source.strip())
    try:
        if len(parts) == 1 and parts[0][0]:
            said = _Translation(parts[0][1]).whole()
        else:
            texts = [f"string({_Translation(part).whole()})" if dynamic else _quoted(part) for dynamic, part in parts]
            said = " + ".join(texts)
        feel.compile_expression(said)
    except ExpressionRefused as refused:
        raise _refused(source, str(refused.facts.get("found") or source)) from refused
    return said


def _refused(source: str, part: str) -> ExpressionRefused:
    return ExpressionRefused(reason="juel", source=source[:500], found=part[:200])


def _parts(source: str) -> list[tuple[bool, str]]:
    """Part a template into (is an expression, its text). Raises: ExpressionRefused when one is not closed."""
    parts, at = [], 0
    while (opens := _OPENS.search(source, at)) is not None:
        if opens.start() > at:
            parts.append((False, source[at : opens.start()]))
        end = _closing(source, opens.end())
        parts.append((True, source[opens.end() : end]))
        at = end + 1
    if at < len(source):
        parts.append((False, source[at:]))
    return parts


def _closing(source: str, start: int) -> int:
    for match in _TOKEN.finditer(source, start):
        if match["sign"] == "}":
            return match.start()
    raise _refused(source, source[start - 2 :])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


class _Translation:
    """One expression on its way: a Pratt parser that gives FEEL instead of a tree."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._tokens = [match for match in _TOKEN.finditer(source) if match.lastgroup != "skip"]
        self._at = 0
        self._depth = 0

    def whole(self) -> str:
        said = self._expression(_LOOSE)
        if self._at < len(self._tokens):
            raise self._stop()
        return said.text

    # -- tokens ---------------------------------------------------------------------------------------------------

    def _sign(self) -> str:
        """Return the sign that stands next, words of operators as signs; empty at the end or before anything else."""
        if self._at == len(self._tokens):
            return ""
        match = self._tokens[self._at]
        if match.lastgroup == "name":
            return _WORDS.get(match[0], "")
        return match[0] if match.lastgroup == "sign" else ""

    def _take(self, sign: str) -> bool:
        if self._sign() != sign:
            return False
        self._at += 1
        return True

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise self._stop()

    def _next(self) -> re.Match[str]:
        if self._at == len(self._tokens):
            raise self._stop()
        self._at += 1
        return self._tokens[self._at - 1]

    def _stop(self, part: str | None = None) -> ExpressionRefused:
        rest = self._source[self._tokens[self._at].start() :] if self._at < len(self._tokens) else self._source
        return _refused(self._source, (rest if part is None else part).strip())

    # -- expressions ----------------------------------------------------------------------------------------------

    def _expression(self, least: int) -> _Said:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._stop()
        left = self._unary()
        while _BINARY.get(self._sign(), -1) > least:
            sign = self._sign()
            self._at += 1
            left = _joined(sign, left, self._expression(_BINARY[sign]))
        if least == _LOOSE and self._take("?"):
            left = self._choice(left)
        self._depth -= 1
        return left

    def _choice(self, condition: _Said) -> _Said:
        held = self._expression(_LOOSE)
        self._expect(":")
        other = self._expression(_LOOSE)
        return _Said(f"if {condition.text} then {held.text} else {other.text}", _LOOSE)

    def _unary(self) -> _Said:
        if self._take("!"):
            return _Said(f"not({self._operand().text})", _TIGHT)
        if self._take("-"):
            return _Said(f"-{self._operand().within(_TIGHT)}", _UNARY)
        if self._at < len(self._tokens) and self._tokens[self._at][0] == "empty":
            self._at += 1
            return _empty(self._operand())
        return self._postfix(self._primary())

    def _operand(self) -> _Said:
        return self._expression(_UNARY - 1)

    def _primary(self) -> _Said:
        if self._take("("):
            inner = self._expression(_LOOSE)
            self._expect(")")
            return _Said(f"({inner.text})", _TIGHT)
        match = self._next()
        if match.lastgroup == "number":
            return _Said(_number(match[0]), _TIGHT)
        if match.lastgroup == "text":
            return _Said(_quoted(re.sub(r"\\(.)", r"\1", match[0][1:-1])), _TIGHT)
        if match.lastgroup == "name" and match[0] not in _WORDS:
            return self._name(match[0])
        self._at -= 1
        raise self._stop()

    def _name(self, name: str) -> _Said:
        if name in _LITERALS:
            return _Said(name, _TIGHT)
        if name in _NOT_DATA or name in KEYWORDS or "$" in name or self._sign() == "(":
            raise self._stop(self._called(name))
        return _Said(name, _TIGHT)

    def _called(self, name: str) -> str:
        """Return a name with what is asked of it, for the person who reads the refusal."""
        rest = self._source[self._tokens[self._at - 1].start() :]
        found = re.match(r"[\w$.]+(\([^()]*\))?", rest)
        return found[0] if found else name

    # -- properties, elements, methods ----------------------------------------------------------------------------

    def _postfix(self, owner: _Said) -> _Said:
        while True:
            if self._take("."):
                owner = self._member(owner)
            elif self._take("["):
                owner = self._element(owner)
            else:
                return owner

    def _member(self, owner: _Said) -> _Said:
        match = self._next()
        name = match[0]
        if match.lastgroup != "name" or "$" in name:
            self._at -= 1
            raise self._stop()
        if not self._take("("):
            return _Said(f"{owner.within(_TIGHT)}.{name}", _TIGHT)
        arguments = self._arguments()
        method = _METHODS.get((name, len(arguments)))
        said = method(owner, arguments) if method is not None else None
        if said is None:
            raise self._stop(f".{name}({', '.join(one.text for one in arguments)})")
        return said

    def _arguments(self) -> list[_Said]:
        arguments: list[_Said] = []
        while not self._take(")"):
            if arguments:
                self._expect(",")
            arguments.append(self._expression(_LOOSE))
        return arguments

    def _element(self, owner: _Said) -> _Said:
        key = self._expression(_LOOSE)
        self._expect("]")
        said = _item(owner, [key])
        if said is None:
            raise self._stop(f"[{key.text}]")
        return said


def _number(text: str) -> str:
    return f"0{text}" if text.startswith(".") else text


def _joined(sign: str, left: _Said, right: _Said) -> _Said:
    binds = _BINARY[sign]
    if sign == "%":
        return _remainder(left, right)
    if binds in {3, 4}:  # FEEL does not chain comparisons
        return _Said(f"{left.within(5)} {_FEEL_SIGN.get(sign, sign)} {right.within(5)}", 3)
    return _Said(f"{left.within(binds)} {_FEEL_SIGN.get(sign, sign)} {right.within(binds + 1)}", binds)


def _remainder(left: _Said, right: _Said) -> _Said:
    """The remainder has the sign of what is divided; FEEL's modulo has that of the divisor."""
    one, by = left.within(_TIGHT), f"abs({right.text})"
    return _Said(f"(if {one} < 0 then -modulo(-{one}, {by}) else modulo({left.text}, {by}))", _TIGHT)


def _empty(value: _Said) -> _Said:
    """`empty`: null, a text without letters, a list or a context without entries. Source: Expression Language §1.10."""
    one = value.within(_TIGHT)
    kinds = f'if {one} instance of string then {one} = "" else if {one} instance of list<Any> then {one} = []'
    return _Said(f"({one} = null or ({kinds} else if {one} instance of context then {one} = {{}} else false))", _TIGHT)


# -- methods of texts, lists and maps ---------------------------------------------------------------------------------


def _item(owner: _Said, arguments: list[_Said]) -> _Said | None:
    """An element by a number from 0, or an entry by its name; by anything else it cannot be told which."""
    key = arguments[0].text
    if key.isdecimal():
        return _Said(f"{owner.within(_TIGHT)}[{int(key) + 1}]", _TIGHT)
    if key.startswith('"'):
        return _Said(f"get value({owner.text}, {key})", _TIGHT)
    return None


def _contains(owner: _Said, arguments: list[_Said]) -> _Said:
    one, sought = owner.within(_TIGHT), arguments[0].text
    is_text = f"{one} instance of string"
    return _Said(f"(if {is_text} then contains({one}, {sought}) else list contains({one}, {sought}))", _TIGHT)


def _substring(owner: _Said, arguments: list[_Said]) -> _Said | None:
    if not all(one.text.isdecimal() for one in arguments):
        return None
    start, *end = (int(one.text) for one in arguments)
    length = f", {end[0] - start}" if end else ""
    return _Said(f"substring({owner.text}, {start + 1}{length})", _TIGHT)


def _matches(owner: _Said, arguments: list[_Said]) -> _Said | None:
    """Java matches the whole text, FEEL any part of it."""
    pattern = arguments[0].text
    return _Said(f'matches({owner.text}, "^(?:{pattern[1:-1]})$")', _TIGHT) if pattern.startswith('"') else None


def _function(name: str) -> Callable[[_Said, list[_Said]], _Said]:
    return lambda owner, arguments: _Said(f"{name}({', '.join(one.text for one in [owner, *arguments])})", _TIGHT)


def _same(owner: _Said, arguments: list[_Said]) -> _Said:
    return _Said(f"({owner.within(5)} = {arguments[0].within(5)})", _TIGHT)


def _same_letters(owner: _Said, arguments: list[_Said]) -> _Said:
    return _Said(f"(lower case({owner.text}) = lower case({arguments[0].text}))", _TIGHT)


def _has_entry(owner: _Said, arguments: list[_Said]) -> _Said:
    return _Said(f"(get value({owner.text}, {arguments[0].text}) != null)", _TIGHT)


_METHODS: Mapping[tuple[str, int], Callable[[_Said, list[_Said]], _Said | None]] = {
    ("contains", 1): _contains,
    ("isEmpty", 0): lambda owner, _: _empty(owner),
    ("size", 0): _function("count"),
    ("length", 0): _function("string length"),
    ("equals", 1): _same,
    ("equalsIgnoreCase", 1): _same_letters,
    ("startsWith", 1): _function("starts with"),
    ("endsWith", 1): _function("ends with"),
    ("toLowerCase", 0): _function("lower case"),
    ("toUpperCase", 0): _function("upper case"),
    ("toString", 0): _function("string"),
    ("trim", 0): _function("trim"),
    ("substring", 1): _substring,
    ("substring", 2): _substring,
    ("matches", 1): _matches,
    ("get", 1): _item,
    ("containsKey", 1): _has_entry,
}

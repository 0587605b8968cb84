"""The rules no linter knows. Each takes what it judges and returns its findings, one line each that names the place.

A rule here reads source and never runs it; an empty list means that the rule holds.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from statistics import quantiles
from typing import TypeGuard

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.calls import calls_of, imported_names, reached
from tests.architecture.source import Module

LONGEST_FUNCTION = 60
NINETIETH_PERCENTILE = 25
LONGEST_FILE = 500

# What acts stand on: it checks nothing and records nothing of its own, so an act may leave neither to it.
_GROUND = tuple(
    f"engine.acts.{name}." for name in ("advance", "buffer", "documents", "drafts", "once", "outbox", "surroundings")
)
_RECORDING = (
    "engine.audit.record",
    "engine.acts.advance.advance",
    "engine.acts.advance.put_back",
    "engine.acts.advance.carrying.carry",
)
# Acts of the clock and of the house itself, at nobody's request: there is no one whose rights could be asked for.
ASKED_BY_NOBODY = {
    "engine.acts.cases.deliver_kept",
    "engine.acts.cases.open_incident",
    "engine.acts.deadlines.put_off",
    "engine.acts.deadlines.settle_next",
    "engine.acts.moving.move_next",
    "engine.acts.moving.set_aside",
    "engine.acts.orders.claim",
    "engine.acts.orders.fail",
    "engine.acts.orders.hand_back",
    "engine.acts.orders.raise_error",
    "engine.acts.orders.renew",
    "engine.acts.procedures.touch",
    "engine.acts.signals.deliver",
}
# A draft is nobody's data before its task is completed, and is written at every pause in typing. Attempts and leases
# are counted on the row of the timer or order itself; its outcome is what the trail shows. The city's revision says
# only that something changed: the act that changed it is recorded. What would become of open cases in another version
# is only read, and one that stays is as it was.
UNRECORDED = {
    "engine.acts.deadlines.put_off",
    "engine.acts.moving.all_verdicts",
    "engine.acts.moving.progress",
    "engine.acts.moving.set_aside",
    "engine.acts.moving.undoable",
    "engine.acts.moving.verdicts",
    "engine.acts.moving.version_of",
    "engine.acts.orders.claim",
    "engine.acts.orders.hand_back",
    "engine.acts.orders.renew",
    "engine.acts.procedures.touch",
    "engine.acts.tasks.discard_draft",
    "engine.acts.tasks.keep_draft",
}
# No acts: they write nothing, and answer a question that the acts around them, or their callers, have to ask.
ANSWERS = {
    "engine.acts.protocol.access_hash",
    "engine.acts.protocol.hold_numbers",
    "engine.acts.protocol.new_case",
    "engine.acts.protocol.new_code",
    "engine.acts.protocol.next_number",
    "engine.acts.cases.source_of",
    "engine.acts.deadlines.next_due",
    "engine.acts.operator.carry_out",
    "engine.acts.operator.done_of",
    "engine.acts.operator.foresee_act",
    "engine.acts.operator.require_reason",
    "engine.acts.operator.seen_ahead",
    "engine.acts.orders.carry_out",
    "engine.acts.orders.count_due",
    "engine.acts.orders.waits_until",
    "engine.acts.procedures.inspect",
    "engine.acts.requesters.plain_number",
    "engine.acts.returns.foresee_return",
    "engine.acts.returns.targets",
    "engine.acts.tasks.check",
    "engine.acts.tasks.require_open",
    "engine.acts.verification.verify",
}

_COMMITS_IN = "engine/store/session.py"
_CLOCKS = {"web/request.py", "engine/clockwork.py", "engine/cli.py"}
_CLOCK_READS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
_VIEW_DECORATORS = {"get", "post", "put", "patch", "delete", "route"}
_METHODS = {"get", "post", "put", "patch", "delete"}
_EMPTY_NAMES = {
    "manager",
    "managers",
    "service",
    "services",
    "helper",
    "helpers",
    "util",
    "utils",
    "impl",
    "misc",
    "common",
}
_EMPTY_CLASS_ENDS = ("Manager", "Service", "Helper", "Helpers", "Util", "Utils", "Impl", "Data", "Info")

# Written with brackets so that this file does not break its own rule.
_HOSTS = re.compile(
    r"pypi[.]org|pythonhosted[.]org|npmjs[.](?:org|com)|yarnpkg[.]com|crates[.]io|deb[.]debian[.]org|snapshot[.]debian[.]org"
    r"|proxy[.]golang[.]org|artifact[o]ry|nexus[/]repository",
    re.IGNORECASE,
)
_MACHINE_PATHS = re.compile(r"(?<![\w.~])/(?:work|root|home|Users)/\w|(?<![\w.])/tmp/[r]ito/")
_PIN = re.compile(r"\s*(?:#.*|[\w.\[\]-]+==[\w.!+-]+(?:\s*;[^@]*)?)?")
_PLACES = re.compile(r"%\(\w+\)[sd]|</?[a-z]+[^>]*>")
_NO_WORDS = re.compile(
    r"{#.*?#}|{%-? block \w+_class -?%}.*?{%|{{.*?}}|{%.*?%}|<(code|kbd|svg|script)\b.*?</\1>"
    r"|<(\w+)[^<>]* lang=[^<>]*>.*?</\2>|\bLei [\d.]+/\d+|\bSHA-256\b",
    re.DOTALL,
)
_READ_ALOUD = re.compile(r"\b(?:title|alt|placeholder|aria-label|data-label)=\"([^\"]*)\"")
_WORD = re.compile(r"[A-ZÀ-Ý][a-zà-ÿ]+|[À-ÿ]")
_EXCEPTION = re.compile(r"#\s*(noqa|type:\s*ignore)(?P<rest>.*)")
_BARE_EXCEPTION = re.compile(r"^(?::\s*[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*|\[[\w,\s-]+\])?\s*$")


def commits_elsewhere(module: Module) -> list[str]:
    """One place commits."""
    if module.path == _COMMITS_IN:
        return []
    return [f"{module.at(call)} commits" for call in _calls(module.tree) if _attribute(call) == "commit"]


def acts_out_of_form(module: Module) -> list[str]:
    """Every act takes `by` first, asks `engine.access`, and leaves a record (`engine.audit`, or through `advance`)."""
    if f"{module.name}.".startswith(_GROUND):
        return []
    names = imported_names(module.tree)
    findings = []
    for act in _public_functions(module):
        full_name = f"{module.name}.{act.name}"
        called = {name for function in reached(module.tree, act) for name in calls_of(function, names)}
        if full_name not in ANSWERS:
            findings += [f"{module.at(act)} {act.name} {lack}" for lack in _lacks(full_name, act, called)]
    return findings


def _lacks(name: str, act: ast.FunctionDef, called: set[str]) -> Iterator[str]:
    """Yield what an act that calls these functions leaves out; one made of other acts leaves it to them."""
    if [each.arg for each in [*act.args.posonlyargs, *act.args.args]][:1] != ["by"]:
        yield "does not take `by` first"
    if any(each.startswith("engine.acts.") and not each.startswith(_GROUND) for each in called):
        return
    if name not in ASKED_BY_NOBODY and not any(each.startswith("engine.access.") for each in called):
        yield "asks nothing of engine.access"
    if name not in UNRECORDED and not any(each.startswith(_RECORDING) for each in called):
        yield "leaves no record in the audit trail"


def views_out_of_form(module: Module) -> list[str]:
    """Every view is exactly one `with act()` or `with look()`."""
    return [
        f"{module.at(view)} {view.name} has {count} of `with act()` and `with look()`"
        for view in _views(module)
        if (count := len(list(_doors(view)))) != 1
    ]


def clock_reads(module: Module) -> list[str]:
    """Only the edges ask the clock."""
    if module.path in _CLOCKS:
        return []
    reads = [(call, _dotted(call.func)) for call in _calls(module.tree)]
    return [
        f"{module.at(call)} reads the clock: {name}"
        for call, name in reads
        if ".".join(name.split(".")[-2:]) in _CLOCK_READS
    ]


def imports_inside_functions(module: Module) -> list[str]:
    """Imports stand at the top of the file."""
    return [
        f"{module.at(node)} imports inside {function.name}"
        for function in module.functions
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def empty_names(module: Module) -> list[str]:
    """No Manager, Service, Helper, Utils: a name says what the thing is."""
    words = {word for part in module.name.split(".") for word in part.split("_")}
    findings = [f"{module.path} is named {word}" for word in sorted(words & _EMPTY_NAMES)]
    classes = [node for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)]
    return findings + [
        f"{module.at(node)} class {node.name}" for node in classes if node.name.endswith(_EMPTY_CLASS_ENDS)
    ]


def too_long(module: Module) -> list[str]:
    """No function over 60 lines, no file over 500."""
    lines = module.text.count("\n")
    findings = [f"{module.path} has {lines} lines"] if lines > LONGEST_FILE else []
    return findings + [
        f"{module.at(function)} {function.name} has {length(function)} lines"
        for function in module.functions
        if length(function) > LONGEST_FUNCTION
    ]


def too_long_together(modules: Iterable[Module]) -> list[str]:
    """Nine functions of ten have at most 25 lines."""
    lengths = [length(function) for module in modules for function in module.functions]
    if len(lengths) < 2:
        return []
    percentile = quantiles(lengths, n=10, method="inclusive")[8]
    return [f"one function of ten has more than {percentile:.0f} lines"] if percentile > NINETIETH_PERCENTILE else []


def exceptions_without_reason(module: Module) -> list[str]:
    """A `noqa` or `type: ignore` names its rule and carries its reason on the same line."""
    lines = enumerate(module.text.splitlines(), start=1)
    found = [(number, _EXCEPTION.search(line)) for number, line in lines]
    return [f"{module.path}:{number} {hit[0]}" for number, hit in found if hit and _BARE_EXCEPTION.match(hit["rest"])]


def codes_without_sentence(codes: Iterable[str], sentences: Mapping[str, object]) -> list[str]:
    """Every error code has a sentence, and every sentence a code."""
    known = set(codes)
    findings = [f"{code} has no sentence in web/messages.py" for code in sorted(known - set(sentences))]
    return findings + [f"{code} has a sentence and is never raised" for code in sorted(set(sentences) - known)]


def unmapped(readme: str, paths: Iterable[str]) -> list[str]:
    """The README's map names every module once, and none that is gone."""
    named = re.findall(r"^\|\s*`((?:engine|web)/[\w/]+\.py)`\s*\|\s*\S", readme, re.MULTILINE)
    there = set(paths)
    findings = [f"the README does not name {path}" for path in sorted(there - set(named))]
    findings += [f"the README names {path}, which is not there" for path in sorted(set(named) - there)]
    return findings + [
        f"the README names {path} twice" for path in sorted({path for path in named if named.count(path) > 1})
    ]


def unexplained_settings(readme: str, settings: str) -> list[str]:
    """The README's table explains every variable that the settings read, and none that they do not."""
    read = set(re.findall(r'"(RITO_[A-Z_]+)"', settings))
    explained = set(re.findall(r"^\| `(RITO_[A-Z_]+)` \|", readme, re.MULTILINE))
    findings = [f"the README does not explain {name}" for name in sorted(read - explained)]
    return findings + [f"the README explains {name}, which nothing reads" for name in sorted(explained - read)]


def unknown_commands(path: str, text: str, commands: Iterable[str]) -> list[str]:
    """A page names only commands that there are."""
    named = set(re.findall(r"(?:`|BIN\)/|\$ )rito ([a-z][\w-]*)", text))
    return [f"{path} names `rito {name}`, which is no command" for name in sorted(named - set(commands))]


def idle_tables(modules: Iterable[Module]) -> list[str]:
    """Every table is written or read by something outside the store, by its class or in SQL."""
    modules = list(modules)
    others = [module for module in modules if not _in_store(module)]
    nodes = [node for module in others for node in ast.walk(module.tree)]
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    used |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    texts = " ".join(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    used |= {name.title().replace("_", "") for name in re.findall(r"(?:INTO|FROM|JOIN|UPDATE) (\w+)", texts)}
    tables = [(module, node) for module in modules if _in_store(module) for node in module.tree.body if _is_table(node)]
    return [f"{module.at(node)} {node.name} is used by nobody" for module, node in tables if node.name not in used]


def pages_without_help(paths: Iterable[str]) -> list[str]:
    """Every page module has its page in the manual."""
    there = set(paths)
    pages = [path for path in there if re.fullmatch(r"web/pages/(?!__init__)\w+\.py", path)]
    manual = {page: page.replace("web/pages/", "web/templates/help/").replace(".py", ".html") for page in pages}
    return [f"{page} has no {manual[page]}" for page in sorted(pages) if manual[page] not in there]


def lost_places(sentence: str | tuple[str, ...], english: str | tuple[str, ...]) -> list[str]:
    """A translation keeps the places for facts and the marks of its sentence; one thing may go uncounted."""
    if isinstance(sentence, str) or isinstance(english, str):
        same = sorted(_PLACES.findall(str(sentence))) == sorted(_PLACES.findall(str(english)))
        return [] if same else [f"{sentence} reads {english}"]
    one, many = english
    unsaid = set(_PLACES.findall(sentence[0])) - set(_PLACES.findall(one))
    findings = [f"{sentence[0]} reads {one}"] if unsaid - {"%(num)d"} else []
    return findings + lost_places(sentence[1], many)


def bare_words(path: str, template: str) -> list[str]:
    """A template says nothing that the catalogue cannot translate: words stand in `_()`."""
    rest = _NO_WORDS.sub(lambda hit: "\n" * hit[0].count("\n") or " ", template)
    aloud = [(hit.start(1), hit[1]) for hit in _READ_ALOUD.finditer(rest)]
    shown = [(hit.start(), hit[0]) for hit in re.finditer(r"[^<>]+(?![^<>]*>)", rest)]
    return [
        f"{path}:{rest.count(chr(10), 0, start + word.start()) + 1} says {text.strip()[:60]}"
        for start, text in [*aloud, *shown]
        if (word := _WORD.search(text))
    ]


def places_of_this_machine(path: str, text: str) -> list[str]:
    """No host of a package registry, no path of somebody's machine."""
    lines = enumerate(text.splitlines(), start=1)
    return [f"{path}:{number}" for number, line in lines if _HOSTS.search(line) or _MACHINE_PATHS.search(line)]


def addresses_in_lock(path: str, text: str) -> list[str]:
    """A lock file pins versions and leaves the place to the installer's own settings."""
    lines = list(enumerate(text.splitlines(), start=1))
    if path.endswith(".json"):
        return [f"{path}:{number}" for number, line in lines if '"resolved"' in line]
    return [f"{path}:{number}" for number, line in lines if not _PIN.fullmatch(line)]


def stale_pins(dependencies: Iterable[str], lock: str) -> list[str]:
    """Every dependency is pinned, at a version that its range admits."""
    pins = dict(re.findall(r"^([\w.-]+)==([^\s;]+)", lock, re.MULTILINE))
    wanted = [Requirement(dependency) for dependency in dependencies]
    versions = [(each, pins.get(canonicalize_name(each.name))) for each in wanted]
    return [
        f"{each} is pinned at {version}" for each, version in versions if not (version and version in each.specifier)
    ]


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert function.end_lineno
    return function.end_lineno - function.lineno + 1


def _in_store(module: Module) -> bool:
    return module.path.startswith("engine/store/")


def _is_table(node: ast.stmt) -> TypeGuard[ast.ClassDef]:
    return isinstance(node, ast.ClassDef) and any(_dotted(base) == "Base" for base in node.bases)


def _public_functions(module: Module) -> Iterator[ast.FunctionDef]:
    for node in module.tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node


def _views(module: Module) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef) and any(_makes_view(decorator) for decorator in node.decorator_list):
            yield node
        if isinstance(node, ast.ClassDef) and any(_dotted(base).endswith("MethodView") for base in node.bases):
            yield from (part for part in node.body if isinstance(part, ast.FunctionDef) and part.name in _METHODS)


def _makes_view(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and _attribute(decorator) in _VIEW_DECORATORS


def _doors(view: ast.FunctionDef) -> Iterator[ast.Call]:
    for node in ast.walk(view):
        for item in node.items if isinstance(node, ast.With) else []:
            opened = item.context_expr
            if isinstance(opened, ast.Call) and _dotted(opened.func).split(".")[-1] in {"act", "look"}:
                yield opened


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _attribute(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _dotted(node: ast.expr) -> str:
    return ast.unparse(node)

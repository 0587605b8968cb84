"""Every rule against an offender and against source that keeps it: one that finds nothing anywhere proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest

from tests.architecture import rules
from tests.architecture.source import Module

Rule = Callable[[Module], list[str]]

_ACT = """
    from engine import access, audit
    from engine.acts.advance import advance

    def complete(by, task_id):
        task = _open(by, task_id)
        {leave}

    def _open(by, task_id):
        {ask}
        return task_id
"""


def _module(text: str, path: str = "engine/acts/sample.py") -> Module:
    return Module(path, dedent(text))


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (rules.commits_elsewhere, "engine/acts/tasks.py", "def f(session):\n    session.commit()\n"),
        (rules.clock_reads, "engine/acts/tasks.py", "from datetime import UTC, datetime\nAT = datetime.now(UTC)\n"),
        (rules.clock_reads, "web/pages/inbox.py", "import datetime\nAT = datetime.datetime.now()\n"),
        (rules.clock_reads, "engine/desk/inbox.py", "from datetime import date\nON = date.today()\n"),
        (rules.imports_inside_functions, "engine/settings.py", "def f():\n    import os\n    return os\n"),
        (rules.empty_names, "engine/case_manager.py", "X = 1\n"),
        (rules.empty_names, "web/utils.py", "X = 1\n"),
        (rules.empty_names, "engine/settings.py", "class SettingsHelper:\n    pass\n"),
        (rules.too_long, "engine/settings.py", "def f():\n" + "    x = 1\n" * 60),
        (rules.too_long, "engine/settings.py", "X = 1\n" * 501),
        (rules.exceptions_without_reason, "engine/settings.py", "x = eval('1')  # no" + "qa: S307\n"),
        (rules.exceptions_without_reason, "engine/settings.py", "x = y  # type: " + "ignore[attr-defined]\n"),
        (rules.exceptions_without_reason, "engine/settings.py", "x = y  # no" + "qa\n"),
    ],
)
def test_an_offender_is_found_at_its_line(rule: Rule, path: str, text: str) -> None:
    findings = rule(_module(text, path))

    assert len(findings) == 1
    assert path in findings[0]


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (rules.commits_elsewhere, "engine/store/session.py", "def f(session):\n    session.commit()\n"),
        (rules.clock_reads, "web/request.py", "from datetime import UTC, datetime\nAT = datetime.now(UTC)\n"),
        (rules.clock_reads, "engine/clockwork.py", "from datetime import UTC, datetime\nAT = datetime.now(UTC)\n"),
        (rules.imports_inside_functions, "engine/settings.py", "import os\n\ndef f():\n    return os\n"),
        (rules.empty_names, "engine/bpmn/notes.py", "class ServiceTask:\n    pass\n"),
        (rules.too_long, "engine/settings.py", "def f():\n" + "    x = 1\n" * 59),
        (rules.exceptions_without_reason, "engine/settings.py", "x = y  # no" + "qa: S307 - the reason\n"),
    ],
)
def test_what_keeps_a_rule_is_left_alone(rule: Rule, path: str, text: str) -> None:
    assert rule(_module(text, path)) == []


@pytest.mark.parametrize("ask", ["access.ask(by, task_id)", "access.ask(by, task_id, now=by.at)"])
@pytest.mark.parametrize("leave", ["audit.record(by, task)", "advance(by, task, lambda run: run)"])
def test_an_act_may_ask_and_record_through_its_own_helpers(ask: str, leave: str) -> None:
    assert rules.acts_out_of_form(_module(_ACT.format(ask=ask, leave=leave))) == []


def test_an_act_that_asks_nobody_is_found() -> None:
    findings = rules.acts_out_of_form(_module(_ACT.format(ask="pass", leave="audit.record(by, task)")))

    assert findings == ["engine/acts/sample.py:5 complete asks nothing of engine.access"]


def test_an_act_that_leaves_no_record_is_found() -> None:
    findings = rules.acts_out_of_form(_module(_ACT.format(ask="access.ask(by, task_id)", leave="return task")))

    assert findings == ["engine/acts/sample.py:5 complete leaves no record in the audit trail"]


def test_a_class_of_access_named_in_an_annotation_is_no_question() -> None:
    text = """
        from engine.access import Ground
        from engine.audit import record

        def close(by, ground: Ground):
            record(by, ground)
    """

    assert rules.acts_out_of_form(_module(text)) == ["engine/acts/sample.py:5 close asks nothing of engine.access"]


def test_an_act_whose_first_argument_is_not_by_is_found() -> None:
    text = "from engine import access, audit\n\ndef close(case_id, by):\n    access.ask(by)\n    audit.record(by)\n"

    assert rules.acts_out_of_form(_module(text)) == ["engine/acts/sample.py:3 close does not take `by` first"]


def test_an_act_may_be_made_of_another() -> None:
    text = """
        from engine.acts import tasks

        def finish(by, task_id):
            tasks.complete(by, task_id)
    """

    assert rules.acts_out_of_form(_module(text)) == []


_VIEW = """
    @page.post("/tarefas/<task_id>")
    def complete(task_id):
        {body}
"""


@pytest.mark.parametrize(
    "body",
    [
        "return redirect('/')",
        "act(); return 1",
        "with act() as by: first(by)\n        with act() as by: second(by)",
        "with open(task_id): pass",
    ],
)
def test_a_view_without_exactly_one_door_is_found(body: str) -> None:
    assert len(rules.views_out_of_form(_module(_VIEW.format(body=body), "web/pages/inbox.py"))) == 1


@pytest.mark.parametrize("door", ["act()", "look()", "request.act('task.complete')"])
def test_a_view_with_one_door_keeps_the_rule(door: str) -> None:
    text = _VIEW.format(body=f"with {door} as by: return show(by)")

    assert rules.views_out_of_form(_module(text, "web/pages/inbox.py")) == []


def test_a_method_view_is_a_view_per_method() -> None:
    text = """
        class Cases(MethodView):
            def get(self):
                with look() as by:
                    return cases(by)

            def post(self):
                return start()
    """

    assert rules.views_out_of_form(_module(text, "web/api/cases.py")) == [
        "web/api/cases.py:7 post has 0 of `with act()` and `with look()`"
    ]


def test_nine_functions_of_ten_are_measured_over_all_files() -> None:
    short = _module("def f():\n    return 1\n" * 17)
    long = _module(("def f():\n" + "    x = 1\n" * 30) * 3)

    assert rules.too_long_together([short]) == []
    assert rules.too_long_together([short, long]) == ["one function of ten has more than 31 lines"]


def test_a_code_without_a_sentence_and_a_sentence_without_a_code_are_found() -> None:
    assert rules.codes_without_sentence(["denied", "not-found"], {"denied": 1, "gone": 1}) == [
        "not-found has no sentence in web/messages.py",
        "gone has a sentence and is never raised",
    ]


def test_the_map_is_held_against_the_files_both_ways() -> None:
    lines = [
        "| `engine/access.py` | who may |",
        "| `engine/gone.py` | was here |",
        "| `engine/access.py` | again |",
        "| `web/auth.py` |",
    ]
    readme = "\n".join(lines)

    assert rules.unmapped(readme, ["engine/access.py", "engine/audit.py", "web/auth.py"]) == [
        "the README does not name engine/audit.py",
        "the README does not name web/auth.py",
        "the README names engine/gone.py, which is not there",
        "the README names engine/access.py twice",
    ]


def test_the_table_of_settings_is_held_against_what_is_read_both_ways() -> None:
    readme, settings = (
        "| `RITO_ZONE` | x | y |\n| `RITO_GONE` | x | y |\n",
        'environ["RITO_ZONE"], environ.get("RITO_CITY")',
    )

    assert rules.unexplained_settings(readme, settings) == [
        "the README does not explain RITO_CITY",
        "the README explains RITO_GONE, which nothing reads",
    ]


def test_a_command_that_is_not_there_is_found() -> None:
    text = "Call `rito run`, then `rito fly --high`.\n\t$(BIN)/rito sail\nrito is a word\n"

    assert rules.unknown_commands("README.md", text, ["run"]) == [
        "README.md names `rito fly`, which is no command",
        "README.md names `rito sail`, which is no command",
    ]


def test_a_table_that_only_the_store_names_is_found() -> None:
    store = _module(
        "class Case(Base):\n    pass\n\nclass Idle(Base):\n    case = Case\n\nclass LoginFailure(Base):\n    pass\n",
        "engine/store/cases.py",
    )
    act = _module("query = select(Case)\nraw = 'INSERT INTO login_failure'\n", "engine/acts/cases.py")

    assert rules.idle_tables([store, act]) == ["engine/store/cases.py:4 Idle is used by nobody"]


def test_a_page_without_a_page_in_the_manual_is_found() -> None:
    paths = ["web/pages/__init__.py", "web/pages/inbox.py", "web/pages/board.py", "web/templates/help/inbox.html"]

    assert rules.pages_without_help(paths) == ["web/pages/board.py has no web/templates/help/board.html"]


@pytest.mark.parametrize(
    "line",
    [
        "pip install --index-url https://py" + "pi.org/simple rito",
        '"resolved": "https://registry.npm' + 'js.org/htmx"',
        "URIs: http://deb.deb" + "ian.org/debian",
        "cd /wo" + "rk/main",
        "see /ro" + "ot/notes",
        "/ho" + "me/someone/rito",
    ],
)
def test_a_place_of_this_machine_is_found(line: str) -> None:
    assert rules.places_of_this_machine("README.md", f"one\n{line}\n") == ["README.md:2"]


@pytest.mark.parametrize(
    "line", ["see docs/home/page.md", "~/work/rito", "https://example.org/root/x", "/usr/lib/postgresql"]
)
def test_other_paths_are_left_alone(line: str) -> None:
    assert rules.places_of_this_machine("README.md", line) == []


@pytest.mark.parametrize(
    "line",
    ["--index-url x", "--find-links y", "rito @ file:///x", "-e .", "flask==3.1.3 @ x", "flask>=3", "x==1 --hash=a"],
)
def test_a_line_of_a_lock_file_that_is_no_pin_is_found(line: str) -> None:
    assert rules.addresses_in_lock("requirements.lock", f"# made\nflask==3.1.3\n{line}\n") == ["requirements.lock:3"]


def test_an_address_in_the_lock_file_of_the_browser_side_is_found() -> None:
    text = '{\n"resolved": "x",\n"funding": "https://example.org"\n}'

    assert rules.addresses_in_lock("web/package-lock.json", text) == ["web/package-lock.json:2"]


def test_pins_alone_keep_the_lock_rule() -> None:
    assert (
        rules.addresses_in_lock("requirements.lock", "flask==3.1.3\npsycopg==3.3.9 ; python_version >= '3.11'\n") == []
    )


def test_a_dependency_without_a_pin_or_outside_its_range_is_found() -> None:
    wanted = ["Flask>=3,<4", "lxml>=6", "PyYAML", "fpdf2>=2", "tzdata; sys_platform == 'win32'"]
    lock = "flask==3.1.3\nlxml==5.9\npyyaml==6.0.3\ntzdata==2026.6 ; sys_platform == 'win32'\n"

    assert rules.stale_pins(wanted, lock) == ["lxml>=6 is pinned at 5.9", "fpdf2>=2 is pinned at None"]

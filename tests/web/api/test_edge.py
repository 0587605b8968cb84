"""Keys, the filter, the throttle and the shape of errors: what holds for every operation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from engine.acts import tokens
from engine.desk import people
from engine.errors import BadInput, Denied, NotFound, TooManyAttempts
from engine.store.people import ApiToken, Servant
from tests.city import City
from tests.web.api.caller import ANSWERS, Caller, issue, problem
from tests.web.api.conftest import Calling
from web.api.throttle import PER_MINUTE, Throttle
from web.messages import SENTENCES
from web.problems import ENGLISH, HTTP_CODES

NOON = datetime(2026, 3, 2, 15, tzinfo=UTC)


# -- keys -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("plain", [None, "rito_errada", "", "x" * 5000, "acentuação"])
def test_without_a_valid_key_nothing_is_shown(app: Flask, plain: str | None) -> None:
    refused = Caller(app, plain).get("/cases")

    problem(refused, 401, "sign-in-needed")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_key_opens_nothing_from_then_on(city: City, app: Flask) -> None:
    issued = issue(city, "protocolo")
    caller = Caller(app, issued.plain)
    assert caller.get("/cases").status_code == 200

    with city.by("administrador") as by:
        tokens.revoke(by, issued.token_id)

    problem(caller.get("/cases"), 401, "sign-in-needed")
    with city.by("administrador") as by, pytest.raises(NotFound):
        tokens.revoke(by, issued.token_id)


def test_only_the_hash_of_a_key_is_kept_and_nobody_can_sign_in_with_its_account(city: City) -> None:
    issued = issue(city, "protocolo")

    (row,) = city.rows(ApiToken)
    assert issued.plain not in str(row)
    (account,) = city.rows(Servant, id=row["servant_id"])
    assert (account["password_hash"], account["active"]) == (None, False)


def test_only_the_administrator_issues_lists_and_revokes_keys(city: City) -> None:
    issued = issue(city, "protocolo")

    with city.by("gestor") as by, pytest.raises(Denied):
        tokens.issue(by, "outra", roles=[], scopes=["messages"])
    with city.by("gestor") as by, pytest.raises(Denied):
        tokens.revoke(by, issued.token_id)
    with city.by("gestor", writes=False) as by, pytest.raises(Denied):
        people.tokens(by)
    with city.by("administrador", writes=False) as by:
        assert [(line.roles, line.revoked_at) for line in people.tokens(by)] == [(("protocolo",), None)]


@pytest.mark.parametrize(
    ("name", "roles", "scopes", "field"),
    [("", [], ["messages"], "name"), ("a", ["circo"], ["messages"], "roles"), ("a", [], [], "scopes"),
     ("a", [], ["tudo"], "scopes"), ("Banco", [], ["messages"], "name")],
)  # fmt: skip
def test_a_key_that_would_mean_nothing_is_not_issued(
    city: City, name: str, roles: list[str], scopes: list[str], field: str
) -> None:
    issue(city, scopes=["messages"], name="Banco")

    with city.by("administrador") as by, pytest.raises(BadInput) as refused:
        tokens.issue(by, name, roles=roles, scopes=scopes)

    assert field in str(refused.value.facts["errors"])


def test_a_cookie_opens_nothing_here_and_none_is_given(app: Flask) -> None:
    client = app.test_client()
    with client.session_transaction() as session:
        session["sid"] = "qualquer"

    refused = client.get("/api/v1/cases")

    problem(refused, 401, "sign-in-needed")
    assert "Set-Cookie" not in refused.headers


# -- the filter -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad-request"),
        (b"{", 400, "bad-request"),
        (b"[]", 400, "bad-input"),
        (b"null", 400, "bad-input"),
        (b"7", 400, "bad-input"),
        (b'{"answers": NaN}', 400, "bad-request"),
        (b'{"answers": {"area": Infinity}}', 400, "bad-request"),
        (b'{"answers": {"area": 1e999999999}}', 400, "bad-input"),
        (b'{"answers": {"area": ' + b"9" * 5000 + b"}}", 400, "bad-request"),
        (b'{"answers": {"area": ' + b"9" * 60 + b"}}", 400, "bad-input"),
        (b'{"answers": {"area": 0.' + b"9" * 60 + b"}}", 400, "bad-input"),
        (b'{"answers": {"a": "\\u0000"}}', 400, "bad-input"),
        (b'{"answers": {"a\\u0000": 1}}', 400, "bad-input"),
        (b'{"answers": {"a": "\\ud800"}}', 400, "bad-request"),
        (b'{"answers": {"a": "\\ud800x"}}', 400, "bad-request"),
        (b'{"answers": {"a": "\\udc00\\ud800"}}', 400, "bad-request"),
        (b'{"answers": {"a": "\xed\xa0\x80"}}', 400, "bad-request"),
        (b'{"answers": {"a": "\xff"}}', 400, "bad-request"),
        (b'{"answers": ' + b'{"a":' * 50 + b"1" + b"}" * 51, 400, "bad-input"),
        (b'{"answers": ' + b"[" * 1000 + b"]" * 1000 + b"}", 400, "bad-input"),
        (b"[" * 100_000, 400, "bad-input"),
        (b'{"answers": {"a": "' + b"x" * 100_001 + b'"}}', 400, "bad-input"),
        (b'{"answers": {"a": "' + b"x" * 1_100_000 + b'"}}', 413, "too-large"),
        (b'{"answers": {}, "extra": 1}', 400, "bad-input"),
        (b'{"answers": []}', 400, "bad-input"),
    ],
)
def test_a_body_that_nothing_could_keep_is_refused(counter: Caller, body: bytes, status: int, code: str) -> None:
    problem(counter.raw("/procedures/pedido/cases", body), status, code)


@pytest.mark.parametrize("path", ["/cases/%00", "/cases/a%00b/trail", "/cases?number=%00", "/cases?number=%ff"])
def test_an_address_that_nothing_could_keep_is_refused(counter: Caller, path: str) -> None:
    problem(counter.get(path), 400, "bad-input")


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded"])
def test_a_body_of_another_type_is_refused(counter: Caller, kind: str) -> None:
    problem(counter.raw("/messages", b"{}", kind), 415, "unsupported-media-type")
    problem(counter.raw("/files", b"{}", kind), 415, "unsupported-media-type")
    problem(counter.raw("/procedures/novo/versions", b"{}", kind), 415, "unsupported-media-type")


def test_unknown_addresses_and_methods_are_told_as_problems(counter: Caller) -> None:
    problem(counter.get("/nada"), 404, "not-found")
    refused = counter.client.delete("/api/v1/cases")

    problem(refused, 405, "method-not-allowed")
    assert "GET" in refused.headers["Allow"]


# -- languages --------------------------------------------------------------------------------------------------------


def test_errors_are_in_portuguese_and_in_english_when_asked_for(counter: Caller) -> None:
    path, body = "/procedures/pedido/cases", {"answers": {}}

    portuguese = problem(counter.post(path, body), 422, "answers-refused")
    english = problem(counter.post(path, body, Accept_Language="en"), 422, "answers-refused")

    assert (portuguese["title"], portuguese["errors"][0]["detail"]) == ("Há o que corrigir", "Preencha este campo.")
    assert english["title"] == "Some answers do not hold"
    assert english["errors"] == [{"field": "requerente.nome", "code": "required"}]


def test_every_code_has_an_english_title() -> None:
    assert {*SENTENCES, *HTTP_CODES.values()} - ENGLISH.keys() == set()


# -- the throttle -----------------------------------------------------------------------------------------------------


def test_a_full_bucket_refuses_until_it_has_leaked() -> None:
    throttle = Throttle(60)
    for _ in range(60):
        throttle.require_room("a", NOON)
        throttle.drop("a", NOON)

    with pytest.raises(TooManyAttempts) as refused:
        throttle.require_room("a", NOON)

    assert refused.value.facts["retry_after"] in (1, 2)
    throttle.require_room("b", NOON)
    throttle.require_room("a", NOON + timedelta(seconds=2))


def test_a_clock_set_back_does_not_empty_a_bucket() -> None:
    throttle = Throttle(2)
    throttle.drop("a", NOON)
    throttle.drop("a", NOON - timedelta(hours=1))

    with pytest.raises(TooManyAttempts):
        throttle.require_room("a", NOON - timedelta(hours=1))


def test_whoever_guesses_keys_is_told_to_wait(app: Flask) -> None:
    answers = [Caller(app, f"rito_{number}").get("/cases") for number in range(40)]

    assert [one.status_code for one in answers[:20]] == [401] * 20
    problem(answers[-1], 429, "too-many-attempts")
    assert int(answers[-1].headers["Retry-After"]) >= 1


def test_a_key_that_asks_without_end_is_told_to_wait(counter: Caller, calling: Calling, city: City) -> None:
    city.house.shelf["api-asked"] = (PER_MINUTE, Throttle(5))

    asked = [counter.get("/procedures").status_code for _ in range(8)]

    assert asked[:4] == [200] * 4
    assert asked[-1] == 429
    assert calling("obras").get("/procedures").status_code == 200


# -- the description --------------------------------------------------------------------------------------------------


def test_the_openapi_document_names_every_operation_and_its_errors(app: Flask) -> None:
    spec = app.test_client().get("/api/v1/openapi.json").get_json()

    operations = [one for item in spec["paths"].values() for one in item.values() if isinstance(one, dict)]
    assert spec["openapi"].startswith("3.")
    assert len({one["operationId"] for one in operations}) == len(operations) == 14
    assert all("default" in one["responses"] and one["summary"] for one in operations)
    assert spec["components"]["responses"]["PROBLEM"]["content"].keys() == {"application/problem+json"}


def test_every_post_but_that_of_files_documents_its_key(app: Flask) -> None:
    spec = app.test_client().get("/api/v1/openapi.json").get_json()

    posts = {path: json.dumps(item) for path, item in spec["paths"].items() if "post" in item}
    without = [path for path, text in posts.items() if "Idempotency-Key" not in text]
    assert without == ["/api/v1/files"]


def test_the_page_names_every_operation_and_asks_nothing_of_other_hosts(app: Flask) -> None:
    client = app.test_client()
    spec = client.get("/api/v1/openapi.json").get_json()

    page = client.get("/api/v1/docs").text

    names = [one["operationId"] for item in spec["paths"].values() for one in item.values() if isinstance(one, dict)]
    assert all(f'id="{name}"' in page for name in names)
    assert "<script" not in page
    assert "style=" not in page
    assert 'src="http' not in page


def test_the_manual_explains_the_api(app: Flask) -> None:
    page = app.test_client().get("/ajuda/api")

    assert page.status_code == 200
    assert "Idempotency-Key" in page.text


def test_answers_are_never_kept_by_caches(counter: Caller) -> None:
    assert counter.start(ANSWERS).headers["Cache-Control"] == "no-store"


# -- what a request costs ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "most"), [("/cases", 2), ("/tasks", 2), ("/procedures", 2), ("/cases/{number}", 5)])
def test_a_read_costs_as_many_queries_whatever_it_holds(counter: Caller, city: City, path: str, most: int) -> None:
    number = counter.start().get_json()["number"]
    address = path.format(number=number)
    with counted(city) as before:
        counter.get(address)
    for _ in range(4):
        counter.start()

    with counted(city) as after:
        counter.get(address)

    assert len(before) == len(after) <= most


@contextmanager
def counted(city: City) -> Iterator[list[str]]:
    """Collect the statements that run inside the block, but for those that begin and end a transaction."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    event.listen(city.house.store, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(city.house.store, "before_cursor_execute", note)

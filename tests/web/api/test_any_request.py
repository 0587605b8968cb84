"""Whatever the OpenAPI document allows, and much that it does not, gets an answer that the document promises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.city import City
from tests.databases import Databases
from tests.web.api.caller import FORMS, PEDIDO, Caller, issue
from web import create_app
from web.api.throttle import PER_MINUTE, Throttle

EXAMPLES = 12
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS = (
    "startCase", "listCases", "readCase", "readTrail", "listTasks", "readTask", "claimTask", "releaseTask",
    "completeTask", "correlateMessage", "broadcastSignal", "listProcedures", "deployVersion", "sendFile",
)  # fmt: skip


@pytest.fixture(scope="module")
def caller(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """An integration that may do everything, at a city with a case in it, and no throttle to hide behind."""
    url = databases.new("sqlite")
    city = City(url, tmp_path_factory.mktemp("anything"))
    city.publish(PEDIDO, forms=FORMS, key="pedido")
    app = create_app(city.house)
    city.house.shelf["api-asked"] = (PER_MINUTE, Throttle(10**9))
    made = Caller(app, issue(city, "protocolo", "analista", "obras").plain)
    for _ in range(3):
        made.start()
    yield made
    city.close()
    databases.drop(url)


@pytest.fixture(scope="module")
def described(caller: Caller) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", caller.client.application)


def answer_all(caller: Caller, operation: Any, mode: GenerationMode, examples: int) -> None:
    """Send that many requests; where a request makes sense it goes to a case, task or procedure that is there."""
    known = caller.get("/tasks").get_json()["items"][0]
    there = {"number": known["case"], "task_id": known["id"], "key": "pedido"}

    @settings(
        max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def answered(case: schemathesis.Case) -> None:
        if mode is GenerationMode.POSITIVE:
            case.path_parameters = {name: there[name] for name in case.path_parameters}
        response = case.call(headers={"Authorization": f"Bearer {caller.plain}"})
        case.validate_response(response, checks=CHECKS)

    answered()


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_request_is_answered_as_described(
    name: str, mode: GenerationMode, described: schemathesis.BaseSchema, caller: Caller
) -> None:
    answer_all(caller, described.find_operation_by_id(name), mode, EXAMPLES)


@pytest.mark.nightly
@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_thousand_requests_are_answered_as_described(
    name: str, mode: GenerationMode, described: schemathesis.BaseSchema, caller: Caller
) -> None:
    answer_all(caller, described.find_operation_by_id(name), mode, 500)


def test_no_operation_is_left_out(described: schemathesis.BaseSchema) -> None:
    names = {each.ok().definition.raw["operationId"] for each in described.get_all_operations()}

    assert names == set(OPERATIONS)

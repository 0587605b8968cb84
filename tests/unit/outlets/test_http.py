"""The HTTP connector asks what the diagram says, where an administrator allowed it, and bounds what comes back."""

from __future__ import annotations

import json
import socket
import threading
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from engine.house import House
from engine.outlets import OutletFailed
from engine.outlets.connectors import Call, Inside, carry
from engine.outlets.connectors.http import LARGEST, Http, connector
from engine.settings import Settings
from engine.worktime import Calendar
from tests.unit.outlets.receiver import HOST, LOOPBACK, Answer, Receiver, near, receiving, trusting

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
OK = Answer(200, b'{"valor": 10.50, "ok": true}', {"Content-Type": "application/json; charset=utf-8"})


def call(url: str, *, allowed: tuple[str, ...] = (), **inputs: Any) -> Call:
    settings = Settings(database_url="", data_dir=Path(), secret_key="", seal_key="")
    inside = Inside(
        house=House(settings, cast(Any, None)),
        parameter=lambda _key: None,
        calendar=Calendar(zone="America/Sao_Paulo", state="SC", days_off=()),
        procedure="Alvará",
        values={},
        papers={},
        origins=allowed or (url.split("/segredo")[0],),
    )
    return Call(inputs={"url": url, **inputs}, key="7:t:9", attempt=1, number="2026.1", at=AT, inside=inside)


def ask(server: Receiver, path: str = "/segredo", *, http: Http | None = None, **inputs: Any) -> dict[str, Any]:
    return carry(connector(http or near()), call(f"http://{HOST}:{server.port}{path}", **inputs))


def failure(asked: Call, http: Http | None = None) -> dict[str, Any]:
    with pytest.raises(OutletFailed) as failed:
        carry(connector(http or near()), asked)
    return failed.value.facts


# -- what goes out ----------------------------------------------------------------------------------------------------


def test_a_request_carries_method_query_headers_json_and_the_key_of_the_order() -> None:
    with receiving(OK) as server:
        found = ask(
            server, "/segredo?a=1", metodo="post", consulta={"b": ["x y", 2], "c": None, "d": True},
            cabecalhos={"X-Sistema": "Rito"}, corpo={"placa": "ABC", "valor": Decimal("1.10")},
        )  # fmt: skip

    (heard,) = server.heard
    assert (heard.method, heard.target) == ("POST", "/segredo?a=1&b=x+y&b=2&d=true")
    assert (heard.headers["idempotency-key"], heard.headers["x-sistema"]) == ("7:t:9", "Rito")
    assert heard.headers["host"] == f"{HOST}:{server.port}"
    assert json.loads(heard.body) == {"placa": "ABC", "valor": 1.1}
    assert (found["status"], found["corpo"]) == (200, {"valor": Decimal("10.50"), "ok": True})
    assert found["cabecalhos"]["content-type"].startswith("application/json")


@pytest.mark.parametrize(
    "inputs",
    [
        {"metodo": "TRACE"}, {"metodo": "GET\r\nX: 1"}, {"cabecalhos": {"Host": "outro"}},
        {"cabecalhos": {"X": "a\r\nY: b"}},
        {"cabecalhos": {"X Y": "a"}}, {"cabecalhos": {"Idempotency-Key": "1"}}, {"cabecalhos": {"Content-Length": 3}},
        {"cabecalhos": {"X": [1]}}, {"consulta": {"a": {"b": 1}}}, {"corpo": "x" * (LARGEST + 1)},
    ],
)  # fmt: skip
def test_a_request_that_is_not_sound_is_never_sent(inputs: dict[str, Any]) -> None:
    with receiving(OK) as server:
        found = failure(call(f"http://{HOST}:{server.port}/segredo", **inputs))

    assert (found["kind"], found["retry"]) == ("request-unfit", False)
    assert server.heard == []


@pytest.mark.parametrize(
    "path", ["/a b", "/ção", "/a\r\nX-Mau: 1", "/%2e%2e/x", "/a?b=c d"],
)  # fmt: skip
def test_a_path_cannot_bring_a_line_into_the_request(path: str) -> None:
    with receiving(OK) as server:
        ask(server, "/segredo" + path)

    assert server.heard[0].target.startswith("/segredo/")
    assert "x-mau" not in server.heard[0].headers


# -- where it may go --------------------------------------------------------------------------------------------------


def test_a_host_that_no_administrator_allowed_is_not_called() -> None:
    with receiving(OK) as server:
        found = failure(call(f"http://{HOST}:{server.port}/segredo", allowed=(f"http://{HOST}",)))

    assert (found["kind"], found["retry"]) == ("host-not-allowed", False)
    assert found["host"] == f"http://{HOST}:{server.port}"
    assert server.heard == []


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.gov.br/x", "file:///etc/passwd", "https://u:p@a.gov.br/", "nada", "https://", "http://[::1",
        "https://a.gov.br:0/", "https://a.gov.br:99999/",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(url: str) -> None:
    assert failure(call(url))["kind"] == "url-unfit"


def test_an_allowed_name_that_leads_into_the_house_is_refused_before_any_connection() -> None:
    with receiving(OK) as server:
        asked = call(f"http://{HOST}:{server.port}/segredo")

        found = failure(asked, Http(resolve=lambda _host, _port: ["127.0.0.1"]))

    assert (found["kind"], found["retry"]) == ("address-refused", False)
    assert server.heard == []


def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    asked = call(f"https://{HOST}/segredo")

    found = failure(asked, Http(resolve=lambda _host, _port: ["93.184.215.14", "10.0.0.1"]))

    assert found["kind"] == "address-refused"


def test_a_name_is_resolved_once_so_that_it_cannot_change_between_check_and_call() -> None:
    asked_for: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked_for.append(host)
        return ["127.0.0.1"] if len(asked_for) == 1 else ["10.0.0.1"]

    with receiving(OK) as server:
        ask(server, http=near(resolve=resolve))

    assert asked_for == [HOST]
    assert len(server.heard) == 1


def test_the_next_address_is_tried_when_the_first_does_not_answer() -> None:
    with receiving(OK) as server:
        found = ask(server, http=near(resolve=lambda _host, _port: ["127.0.0.9", "127.0.0.1"]))

    assert found["status"] == 200


def test_a_name_that_nobody_knows_now_is_asked_again_later() -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    found = failure(call(f"https://{HOST}/segredo"), near(resolve=resolve))

    assert (found["kind"], found["retry"]) == ("name-not-resolved", True)


# -- TLS --------------------------------------------------------------------------------------------------------------


def test_tls_names_the_host_and_not_the_address_that_was_checked() -> None:
    with receiving(OK, tls=True) as server:
        found = carry(connector(near(tls=trusting)), call(f"https://{HOST}:{server.port}/segredo"))

    assert found["status"] == 200
    assert server.server_name_asked == [HOST]
    assert server.heard[0].headers["host"] == f"{HOST}:{server.port}"


def test_a_certificate_that_nobody_signed_ends_the_matter() -> None:
    with receiving(OK, tls=True) as server:
        found = failure(call(f"https://{HOST}:{server.port}/segredo"))

    assert (found["kind"], found["retry"]) == ("certificate-refused", False)
    assert server.heard == []


def test_a_certificate_of_another_name_ends_the_matter() -> None:
    with receiving(OK, tls=True) as server:
        found = failure(call(f"https://outro.exemplo.gov.br:{server.port}/segredo"), near(tls=trusting))

    assert found["kind"] == "certificate-refused"


# -- what comes back --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "retry"),
    [(400, False), (401, False), (404, False), (409, False), (408, True), (429, True), (500, True), (503, True)],
)
def test_only_what_may_pass_is_tried_again(status: int, retry: bool) -> None:
    with receiving(Answer(status, b"segredo do servidor")) as server:
        found = failure(call(f"http://{HOST}:{server.port}/segredo?cpf=1"))

    assert (found["kind"], found["status"], found["retry"]) == ("http-status", status, retry)
    assert "segredo" not in str(found), "a failure says where it went, and nothing of what was said"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with receiving(Answer(status, headers={"Location": "http://169.254.169.254/"})) as server:
        found = failure(call(f"http://{HOST}:{server.port}/segredo"))

    assert (found["kind"], found["retry"], len(server.heard)) == ("http-redirect", False, 1)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("120", 120), ("Mon, 02 Mar 2026 12:05:00 GMT", 300), ("Mon, 02 Mar 2026 11:00:00 GMT", None), ("logo", None)],
)
def test_a_receiver_may_say_when_to_come_again(written: str, seconds: int | None) -> None:
    with receiving(Answer(503, headers={"Retry-After": written})) as server:
        found = failure(call(f"http://{HOST}:{server.port}/segredo"))

    assert found.get("retry_after") == seconds


def test_an_answer_over_a_megabyte_is_refused() -> None:
    with receiving(Answer(200, b"x" * (LARGEST + 1))) as server:
        found = failure(call(f"http://{HOST}:{server.port}/segredo"))

    assert (found["kind"], found["retry"]) == ("answer-too-large", False)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"{", {"Content-Type": "application/json"}), (b"[" * 100_000, {"Content-Type": "application/json"}),
        (b"\xff\xfe", {"Content-Type": "text/plain"}), (b"x", {"Content-Type": "text/plain; charset=klingon"}),
        (b"x", {"Content-Encoding": "gzip"}),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(body: bytes, headers: dict[str, str]) -> None:
    with receiving(Answer(200, body, headers)) as server:
        assert failure(call(f"http://{HOST}:{server.port}/segredo"))["kind"] == "answer-unreadable"


def test_half_an_answer_is_no_answer() -> None:
    with receiving(Answer(200, b"metade", {"Content-Length": "12"})) as server:
        found = failure(call(f"http://{HOST}:{server.port}/segredo"), near(seconds=1.0))

    assert found["retry"] is True


def test_nothing_and_text_are_answers_too_and_a_cookie_is_not_kept() -> None:
    with receiving(Answer(204)) as server:
        assert ask(server)["corpo"] is None
    headers = {"Content-Type": "text/plain; charset=latin-1", "Set-Cookie": "s=1"}
    with receiving(Answer(200, "olá".encode("latin-1"), headers)) as server:
        found = ask(server)

    assert found["corpo"] == "olá"
    assert "set-cookie" not in found["cabecalhos"]


# -- time -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dripped", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
def test_a_server_that_drips_is_cut_off_in_time(dripped: bytes) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def drip() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.sendall(dripped)
            while not ended.wait(0.05):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    dripping = threading.Thread(target=drip, daemon=True)
    dripping.start()
    began = time.monotonic()

    found = failure(call(f"http://{HOST}:{listening.getsockname()[1]}/segredo"), near(seconds=0.5))

    ended.set()
    dripping.join(5)
    listening.close()
    assert (found["kind"], found["retry"]) == ("http-timeout", True)
    assert time.monotonic() - began < 5


def test_a_server_that_never_shakes_hands_is_cut_off_in_time() -> None:
    listening = socket.create_server(("127.0.0.1", 0))

    found = failure(call(f"https://{HOST}:{listening.getsockname()[1]}/segredo"), near(seconds=0.3))

    listening.close()
    assert (found["kind"], found["retry"]) == ("http-timeout", True)


def test_a_resolver_that_hangs_is_not_waited_for() -> None:
    ended = threading.Event()

    def resolve(_host: str, _port: int) -> list[str]:
        ended.wait(10)
        return ["127.0.0.1"]

    found = failure(call(f"https://{HOST}/segredo"), Http(resolve=resolve, trusted=LOOPBACK, seconds=0.2))

    ended.set()
    assert (found["kind"], found["retry"]) == ("http-timeout", True)


def test_nobody_listening_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    found = failure(call(f"http://{HOST}:{port}/segredo"))

    assert (found["kind"], found["retry"]) == ("http-unreachable", True)

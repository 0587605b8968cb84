"""A real HTTP server on 127.0.0.1 that answers as a test says, and remembers what it was asked."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path

from engine.outlets.connectors.http import Http

HOST = "api.exemplo.gov.br"
LOOPBACK = (ip_network("127.0.0.0/8"),)
# A certificate of that name, signed by itself, for a hundred years; its key opens nothing else.
CERTIFICATE = Path(__file__).with_name("api.exemplo.gov.br.pem")


@dataclass(frozen=True)
class Heard:
    """A request as it came in; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Answer:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Receiver(ThreadingHTTPServer):
    """Answers each request with what `answer` gives for it."""

    def __init__(self, answer: Callable[[Heard], Answer]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.heard: list[Heard] = []
        self.server_name_asked: list[str | None] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, *_asked: object) -> None:
        """Say nothing: a caller that hangs up is part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def log_message(self, *args: object) -> None:
        pass

    def _any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        heard = Heard(
            self.command,
            self.path,
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(length),
        )
        self.server.heard.append(heard)
        answer = self.server.answer(heard)
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Give what answers `do_<METHOD>`: every method is answered alike."""
        if not name.startswith("do_"):
            raise AttributeError(name)
        return self._any


@contextmanager
def receiving(answer: Callable[[Heard], Answer] | Answer, *, tls: bool = False) -> Iterator[Receiver]:
    """Run a receiver while the block lasts."""
    receiver = Receiver(answer if callable(answer) else lambda _heard: answer)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        context.sni_callback = lambda _socket, name, _context: receiver.server_name_asked.append(name)
        receiver.socket = context.wrap_socket(receiver.socket, server_side=True)
    running = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    running.start()
    yield receiver
    receiver.shutdown()
    receiver.server_close()
    running.join(5)


def trusting() -> ssl.SSLContext:
    """Return a context that knows the receiver's certificate, and checks it as any other."""
    return ssl.create_default_context(cafile=str(CERTIFICATE))


def near(**more: object) -> Http:
    """Return the connector as it is, but with every name on 127.0.0.1, which it trusts here."""
    found: dict[str, object] = {"resolve": lambda _host, _port: ["127.0.0.1"], "trusted": LOOPBACK, **more}
    return Http(**found)  # type: ignore[arg-type]  the fields of Http, by name

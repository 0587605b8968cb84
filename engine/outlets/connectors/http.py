"""The generic HTTP connector: one request to an allowed origin, at a checked address, bounded in time and size.

It must never follow a redirect, skip the check of a certificate, take a host that no administrator allowed, or say in
its failures more of a request than where it went: paths, queries, headers and bodies may hold a citizen's data.

Source: RFC 9110 (methods, 408, 429, Retry-After); draft-ietf-httpapi-idempotency-key-header.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from engine.outlets import OutletFailed
from engine.outlets.connectors.addresses import Network, Origin, Resolve, checked, origin_of, resolved
from engine.outlets.connectors.contract import Call, Connector, Input
from engine.store.base import dumps, loads

SECONDS = 10.0
LARGEST = 1_048_576
KEY_HEADER = "Idempotency-Key"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
_AGAIN = frozenset({408, 429})
# What the connection itself needs, or what would make a receiver read another request than the one that was sent.
_OURS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "expect", "keep-alive",
     "proxy-authorization", "proxy-connection", "accept-encoding", KEY_HEADER.lower()}
)  # fmt: skip
_THEIRS = frozenset({"set-cookie", "set-cookie2", "authentication-info"})  # secrets of a session that nobody keeps
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_SAFE = "/:@!$&'()*+,;=~-._%"


@dataclass(frozen=True)
class _Asked:
    """A request as it will be sent. `target` is path and query, `errors` are BPMN errors by the status answered."""

    method: str
    origin: Origin
    target: str
    headers: Mapping[str, str]
    body: bytes | None
    errors: Mapping[str, str]


@dataclass(frozen=True)
class Http:
    """The connector. A test gives another `resolve`, `trusted` networks and `tls`; an installation has no such word."""

    resolve: Resolve = resolved
    trusted: tuple[Network, ...] = ()
    tls: Callable[[], ssl.SSLContext] = ssl.create_default_context
    seconds: float = SECONDS
    _contexts: list[ssl.SSLContext] = field(default_factory=list, compare=False)

    def __call__(self, call: Call) -> Mapping[str, Any]:
        """Send the request of a call; return status, headers and body of a 2xx.

        Raises: OutletFailed; `retry` is True for 408, 429, 5xx and whatever the network does.
        """
        until = monotonic() + self.seconds
        asked = _asked(call)
        if str(asked.origin) not in call.house.origins:
            raise OutletFailed("host-not-allowed", retry=False, host=str(asked.origin))
        addresses = _within(until, asked.origin, lambda: checked(asked.origin, self.resolve, self.trusted))
        with _broken_as_failure(asked, until):
            return _exchange(asked, self._connection(asked.origin, addresses, until), call.at)

    def _connection(self, origin: Origin, addresses: list[str], until: float) -> _Connection:
        context = None
        if origin.scheme == "https":
            if not self._contexts:
                self._contexts.append(self.tls())
            context = self._contexts[0]
        return _Connection(origin, addresses, until, context)


def connector(http_call: Http | None = None) -> Connector:
    """Return the connector as diagrams know it."""
    return Connector(
        run=http_call or Http(),
        inputs=(
            Input("url", "text", required=True), Input("metodo", "text"), Input("cabecalhos", "context"),
            Input("consulta", "context"), Input("corpo"), Input("erros", "context"),
        ),
        outputs=frozenset({"status", "cabecalhos", "corpo"}),
        inside=True,
    )  # fmt: skip


# -- the request ------------------------------------------------------------------------------------------------------


def _asked(call: Call) -> _Asked:
    inputs = call.inputs
    method = str(inputs.get("metodo") or "GET").upper()
    if method not in METHODS:
        raise OutletFailed("request-unfit", retry=False, input="metodo")
    try:
        parts = urlsplit(str(inputs["url"]))
    except ValueError:
        raise OutletFailed("url-unfit", retry=False) from None
    origin = origin_of(parts)
    query = "&".join(filter(None, (quote(parts.query, safe=_SAFE + "?"), _query(inputs.get("consulta") or {}))))
    target = quote(parts.path or "/", safe=_SAFE) + (f"?{query}" if query else "")
    body, headers = _body(inputs.get("corpo"))
    headers |= _headers(inputs.get("cabecalhos") or {})
    headers |= {KEY_HEADER: call.key, "Accept-Encoding": "identity", "User-Agent": "Rito"}
    errors = {status: str(code) for status, code in (inputs.get("erros") or {}).items()}
    return _Asked(method, origin, target, headers, body, errors)


def _query(values: Mapping[str, Any]) -> str:
    pairs = [(name, one) for name, value in values.items() for one in (value if isinstance(value, list) else [value])]
    return urlencode([(name, _plain(value, "consulta")) for name, value in pairs if value is not None])


def _headers(values: Mapping[str, Any]) -> dict[str, str]:
    headers = {}
    for name, value in values.items():
        text = _plain(value, "cabecalhos")
        sound = _TOKEN.fullmatch(name) and name.lower() not in _OURS and len(text) <= 8_000
        if not sound or not all(" " <= char <= "\xff" and char != "\x7f" for char in text):
            raise OutletFailed("request-unfit", retry=False, input="cabecalhos", header=name[:40])
        headers[name] = text
    return headers


def _plain(value: Any, name: str) -> str:
    if isinstance(value, dict | list) or value is None:
        raise OutletFailed("request-unfit", retry=False, input=name)
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _body(value: Any) -> tuple[bytes | None, dict[str, str]]:
    if value is None:
        return None, {}
    is_text = isinstance(value, str)
    body = (value if is_text else dumps(value)).encode(errors="replace")
    if len(body) > LARGEST:
        raise OutletFailed("request-unfit", retry=False, input="corpo")
    return body, {"Content-Type": "text/plain; charset=utf-8" if is_text else "application/json"}


# -- the exchange -----------------------------------------------------------------------------------------------------


class _Connection(http.client.HTTPConnection):
    """A connection to one of the checked addresses, which names the host it is for and ends in time, come what may."""

    def __init__(self, origin: Origin, addresses: list[str], until: float, tls: ssl.SSLContext | None) -> None:
        super().__init__(origin.host, origin.port)
        self.default_port = 443 if tls else 80  # else the Host header would name the usual port
        self._addresses, self._until, self._tls = addresses, until, tls
        self._watch: threading.Timer | None = None

    def connect(self) -> None:
        """Connect to the first address that answers. Raises: OSError."""
        self.sock = self._first_that_answers()
        self.sock.settimeout(max(0.1, self._until - monotonic()))
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
        self._watch = threading.Timer(max(0.0, self._until - monotonic()), _cut, [self.sock])
        self._watch.daemon = True
        self._watch.start()
        if isinstance(self.sock, ssl.SSLSocket):
            self.sock.do_handshake()

    def _first_that_answers(self) -> socket.socket:
        for place, address in enumerate(self._addresses, 1):
            left = max(0.1, self._until - monotonic())
            try:
                return socket.create_connection((address, self.port), left / (len(self._addresses) - place + 1))
            except OSError:
                if place == len(self._addresses):
                    raise
        raise AssertionError("there is an address, or it was refused before")

    def ended(self) -> bool:
        """Whether the time is over: what was read until then may be a part that looks like a whole."""
        return monotonic() >= self._until

    def close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        super().close()


def _cut(sock: socket.socket) -> None:
    """End both ways of a socket under whoever reads it, past TLS's own polite goodbye."""
    try:
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    except OSError:
        return  # it is closed, which is what was wanted


def _exchange(asked: _Asked, connection: _Connection, at: datetime) -> dict[str, Any]:
    try:
        connection.request(asked.method, asked.target, asked.body, dict(asked.headers))
        answer = connection.getresponse()
        if connection.ended():
            raise http.client.RemoteDisconnected("cut off")
        if not 200 <= answer.status < 300:
            raise _refusal(asked, answer, at)
        content = answer.read(LARGEST + 1)
        if connection.ended() or (answer.length and len(content) <= LARGEST):
            raise http.client.IncompleteRead(b"", answer.length)
    finally:
        connection.close()
    if len(content) > LARGEST:
        raise OutletFailed("answer-too-large", retry=False, host=str(asked.origin), status=answer.status)
    if answer.getheader("Content-Encoding", "identity").lower() != "identity":
        raise OutletFailed("answer-unreadable", retry=False, host=str(asked.origin), status=answer.status)
    headers = {name.lower(): value for name, value in answer.getheaders() if name.lower() not in _THEIRS}
    return {"status": answer.status, "cabecalhos": headers, "corpo": _read(asked, answer, content)}


def _refusal(asked: _Asked, answer: http.client.HTTPResponse, at: datetime) -> OutletFailed:
    facts: dict[str, Any] = {"host": str(asked.origin), "method": asked.method, "status": answer.status}
    if 300 <= answer.status < 400:
        return OutletFailed("http-redirect", retry=False, **facts)
    again = answer.status in _AGAIN or answer.status >= 500
    pause = _retry_after(answer.getheader("Retry-After"), at) if again else None
    error = None if again else asked.errors.get(str(answer.status))
    return OutletFailed("http-status", retry=again, error=error, **facts, **({"retry_after": pause} if pause else {}))


def _retry_after(text: str | None, at: datetime) -> int | None:
    """Return the seconds that a Retry-After asks for, written in seconds or as a date; None when it says nothing."""
    if text is None:
        return None
    if text.strip().isascii() and text.strip().isdigit():
        return int(text.strip()[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0, round((moment - at).total_seconds())) or None


def _read(asked: _Asked, answer: http.client.HTTPResponse, content: bytes) -> Any:
    """Return JSON as its value, other text as text, None when there is nothing."""
    if not content:
        return None
    kind = answer.headers.get_content_type()
    try:
        if kind == "application/json" or kind.endswith("+json"):
            return loads(content)
        return content.decode(answer.headers.get_content_charset("utf-8"))
    except (ValueError, LookupError, RecursionError, msgspec.MsgspecError):
        raise OutletFailed("answer-unreadable", retry=False, host=str(asked.origin), status=answer.status) from None


@contextmanager
def _broken_as_failure(asked: _Asked, until: float) -> Iterator[None]:
    facts = {"host": str(asked.origin), "method": asked.method}
    try:
        yield
    except ssl.SSLCertVerificationError as untrusted:
        raise OutletFailed("certificate-refused", retry=False, **facts, reason=untrusted.verify_message) from None
    except (OSError, http.client.HTTPException) as broken:
        kind = "http-timeout" if monotonic() >= until or isinstance(broken, TimeoutError) else "http-unreachable"
        raise OutletFailed(kind, retry=True, **facts, reason=type(broken).__name__) from None


def _within(until: float, origin: Origin, ask: Callable[[], list[str]]) -> list[str]:
    """Return what `ask` gives within the time: the system's resolver knows no timeout of ours."""
    given: list[list[str]] = []
    failed: list[OutletFailed] = []

    def answer() -> None:
        try:
            given.append(ask())
        except OutletFailed as refused:
            failed.append(refused)

    asking = threading.Thread(target=answer, daemon=True)
    asking.start()
    asking.join(max(0.0, until - monotonic()))
    if failed:
        raise failed[0]
    if not given:
        raise OutletFailed("http-timeout", retry=True, host=str(origin), reason="resolver")
    return given[0]

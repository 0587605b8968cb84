"""A small HTTP client over kept-alive connections: enough to load one server and see what every answer was.

It speaks to 127.0.0.1 only and holds no figure: who measures looks at the clock and at /proc.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_COOKIE = re.compile(rb"\r\nset-cookie: *([^=]+)=([^;\r]*)", re.IGNORECASE)
_WAIT_SECONDS = 30.0


@dataclass
class Answer:
    """One answer: its status, where it leads to, and its body."""

    status: int
    location: str
    body: bytes


@dataclass
class Load:
    """What a slice of load came to: answers by status."""

    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        return self.statuses.total()


class Browser:
    """One connection with its cookies.

    Under load no redirect is followed, so that what answers put into cookies to be shown on the next page would pile up
    as it never does in a browser: a browser that is given cookies sends those and keeps no others.
    """

    def __init__(self, port: int, cookies: dict[str, str] | None = None) -> None:
        self.cookies = dict(cookies or {})
        self._keeps_new = cookies is None
        self._port = port
        self._socket = self._connect()

    def _connect(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self._port), timeout=_WAIT_SECONDS)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def get(self, path: str) -> Answer:
        return self._ask(f"GET {path} HTTP/1.1\r\n", b"")

    def post(self, path: str, form: dict[str, str]) -> Answer:
        head = f"POST {path} HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        return self._ask(head, urlencode(form).encode())

    def close(self) -> None:
        self._socket.close()

    def _ask(self, head: str, body: bytes) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        head += f"Host: 127.0.0.1:{self._port}\r\nCookie: {cookies}\r\nContent-Length: {len(body)}\r\n\r\n"
        self._socket.sendall(head.encode() + body)
        top, _, rest = self._until_blank_line().partition(b"\r\n\r\n")
        length = _LENGTH.search(top)
        wanted = int(length[1]) if length else 0
        while len(rest) < wanted:
            rest += self._more()
        for name, value in _COOKIE.findall(top) if self._keeps_new else ():
            self.cookies[name.decode()] = value.decode()
        location = re.search(rb"\r\nlocation: *([^\r]*)", top, re.IGNORECASE)
        if re.search(rb"\r\nconnection: *close", top, re.IGNORECASE):
            self._socket.close()
            self._socket = self._connect()
        return Answer(int(top.split(b" ", 2)[1]), location[1].decode() if location else "", rest)

    def _until_blank_line(self) -> bytes:
        found = b""
        while b"\r\n\r\n" not in found:
            found += self._more()
        return found

    def _more(self) -> bytes:
        chunk = self._socket.recv(1 << 16)
        if not chunk:
            raise ConnectionResetError("the server closed the connection")
        return chunk


def drive(browsers: list[Browser], request: Callable[[Browser], Answer | None], seconds: float) -> Load:
    """Let every browser ask again and again for `seconds`, or until `request` has nothing left (None)."""
    load, lock = Load(), threading.Lock()
    until = time.perf_counter() + seconds

    def ask(browser: Browser) -> None:
        statuses: Counter[int] = Counter()
        while time.perf_counter() < until:
            answer = request(browser)
            if answer is None:
                break
            statuses[answer.status] += 1
        with lock:
            load.statuses += statuses

    threads = [threading.Thread(target=ask, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return load

"""A relay between a client and PostgreSQL that counts round trips and can make each of them slow.

A round trip is what latency would multiply: the client speaks, and speaks again only after the server has answered.
It forwards bytes unread; one thread serves all its connections.
"""

from __future__ import annotations

import selectors
import socket
import threading
import time
from pathlib import Path


class Relay:
    """Listens on a socket of PostgreSQL's naming in `folder` and forwards to the server's own in `to`."""

    def __init__(self, folder: Path, to: Path) -> None:
        self.round_trips = 0
        self.delay_seconds = 0.0
        self._to = str(to / ".s.PGSQL.5432")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / ".s.PGSQL.5432"))
        self._listener.listen()
        self._listening = selectors.DefaultSelector()
        self._listening.register(self._listener, selectors.EVENT_READ)
        self._open = True
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._open = False
        self._thread.join()
        for key in list(self._listening.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]  # sockets are all we registered
        self._listening.close()

    def _serve(self) -> None:
        while self._open:
            for key, _ in self._listening.select(timeout=0.05):
                if key.fileobj is self._listener:
                    self._accept()
                else:
                    self._forward(key.data)

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        server = socket.socket(socket.AF_UNIX)
        server.connect(self._to)
        spoke = _Line(client, server)
        self._listening.register(client, selectors.EVENT_READ, (spoke, client))
        self._listening.register(server, selectors.EVENT_READ, (spoke, server))

    def _forward(self, ready: tuple[_Line, socket.socket]) -> None:
        line, source = ready
        try:
            chunk = source.recv(1 << 20)
        except ConnectionError:
            chunk = b""
        if not chunk:
            for end in (line.client, line.server):
                self._listening.unregister(end)
                end.close()
            return
        if source is line.client and line.server_spoke_last:
            self.round_trips += 1
            time.sleep(self.delay_seconds)
        line.server_spoke_last = source is line.server
        (line.server if source is line.client else line.client).sendall(chunk)


class _Line:
    """One connection, its two ends, and who spoke last on it."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client, self.server = client, server
        self.server_spoke_last = True

"""Serving: a WSGI application behind waitress, and a clock beside it, until the process is told to stop.

Told to stop, it ticks no more, takes no new connection, lets what was begun end, and is gone within 25 seconds; what
the clock had claimed and not done is claimed again by the next one when its lease runs out.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from waitress import wasyncore
from waitress.server import create_server

from engine.clockwork import Clockwork

THREADS = 8
# The youngest objects are looked through once 20,000 more are there than before: a request makes thousands, and nearly
# all go at once. What stays longer are cases kept in memory, whose circles only a look at older objects frees when
# others have taken their place: with such a look at every second of the former the process grows by 18 MB in 5,500
# requests, with one at every twentieth by 45 MB.
_COLLECT_EVERY = (20_000, 1, 1)
_TO_DRAIN, _TO_STOP = 10.0, 24.0  # seconds
_GLANCE = 0.5


class PortTaken(Exception):
    """Somebody else listens at the address, or this user may not. `args`: host, port, what the system says."""


def listen(host: str, port: int) -> socket.socket:
    """Return a bound socket, so that a taken port is known before anything slow begins. Raises: PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(socket.SOMAXCONN)
    except (OSError, OverflowError) as taken:
        bound.close()
        raise PortTaken(host, port, getattr(taken, "strerror", None) or str(taken)) from taken
    return bound


def until_told() -> threading.Event:
    """Return an event that SIGTERM and Ctrl-C set, from now on, instead of killing the process."""
    told = threading.Event()

    def tell(_signal: int, _frame: object) -> None:
        told.set()

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, tell)
    return told


def serve(app: Callable[..., Any], bound: socket.socket, clock: Clockwork | None, told: threading.Event) -> None:
    """Serve `app` at a bound socket, ticking `clock` if there is one, until `told`; then end cleanly."""
    channels: dict[int, Any] = {}
    server = create_server(
        app, map=channels, sockets=[bound], threads=THREADS, ident=None, clear_untrusted_proxy_headers=False
    )
    if clock is not None:
        clock.start()
    _settle()
    while not told.is_set():
        wasyncore.loop(timeout=_GLANCE, use_poll=True, map=channels, count=1)
    server.accepting = False  # a listening socket that is not accepting is not read
    stopping = _stop_in_background(clock)
    end = time.monotonic() + _TO_DRAIN
    while time.monotonic() < end and any(_busy(channel) for channel in server.active_channels.values()):
        wasyncore.loop(timeout=0.1, use_poll=True, map=channels, count=1)
    server.task_dispatcher.shutdown(timeout=1)
    wasyncore.close_all(channels)
    stopping()


def tick_alone(clock: Clockwork, told: threading.Event) -> None:
    """Tick until `told`; then end cleanly."""
    clock.start()
    told.wait()
    _stop_in_background(clock)()


def _settle() -> None:
    """Leave what was built by now, which lives as long as the process, out of every later garbage collection."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_EVERY)


def _busy(channel: Any) -> bool:
    return bool(channel.requests or channel.total_outbufs_len)


def _stop_in_background(clock: Clockwork | None) -> Callable[[], None]:
    """Begin to stop a clock; return what waits for its end, or, when it takes too long, ends the process at once."""
    if clock is None:
        return lambda: None
    end = time.monotonic() + _TO_STOP
    stopping = threading.Thread(target=clock.stop, daemon=True)
    stopping.start()

    def wait() -> None:
        stopping.join(max(0.0, end - time.monotonic()))
        if stopping.is_alive():
            os._exit(0)  # leases hand back what is under way; waiting longer would only be killed

    return wait

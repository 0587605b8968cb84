"""One running installation: its store, its settings, and a shelf for what a process may keep between requests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine

from engine.settings import PROCRASTINATE, Settings, UnfitDispatcher
from engine.store.session import open_store

T = TypeVar("T")


class Queue(Protocol):
    """What is told of an order in the transaction that writes it; without one, clocks look for what is due."""

    def enqueue(
        self, connection: Connection, orders: Iterable[tuple[int, int | None]], at: datetime | None = None
    ) -> None: ...


@dataclass(eq=False)
class House:
    """What every act and look needs of the installation. Threads share it; what lies on the shelf can be made anew."""

    settings: Settings
    store: Engine
    shelf: dict[Any, Any] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    connectors: Mapping[str, object] = field(default_factory=dict)  # by topic; a city's own come as entry points

    queue: Queue | None = None

    def kept(self, name: str, key: object, make: Callable[[], T]) -> T:
        """Return what `make` gave for `key`, asking again only when `key` changes: one value per name."""
        found = self.shelf.get(name)
        if found is None or found[0] != key:
            found = self.shelf[name] = (key, make())
        value: T = found[1]
        return value


def open_house(settings: Settings) -> House:
    """Open the store that the settings name; make the data folder. Raises: UnfitDispatcher."""
    settings.files_dir.mkdir(parents=True, exist_ok=True)
    queue = queue_module().Queue() if settings.dispatcher == PROCRASTINATE else None
    return House(settings, open_store(settings.database_url), queue=queue)


def queue_module() -> Any:
    """Return `engine.store.queue`, loaded by whoever chose it: its library is an extra, and slow to load.

    Raises: UnfitDispatcher when the extra is not installed.
    """
    try:
        return import_module("engine.store.queue")
    except ModuleNotFoundError as missing:
        raise UnfitDispatcher("extra") from missing

"""One running installation: its store, its settings, and a shelf for what a process may keep between requests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Engine

from engine.settings import Settings
from engine.store.session import open_store

T = TypeVar("T")


@dataclass(eq=False)
class House:
    """What every act and look needs of the installation. Threads share it; what lies on the shelf can be made anew."""

    settings: Settings
    store: Engine
    shelf: dict[Any, Any] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    connectors: Mapping[str, object] = field(default_factory=dict)  # by topic; a city's own come as entry points

    def kept(self, name: str, key: object, make: Callable[[], T]) -> T:
        """Return what `make` gave for `key`, asking again only when `key` changes: one value per name."""
        found = self.shelf.get(name)
        if found is None or found[0] != key:
            found = self.shelf[name] = (key, make())
        value: T = found[1]
        return value


def open_house(settings: Settings) -> House:
    """Open the store that the settings name; make the data folder."""
    settings.files_dir.mkdir(parents=True, exist_ok=True)
    return House(settings, open_store(settings.database_url))

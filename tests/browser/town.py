"""A city hall served to browsers: a store of its own, the pages on a free port, the clock ticking.

Nothing is replaced by a stand-in: the application, the store and the clock are those that `rito run` starts.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from werkzeug.serving import make_server

from engine.access import ANALYST
from engine.acts import cases, procedures
from engine.acts.cases import Started
from engine.acts.procedures import Bundle
from engine.clockwork import Clockwork
from engine.demo.attachments import Attachments
from engine.house import House, open_house
from engine.settings import Settings
from engine.store.cases import Case, Task
from engine.store.session import transaction
from web import create_app

PROCEDURE = "alvara-construcao"
_PERIOD_SECONDS = 0.2
_DATABASE, _FILES = "rito.db", "files"


def settings_of(folder: Path, base_url: str = "http://127.0.0.1") -> Settings:
    """Return the settings of a town kept in `folder`."""
    return Settings(
        database_url=f"sqlite:///{folder / _DATABASE}", data_dir=folder, secret_key="s" * 40, seal_key="k" * 40,
        base_url=base_url,
    )  # fmt: skip


@dataclass(frozen=True)
class Ground:
    """A town at rest, from which towns that are served are copied. `keys` are those of its integrations, by name."""

    folder: Path
    keys: Mapping[str, str]


class Town:
    """A copy of a ground, served at `url` until it is closed."""

    def __init__(self, ground: Ground, folder: Path) -> None:
        folder.mkdir(parents=True)
        shutil.copyfile(ground.folder / _DATABASE, folder / _DATABASE)
        if (ground.folder / _FILES).is_dir():
            shutil.copytree(ground.folder / _FILES, folder / _FILES)
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.keys = ground.keys
        self._server = make_server("127.0.0.1", 0, _nobody_home, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.port}"
        self.house: House = open_house(settings_of(folder, self.url))
        self._server.app = create_app(self.house)
        self._clock = Clockwork(self.house, _PERIOD_SECONDS)
        self._clock.start()
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._clock.stop()
        self.house.store.dispose()

    def publish(self, bundle: Bundle) -> str:
        """Publish a procedure, in force at once; return its key."""
        with self._clock.by(datetime.now(UTC)) as by:
            by.roles = frozenset({ANALYST})
            procedures.publish(by, bundle)
        return bundle.key

    def ask(self, answers: Mapping[str, Any], procedure: str = PROCEDURE) -> Started:
        """Start a case as the portal does; names of files in `answers` become small files of their kind."""
        raw = Attachments(self.house).filled(dict(answers))
        with self._clock.by(datetime.now(UTC)) as by:
            by.actor, by.name = "visitor:test", "visitante"
            return cases.start(by, procedure, raw, origin="portal")

    def tasks(self, number: str) -> list[dict[str, Any]]:
        """Return the tasks of a case, oldest first."""
        query = select(Task.__table__).join(Case, Case.id == Task.case_id).where(Case.number == number)
        with transaction(self.house.store, writes=False) as session:
            return [dict(row) for row in session.connection().execute(query.order_by(Task.opened_at)).mappings()]


def _nobody_home(_environ: Any, start_response: Any) -> list[bytes]:
    start_response("503 Service Unavailable", [])
    return []

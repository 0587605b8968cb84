"""Settings, read once from the environment at the edge and handed down; nothing else reads the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class UnsafeSettings(Exception):
    """The configuration would be unsafe or cannot be read; the message names the variable."""


class UnfitDispatcher(Exception):
    """The dispatcher cannot be had here; the message says why: unknown, database (not PostgreSQL), extra (missing)."""


EMBEDDED, PROCRASTINATE = "embedded", "procrastinate"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an installation decides. Every variable starts with RITO_."""

    database_url: str
    data_dir: Path
    secret_key: str
    seal_key: str
    zone: str = "America/Sao_Paulo"
    city: str = "Vila Serena"
    state: str = "SC"
    base_url: str = "http://127.0.0.1:8000"
    mail_url: str | None = None
    production: bool = False
    upload_limit_bytes: int = 25 * 1024 * 1024
    clock_period_seconds: float = 1.0
    proxies: int = 0
    most_instances: int = 500
    shortest_cycle_seconds: int = 60
    dispatcher: str = EMBEDDED

    @property
    def files_dir(self) -> Path:
        return self.data_dir / "files"


_DEMO_KEY = "demonstration-only-key"


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from `environ`.

    Raises: UnsafeSettings when RITO_PRODUCTION is set and a key is missing, default or short; UnfitDispatcher.
    """
    data_dir = Path(environ.get("RITO_DATA_DIR", "var")).resolve()
    settings = Settings(
        database_url=environ.get("RITO_DATABASE_URL", f"sqlite:///{data_dir / 'rito.db'}"),
        data_dir=data_dir,
        secret_key=environ.get("RITO_SECRET_KEY", _DEMO_KEY),
        seal_key=environ.get("RITO_SEAL_KEY", _DEMO_KEY),
        zone=environ.get("RITO_ZONE", "America/Sao_Paulo"),
        city=environ.get("RITO_CITY", "Vila Serena"),
        state=environ.get("RITO_STATE", "SC"),
        base_url=environ.get("RITO_BASE_URL", "http://127.0.0.1:8000").rstrip("/"),
        mail_url=environ.get("RITO_MAIL_URL"),
        production=environ.get("RITO_PRODUCTION", "") == "1",
        proxies=int(environ.get("RITO_PROXIES", "0")),
        most_instances=int(environ.get("RITO_MOST_INSTANCES", "500")),
        shortest_cycle_seconds=max(1, int(environ.get("RITO_SHORTEST_CYCLE_SECONDS", "60"))),
        dispatcher=environ.get("RITO_DISPATCHER", EMBEDDED),
    )
    _refuse_unfit(settings)
    _refuse_unsafe(settings)
    return settings


def _refuse_unfit(settings: Settings) -> None:
    if settings.dispatcher not in (EMBEDDED, PROCRASTINATE):
        raise UnfitDispatcher("unknown")
    if settings.dispatcher == PROCRASTINATE and not settings.database_url.startswith("postgresql"):
        raise UnfitDispatcher("database")


def _refuse_unsafe(settings: Settings) -> None:
    if not settings.production:
        return
    for name, key in (("RITO_SECRET_KEY", settings.secret_key), ("RITO_SEAL_KEY", settings.seal_key)):
        if key == _DEMO_KEY or len(key) < 32:  # 32 characters: 128 bits even in hexadecimal
            raise UnsafeSettings(name)

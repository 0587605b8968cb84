"""Fresh, migrated databases by the hundred: each is like a template that was migrated once in this run."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

from engine.store.session import open_store
from engine.store.upgrade import upgrade
from tests.postgres import Cluster
from tests.recycled import Template

_TEMPLATE = "rito_template"


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest revision, as `rito migrate` does."""
    store = open_store(url)
    upgrade(store)
    store.dispose()


class Databases:
    """Makes and drops databases of both kinds; the PostgreSQL server starts with the first that asks for it."""

    def __init__(self, folder: Path, binaries: Path | None) -> None:
        self._folder = folder
        self._binaries = binaries
        self._cluster: Cluster | None = None
        self._template: Template | None = None
        self._spare: list[str] = []
        self._sqlite_template: Path | None = None
        self._numbers = itertools.count(1)

    def new(self, kind: str) -> str:
        """Return the URL of a fresh migrated database of `kind`, sqlite or postgresql."""
        name = f"rito_{next(self._numbers)}"
        if kind == "postgresql":
            cluster = self._postgres()
            return cluster.url(self._spare.pop()) if self._spare else cluster.create(name, template=_TEMPLATE)
        path = self._folder / f"{name}.db"
        shutil.copyfile(self._template_file(), path)
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        """Forget the database at `url`; connections that a test left open do not hold it back."""
        if url.startswith("sqlite"):
            path = url.removeprefix("sqlite:///")
            for suffix in ("", "-wal", "-shm"):
                Path(path + suffix).unlink(missing_ok=True)
        else:
            self._take_back(url.partition("?")[0].rpartition("/")[2])

    def close(self) -> None:
        """Stop the server, if one was started."""
        if self._cluster:
            self._cluster.stop()
            self._cluster = None

    def _postgres(self) -> Cluster:
        if self._cluster is None:
            assert self._binaries, "asked for PostgreSQL where there is none"
            self._cluster = Cluster(self._binaries)
            self._cluster.start()
            migrate(self._cluster.create(_TEMPLATE))
            with self._cluster.connect(_TEMPLATE) as connection:
                self._template = Template.of(connection)
        return self._cluster

    def _take_back(self, name: str) -> None:
        cluster = self._postgres()
        assert self._template
        with cluster.connect(name) as connection:
            fit = self._template.restore(connection)
        if fit:
            self._spare.append(name)
        else:
            cluster.drop(name)

    def _template_file(self) -> Path:
        if self._sqlite_template is None:
            path = self._folder / "template.db"
            migrate(f"sqlite:///{path}")
            assert not path.with_name("template.db-wal").exists(), "a connection to the template was left open"
            self._sqlite_template = path
        return self._sqlite_template

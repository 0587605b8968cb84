"""A process of its own that carries orders out, as `rito clock` does; its connector does what a word says.

Words: what the connector does (ok, sleep, slow, die), URL, data folder, adapter, file to tell calls in, name=value.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from engine.acts import orders
from engine.clockwork import Clockwork
from engine.house import House, open_house
from engine.outlets.connectors import Call, Connector
from engine.serving import tick_alone, until_told
from engine.settings import Settings


def main(does: str, url: str, folder: str, adapter: str, told: str, *tuning: str) -> None:
    """Work until told to stop."""

    def call(asked: Call) -> Mapping[str, Any]:
        with Path(told).open("a") as file:
            file.write(f"{asked.key}\n")
        if does == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep({"sleep": 600, "slow": 2}.get(does, 0))
        return {"veio": does}

    words = {name: float(value) for name, _, value in (one.partition("=") for one in tuning)}
    if "lease" in words:
        orders.LEASE = timedelta(seconds=words["lease"])
        import_module("engine.dispatch.carrier").RENEWED_EVERY = words["lease"] / 4
        if adapter == "procrastinate":
            queued = import_module("engine.dispatch.queued")
            queued.HEARTBEAT_SECONDS, queued.STALLED_SECONDS = words["lease"] / 4, words["lease"]
    keys = {"secret_key": "s" * 40, "seal_key": "k" * 40}
    opened = open_house(Settings(database_url=url, data_dir=Path(folder), dispatcher=adapter, **keys))
    house = House(opened.settings, opened.store, connectors={"sonda": Connector(run=call)}, queue=opened.queue)
    tick_alone(Clockwork(house, period_seconds=0.2, grace_seconds=words.get("grace", 18.0)), until_told())


if __name__ == "__main__":
    main(*sys.argv[1:])

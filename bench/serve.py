"""Serves the product or the floor as Rito is served, on a free port of 127.0.0.1 and says which, as one line of JSON.

Both are served alike. It ends when its standard input closes, so that it cannot outlive the one who measures.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from flask import Flask

from bench.data import SEAL_KEY, SECRET_KEY
from bench.floor_app import create_app as create_floor
from engine.house import open_house
from engine.serving import listen, serve
from engine.settings import Settings
from web import create_app as create_product


def _product(order: dict[str, Any]) -> Flask:
    settings = Settings(
        database_url=order["url"], data_dir=Path(order["folder"]), secret_key=SECRET_KEY, seal_key=SEAL_KEY
    )
    return create_product(open_house(settings))


def _wait_for_the_end() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    """Serve what the first argument orders: {"app", "url", "folder", "filler"}."""
    order = json.loads(sys.argv[1])
    app = _product(order) if order["app"] == "product" else create_floor(order["url"], order["filler"])
    bound = listen("127.0.0.1", 0)
    sys.stdout.write(json.dumps({"port": bound.getsockname()[1]}) + "\n")
    sys.stdout.flush()
    threading.Thread(target=_wait_for_the_end, daemon=True).start()
    serve(app, bound, None, threading.Event())


if __name__ == "__main__":
    main()

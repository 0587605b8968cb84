"""Install what the tests need beyond Python where we may (Debian as root); elsewhere say what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests import needs

_DEBIAN_PACKAGES = {"chromium": "chromium", "postgresql": "postgresql"}


def main() -> int:
    """Prepare this machine; returns 1 only when CI asks for everything and something is missing."""
    missing = needs.missing()
    if missing and _is_debian_root():
        _install([_DEBIAN_PACKAGES[need] for need in missing])
        missing = needs.missing()
    for sentence in missing.values():
        print(sentence, file=sys.stderr)  # noqa: T201 - a script's way to speak
    return 1 if missing and os.environ.get("CI") else 0


def _is_debian_root() -> bool:
    return sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install(packages: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=environment, check=False)  # noqa: S607 - found on the PATH by intent
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL)  # noqa: S603 - names from the table above


if __name__ == "__main__":
    sys.exit(main())

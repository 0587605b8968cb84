"""The house read as text: which files there are, and what each of our modules says. Judges nothing: `rules.py` does."""

from __future__ import annotations

import ast
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = ("engine", "web")
_NOT_SOURCE = {".git", ".venv", "node_modules", "__pycache__", "var", "dist", "build", "screenshots"}


@dataclass(frozen=True)
class Module:
    """One Python file: its path from the root of the repository, its text and its tree."""

    path: str
    text: str

    @property
    def name(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def tree(self) -> ast.Module:
        return _parse(self.text)

    @property
    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]

    def at(self, node: ast.stmt | ast.expr) -> str:
        return f"{self.path}:{node.lineno}"


@cache
def modules(*folders: str) -> list[Module]:
    """Return every Python file below `folders`, in order."""
    paths = [path for path in files() if path.endswith(".py") and path.split("/")[0] in (folders or OURS)]
    return [Module(path, (ROOT / path).read_text(encoding="utf-8")) for path in paths]


@cache
def files() -> tuple[str, ...]:
    """Return the paths of what git keeps or would keep; in a copy without git, of all that is not made or fetched."""
    listing = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(listing, capture_output=True, text=True, check=True).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        listed = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if not _NOT_SOURCE & {*path.parts}]
    return tuple(sorted({path for path in listed if (ROOT / path).is_file()}))


@cache
def _parse(text: str) -> ast.Module:
    return ast.parse(text)

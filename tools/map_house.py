"""Renew the README's map: lines that stand stay, new modules bring their docstring's first sentence, gone ones go.

Writes nothing but the part of README.md between the two marks; says how many lines it added and dropped.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPENING, CLOSING = "<!-- map: make map -->", "<!-- end of map -->"
_LINE = re.compile(r"^\| `(?P<path>[\w/]+\.py)` \| (?P<what>.*) \|$", re.MULTILINE)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`])|\n\n")


def main() -> int:
    """Rewrite the map; returns 1 when a module has no docstring to take a line from."""
    readme = ROOT / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition(OPENING)
    old, _, after = rest.partition(CLOSING)
    kept = {hit["path"]: hit["what"] for hit in _LINE.finditer(old)}
    lines = {path: kept.get(path) or first_sentence(path) for path in mapped()}
    readme.write_text(f"{before}{OPENING}\n{_tables(lines)}\n{CLOSING}{after}", encoding="utf-8")

    silent = [path for path, line in lines.items() if not line]
    added, dropped = len(lines.keys() - kept.keys()), len(kept.keys() - lines.keys())
    sys.stdout.write(f"{added} added, {dropped} dropped\n")
    sys.stdout.writelines(f"{path} has no docstring\n" for path in silent)
    return 1 if silent else 0


def mapped() -> list[str]:
    """Return the paths of the modules that hold code: a package's bare docstring is not one."""
    paths = [path for folder in ("engine", "web") for path in (ROOT / folder).rglob("*.py")]
    ours = [path for path in paths if "node_modules" not in path.parts]
    return sorted(str(path.relative_to(ROOT)) for path in ours if path.name != "__init__.py" or len(_body(path)) > 1)


def first_sentence(path: str) -> str:
    """Return the first sentence of the module's docstring, without its full stop; empty when there is none."""
    docstring = ast.get_docstring(ast.parse((ROOT / path).read_text(encoding="utf-8"))) or ""
    sentence = _SENTENCE_END.split(docstring, maxsplit=1)[0]
    return " ".join(sentence.split()).removesuffix(".").replace("|", "\\|")


def _tables(lines: dict[str, str]) -> str:
    return "\n".join(part for room, paths in _rooms(lines) for part in _table(room, paths, lines))


def _rooms(lines: dict[str, str]) -> Iterator[tuple[str, list[str]]]:
    ordered = sorted(lines, key=lambda path: (str(Path(path).parent), path))
    for room, paths in groupby(ordered, key=lambda path: str(Path(path).parent)):
        yield room, list(paths)


def _table(room: str, paths: list[str], lines: dict[str, str]) -> list[str]:
    package = ROOT / room / "__init__.py"
    purpose = first_sentence(str(package.relative_to(ROOT))) if package.exists() else ""
    rows = [f"| `{path}` | {lines[path]} |" for path in paths]
    return [f"\n**`{room}/`**{' — ' + purpose if purpose else ''}\n", "| module | what it is for |", "|---|---|", *rows]


def _body(path: Path) -> list[ast.stmt]:
    return ast.parse(path.read_text(encoding="utf-8")).body


if __name__ == "__main__":
    sys.exit(main())

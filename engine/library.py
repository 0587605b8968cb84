"""The starter library: a procedure's folder (`process.bpmn`, forms, tables, templates) read into a bundle."""

from __future__ import annotations

from pathlib import Path

from engine.acts.procedures import Bundle
from engine.bpmn.source import B, parse
from engine.errors import NotFound

ROOT = Path(__file__).resolve().parent.parent / "diagrams"


def read_bundle(folder: Path) -> Bundle:
    """Return what lies in a procedure's folder; the key is the folder's name, its parent's the secretariat.

    Raises: NotFound without a `process.bpmn`; DiagramRefused when that is not BPMN.
    """
    diagram = folder / "process.bpmn"
    if not diagram.is_file():
        raise NotFound(folder=str(folder))
    xml = diagram.read_bytes()
    process = parse(xml).find(B + "process")
    return Bundle(
        key=folder.name,
        name=(process.get("name") if process is not None else None) or folder.name,
        xml=xml,
        forms={_key(path): path.read_text() for path in sorted(folder.glob("*.form.json"))},
        tables={_key(path): path.read_bytes() for path in sorted(folder.glob("*.dmn"))},
        papers={_key(path): path.read_text() for path in sorted(folder.glob("*.doc.md"))},
        secretariat=folder.parent.name,
    )


def procedures(root: Path = ROOT) -> list[Path]:
    """Return the folders of all procedures of the library, in order."""
    return sorted(path.parent for path in root.glob("*/*/process.bpmn"))


def _key(path: Path) -> str:
    return path.name.split(".", 1)[0]

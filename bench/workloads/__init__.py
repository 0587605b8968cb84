"""The procedures that are measured: small diagrams that each show one thing, and the building permit.

It says what they are and what their forms are sent; it measures nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.acts.procedures import Bundle
from engine.library import ROOT, read_bundle

_HERE = Path(__file__).resolve().parent
FIVE_TASKS, SPLIT, SCRIPTS, LOOP, PERMIT = "five_tasks", "split_and_join", "twenty_scripts", "loop", "alvara-construcao"
SMALL = (FIVE_TASKS, SPLIT, SCRIPTS, LOOP)
PERMIT_FOLDER = ROOT / "obras" / PERMIT

# What every form of the small workloads is sent, by whoever drives them.
ANSWERS: Mapping[str, str] = {
    "valor": "120",
    "interessado": "Marina Hoffmann",
    "endereco": "Rua das Palmeiras, 45",
    "conferido": "true",
    "observacao": "Conferido com a planta; nada a opor. " * 3,
}


def bundle(key: str) -> Bundle:
    """Return what is published for a workload."""
    if key == PERMIT:
        return read_bundle(PERMIT_FOLDER)
    forms = {path.name.split(".", 1)[0]: path.read_text() for path in sorted((_HERE / "forms").glob("*.form.json"))}
    xml = (_HERE / f"{key}.bpmn").read_bytes()
    return Bundle(key=key, name=key.replace("_", " ").capitalize(), xml=xml, forms=forms, tables={}, papers={})

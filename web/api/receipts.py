"""File references that integrations may put into answers: those that were given for a file that they sent.

Without a receipt a reference would open whatever file has that hash, another citizen's included.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from engine.access import By
from engine.errors import AnswersRefused
from engine.outlets.files import StoredFile

_PARTS = ("sha256", "name", "size", "mime")


def referenced(by: By, stored: StoredFile) -> dict[str, Any]:
    """Return the reference to a file that the caller has just sent."""
    reference = asdict(stored)
    return {**reference, "receipt": _receipt(by, reference)}


def received(by: By, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return answers whose file references all hold, without their receipts. Raises: AnswersRefused by dotted path."""
    errors: dict[str, list[str]] = {}
    checked = {name: _checked(by, value, name, errors) for name, value in answers.items()}
    if errors:
        raise AnswersRefused(errors=errors)
    return checked


def _checked(by: By, value: Any, path: str, errors: dict[str, list[str]]) -> Any:
    if isinstance(value, list):
        return [_checked(by, inner, f"{path}.{index}", errors) for index, inner in enumerate(value)]
    if not isinstance(value, Mapping):
        return value
    if "sha256" not in value:
        return {name: _checked(by, inner, f"{path}.{name}", errors) for name, inner in value.items()}
    if not hmac.compare_digest(str(value.get("receipt")).encode(), _receipt(by, value).encode()):
        errors[path[:200]] = ["file-reference"]
    return {part: value.get(part) for part in _PARTS}


def _receipt(by: By, reference: Mapping[str, Any]) -> str:
    words = ["file", by.actor, *(str(reference.get(part)) for part in _PARTS)]
    return hmac.new(by.house.settings.secret_key.encode(), "\0".join(words).encode(), hashlib.sha256).hexdigest()

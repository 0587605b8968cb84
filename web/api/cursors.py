"""Where a page ended, as text that the next request gives back. Opaque: its form may change."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from engine.desk.cases_api import After
from engine.errors import BadInput

_LARGEST = 2**62


def case_cursor(case_id: int) -> str:
    return format(case_id, "x")


def case_before(text: str | None) -> int | None:
    """Return the id that `case_cursor` wrote. Raises: BadInput."""
    if text is None:
        return None
    try:
        found = int(text, 16)
    except ValueError:
        raise _broken() from None
    if not 0 <= found < _LARGEST:
        raise _broken()
    return found


def task_cursor(after: After) -> str:
    due = "" if after.due_at is None else after.due_at.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%f")
    return f"{due}~{after.id.hex}"


def task_after(text: str | None) -> After | None:
    """Return the place that `task_cursor` wrote. Raises: BadInput."""
    if text is None:
        return None
    due, _, task_id = text.partition("~")
    try:
        due_at = datetime.strptime(due, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC) if due else None
        return After(due_at=due_at, id=UUID(hex=task_id))
    except ValueError:
        raise _broken() from None


def _broken() -> BadInput:
    return BadInput(errors={"after": ["cursor"]})

"""How often an integration may ask: so many requests a minute for each key, and few with keys that are none.

Counted in this process's memory: a limit against loops and floods, not an account. It must never hold a key itself.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from datetime import datetime

from engine.errors import TooManyAttempts

PER_MINUTE = 600
REFUSED_PER_MINUTE = 30
_KEPT = 10_000


@dataclass(eq=False)
class Throttle:
    """Leaky buckets: each leaks `per_minute` drops a minute and holds as many."""

    per_minute: int
    _levels: dict[str, tuple[datetime, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def require_room(self, subject: str, at: datetime) -> None:
        """Refuse when the subject's bucket is full. Raises: TooManyAttempts with the seconds to wait."""
        with self._lock:
            level = self._level(subject, at)
        if level + 1 > self.per_minute:
            seconds = (level + 1 - self.per_minute) * 60 / self.per_minute
            raise TooManyAttempts(retry_after=max(1, round(seconds + 0.5)))

    def drop(self, subject: str, at: datetime) -> None:
        """Put one drop into the subject's bucket."""
        with self._lock:
            level = self._level(subject, at)
            self._levels.pop(subject, None)
            self._levels[subject] = (at, level + 1)
            while len(self._levels) > _KEPT:
                del self._levels[next(iter(self._levels))]

    def _level(self, subject: str, at: datetime) -> float:
        since, level = self._levels.get(subject, (at, 0.0))
        leaked = max(0.0, (at - since).total_seconds()) * self.per_minute / 60
        return max(0.0, level - leaked)


def subject_of(header: str) -> str:
    """Return the name under which a key is counted."""
    return hashlib.sha256(header.encode("utf-8", "surrogatepass")).hexdigest()

"""The queue's tables, for whoever brings them up to date or asks whether anybody works; nothing without a queue."""

from __future__ import annotations

from engine.house import House, queue_module
from engine.store.session import transaction


def prepare_queue(house: House) -> None:
    """Make the tables of the queue as the installed library wants them, if the installation has a queue."""
    if house.queue is not None:
        with transaction(house.store) as session:
            queue_module().prepare(session.connection())


def queue_is_ready(house: House) -> bool:
    """Whether there is no queue, or its tables are those of the installed library."""
    if house.queue is None:
        return True
    with transaction(house.store, writes=False) as session:
        return bool(queue_module().is_ready(session.connection()))


def queue_workers(house: House) -> int | None:
    """Return how many workers are alive; None when the queue's tables are not there."""
    if not queue_is_ready(house):
        return None
    with transaction(house.store, writes=False) as session:
        return int(queue_module().workers_alive(session.connection()))

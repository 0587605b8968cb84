"""Cases that nobody starts by hand: they begin at an event of a procedure in force, when its message or signal comes.

Whether somebody may send it was asked where it came in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.access import By
from engine.acts.advance import Moved, begin, opening
from engine.acts.advance.hearers import Entrance
from engine.acts.protocol import new_case, new_code, next_number
from engine.audit import Entry
from engine.city import edition
from engine.store.cases import SIGNAL

BY_MESSAGE, BY_SIGNAL = "mensagem", "sinal"


def begin_at(by: By, entrance: Entrance, payload: Mapping[str, Any], facts: Mapping[str, Any]) -> Moved:
    """Begin a case at an event. What its outputs take of the payload is the data that it begins with.

    `facts` of the event go into the trail with the payload. Raises: ExpressionRefused, CaseStuck.
    """
    version = edition(by, entrance.version_id)
    origin = BY_SIGNAL if version.blueprint.elements[entrance.element].event == SIGNAL else BY_MESSAGE
    data = opening(by, version, entrance.element, {origin: dict(payload)})
    number = next_number(by)
    told = {"procedure": version.procedure_key, "version": version.number, "at": entrance.element}
    act = Entry("case.start", f"case:{number}", {**told, **facts, "payload": dict(payload)})
    new = new_case(by, version, data, (number, new_code()), origin)
    return begin(by, new, act, data, at=entrance.element)


def begin_by_signal(by: By, sent: Mapping[str, Any]) -> Moved:
    """Begin a case where a signal was heard. `sent`: version_id, element, name, payload. Raises: as `begin_at`."""
    entrance = Entrance(sent["version_id"], sent["element"])
    return begin_at(by, entrance, sent["payload"], {"name": sent["name"]})

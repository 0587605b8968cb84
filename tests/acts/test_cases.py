"""Starting, withdrawing and following cases."""

from __future__ import annotations

from tests.city import City
from tests.sketches import (
    BROKEN_SCRIPT,
    DEADLINE,
    FIVE_TASKS,
    FORMS,
    LEGAL_CLOCK,
    LOOP,
    PAYMENT,
    SERVICE,
)


def test_smoke(city: City) -> None:
    for number, xml in enumerate((FIVE_TASKS, LOOP, DEADLINE, PAYMENT, SERVICE, BROKEN_SCRIPT, LEGAL_CLOCK)):
        city.publish(xml, key=f"p{number}", forms=FORMS)
        started = city.start(procedure=f"p{number}")
        print(started.number, city.open_elements(started.case_id))
    print(city.findings())

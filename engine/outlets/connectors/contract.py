"""What a connector is: the inputs it declares, the call it is given, the result it may give back.

A connector runs outside every transaction and at least once: the key of a call is the same at each attempt, so that
whoever is called can tell a repeated one. It must never write to the store: its result goes back into the case as a
step.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from engine.house import House
from engine.outlets import OutletFailed
from engine.store.base import dumps, loads
from engine.worktime import Calendar

LARGEST_RESULT = 1_048_576
KINDS: Mapping[str, tuple[type, ...]] = {
    "text": (str,),
    "number": (int, float, Decimal),
    "boolean": (bool,),
    "list": (list,),
    "context": (dict,),
    "paper": (str,),  # the name of a template of the procedure's version
    "any": (object,),
}


@dataclass(frozen=True)
class Input:
    """A value that a diagram gives to a connector, by name. `kind` is one of KINDS."""

    name: str
    kind: str = "any"
    required: bool = False


@dataclass(frozen=True, kw_only=True)
class Inside:
    """What only Rito's own connectors see of the house and of the case; a city's own get their inputs and no more."""

    house: House
    parameter: Callable[[str], object]
    calendar: Calendar
    procedure: str
    values: Mapping[str, Any]
    papers: Mapping[str, str]
    origins: Collection[str]


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call: the inputs, the key (`case:task:order`, the same at every attempt), the case's number, the moment."""

    inputs: Mapping[str, Any]
    key: str
    attempt: int
    number: str
    at: datetime
    inside: Inside | None = None

    @property
    def house(self) -> Inside:
        assert self.inside is not None, "asked for by a connector that declares `inside`"
        return self.inside


@dataclass(frozen=True, kw_only=True)
class Connector:
    """What a service task may ask for. `run` returns a JSON object or raises OutletFailed.

    `outputs` names what the result always holds, so that a diagram that reads something else is refused; None: not
    declared. `inside` is for Rito's own.
    """

    run: Callable[[Call], Mapping[str, Any]]
    inputs: tuple[Input, ...] = ()
    outputs: frozenset[str] | None = None
    inside: bool = False


def fits(kind: str, value: object) -> bool:
    """Whether a value is of a kind of input; a boolean is no number."""
    wanted = KINDS[kind]
    return isinstance(value, wanted) and (bool in wanted or object in wanted or not isinstance(value, bool))


def carry(connector: Connector, call: Call) -> dict[str, Any]:
    """Call a connector with inputs that hold; return its result as the case's data may keep it.

    Raises: OutletFailed (input-missing, input-type, result-unfit, or what the connector says).
    """
    for wanted in connector.inputs:
        value = call.inputs.get(wanted.name)
        if value is None or value == "":
            if wanted.required:
                raise OutletFailed("input-missing", retry=False, input=wanted.name)
        elif not fits(wanted.kind, value):
            raise OutletFailed("input-type", retry=False, input=wanted.name, expected=wanted.kind)
    return _kept(connector.run(call))


def _kept(result: object) -> dict[str, Any]:
    try:
        text = dumps(result)
        kept = loads(text) if len(text) <= LARGEST_RESULT else None
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError) as unfit:
        raise OutletFailed("result-unfit", retry=False, reason=type(unfit).__name__) from unfit
    if not isinstance(kept, dict):
        raise OutletFailed("result-unfit", retry=False, reason="too-large" if kept is None else "not-an-object")
    return kept

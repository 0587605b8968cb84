"""Errors as programs read them: problem+json (RFC 9457), in Portuguese or, when asked for, in English.

`type` and the codes in `errors` are what a program decides by; they never change. Sentences are for people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from flask import g
from werkzeug.wrappers import Response

from web.finding_messages import finding_sentence
from web.form_messages import sentence
from web.language import choose
from web.messages import SHAPES, Said

MIME: Final = "application/problem+json"
_TOLD = ("by", "at", "role", "retry_after", "reason", "name", "key")  # facts that a program may decide by

HTTP_CODES: Final[Mapping[int, str]] = {
    400: "bad-request",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "unsupported-media-type",
    429: "too-many-attempts",
    500: "broken",
    503: "busy",
}

ENGLISH: Final[Mapping[str, str]] = {
    "refused": "Not done",
    "not-found": "Not found",
    "denied": "Not permitted",
    "sign-in-needed": "A valid token is needed",
    "bad-login": "Name and password do not match",
    "too-many-attempts": "Too many requests",
    "answers-refused": "Some answers do not hold",
    "case-suspended": "The case is suspended",
    "error-not-caught": "An error that the diagram does not catch",
    "hand-refused": "This cannot be done by hand here",
    "move-not-undone": "The move cannot be undone",
    "task-not-open": "The task is no longer open",
    "task-taken": "Somebody else holds the task",
    "case-moved": "The case changed meanwhile",
    "key-reused": "The idempotency key was used with another body",
    "diagram-refused": "The diagram cannot be published",
    "expression-refused": "The expression cannot be read",
    "call-refused": "The call could not begin",
    "decision-refused": "The decision table gave no answer",
    "another-under-way": "Another activity was begun and must end first",
    "instances-refused": "It cannot be said how many instances there are",
    "file-refused": "The file is not accepted",
    "outlet-failed": "Another system did not answer",
    "message-unmatched": "No case waits for this message",
    "bad-input": "The request is not in the expected shape",
    "state-not-readable": "The case's state cannot be read",
    "runaway-case": "The case did not come to rest",
    "case-stuck": "The case cannot go on; an operator was told",
    "begins-by-event": "Cases of this procedure begin with an event",
    "case-closed": "The case has ended",
    "signature-refused": "Not signed",
    "bad-request": "The request cannot be read",
    "method-not-allowed": "Method not allowed",
    "too-large": "Too large",
    "unsupported-media-type": "Content type not accepted",
    "stale-page": "The page is too old",
    "broken": "Something went wrong",
    "busy": "Busy; try again",
}


def problem(said: Said, code: str, facts: Mapping[str, object]) -> Response:
    """Return an error as RFC 9457 has it, each thing that is wrong named in `errors`."""
    english = choose() == "en"
    body: dict[str, Any] = {
        "type": f"urn:rito:{code}",
        "title": ENGLISH.get(code, code) if english else said.title,
        "status": said.status,
        "request": g.get("request_id"),
        **{name: _plain(facts[name]) for name in _TOLD if facts.get(name)},
    }
    errors = list(_errors(code, facts))
    if errors:
        body["errors"] = errors
    if english:
        for error in errors:
            del error["detail"]
    else:
        body["detail"] = said.sentence
    return Response(msgspec.json.encode(body), said.status, mimetype=MIME)


def _errors(code: str, facts: Mapping[str, object]) -> Iterator[dict[str, Any]]:
    fields, findings = facts.get("errors"), facts.get("findings")
    if isinstance(fields, Mapping):
        for field, faults in fields.items():
            yield from ({"field": str(field), **_fault(fault, shape=code == "bad-input")} for fault in faults)
    if isinstance(findings, list):
        for finding in findings:
            yield from _finding(finding)


def _fault(fault: object, *, shape: bool) -> dict[str, str]:
    code = str(fault["code"]) if isinstance(fault, Mapping) else str(fault)
    if shape:
        return {"code": code, "detail": str(SHAPES.get(code, SHAPES["invalid"]))}
    return {"code": code, "detail": sentence(fault)}


def _finding(finding: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    inner = finding.get("findings")
    if isinstance(inner, list):  # a table refused as a whole carries what its own reader found
        for one in inner:
            yield from _finding({"file": finding.get("file"), **one})
        return
    where = {name: finding[name] for name in ("file", "form") if finding.get(name)}
    element = finding.get("element") or None
    yield {"element": element, "code": str(finding["code"]), **where, "detail": finding_sentence(finding)}


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | datetime) else str(value)

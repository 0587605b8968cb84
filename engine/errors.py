"""The one error tree: a code and facts. No HTTP, no Portuguese; `web/messages.py` holds sentence and status."""

from __future__ import annotations

from typing import ClassVar


class Refused(Exception):
    """Something was not done. `code` names what happened, `facts` say to what; both travel to the edge unchanged."""

    code: ClassVar[str] = "refused"

    def __init__(self, **facts: object) -> None:
        super().__init__(self.code, facts)
        self.facts = facts

    def __str__(self) -> str:
        return " ".join([self.code, *(f"{name}={value!r}" for name, value in self.facts.items())])


class NotFound(Refused):
    """No such thing, or none that the caller may see: the two are told apart nowhere."""

    code = "not-found"


class Denied(Refused):
    """The caller may see the thing, but may not do this to it."""

    code = "denied"


class SignInNeeded(Refused):
    """No session, or one that has ended."""

    code = "sign-in-needed"


class BadLogin(Refused):
    """Name and password do not match; it is never said which."""

    code = "bad-login"


class TooManyAttempts(Refused):
    """Too many failed attempts from this account or address. Facts: retry_after (seconds)."""

    code = "too-many-attempts"


class AnswersRefused(Refused):
    """Answers of a form do not hold. Facts: errors ({dotted field path: [code, ...]})."""

    code = "answers-refused"


class TaskNotOpen(Refused):
    """The task was completed or cancelled meanwhile. Facts: task, by, at."""

    code = "task-not-open"


class TaskTaken(Refused):
    """Another servant holds the task. Facts: task, by."""

    code = "task-taken"


class CaseMoved(Refused):
    """The case changed between reading and writing (lock version). Facts: case."""

    code = "case-moved"


class KeyReused(Refused):
    """An idempotency key came again with another body."""

    code = "key-reused"


class DiagramRefused(Refused):
    """A diagram, form or table cannot be deployed. Facts: findings (list of {element, code, ...facts})."""

    code = "diagram-refused"


class ExpressionRefused(Refused):
    """A FEEL expression does not compile or went over its bounds. Facts: reason, line, column, source, names."""

    code = "expression-refused"


class AnotherUnderWay(Refused):
    """In an ad-hoc sub-process one activity is done at a time, and another was begun. Facts: element, name."""

    code = "another-under-way"


class InstancesRefused(Refused):
    """It cannot be said how many instances an activity has. Facts: element, reason, found or source, limit."""

    code = "instances-refused"


class ErrorRaised(Refused):
    """An activity raised an error that nothing around it catches. Facts: error (its code), message."""

    code = "error-not-caught"


class DecisionRefused(Refused):
    """A decision table cannot be read or gives no single answer. Facts: table, reason, rows."""

    code = "decision-refused"


class CallRefused(Refused):
    """A call activity cannot begin what it calls. Facts: element, reason, limit or name."""

    code = "call-refused"


class FileRefused(Refused):
    """An uploaded file is too large, empty, or not of a permitted type. Facts: field, name, reason."""

    code = "file-refused"


class MessageUnmatched(Refused):
    """No case waits for this message. Facts: name, key."""

    code = "message-unmatched"


class BadInput(Refused):
    """A request's shape is wrong. Facts: errors ({field: [reason]})."""

    code = "bad-input"


class StateNotReadable(Refused):
    """A saved state is of an unknown format or does not fit its version. Facts: format or element."""

    code = "state-not-readable"


class RunawayCase(Refused):
    """A step did not come to rest within its bounds. Facts: steps."""

    code = "runaway-case"


class CaseStuck(Refused):
    """The engine cannot take this step; nothing of it is kept, an incident is due. Facts: case, reason, facts."""

    code = "case-stuck"


class CaseClosed(Refused):
    """The case has ended. Facts: case."""

    code = "case-closed"


class BeginsByEvent(Refused):
    """Cases of this procedure begin when a message or signal comes; nobody starts them. Facts: procedure."""

    code = "begins-by-event"


class SignatureRefused(Refused):
    """A signature lacks its level: the password was not confirmed, or the document is not ready. Facts: reason."""

    code = "signature-refused"


class CaseSuspended(Refused):
    """The case is suspended: nothing of it moves until it is resumed. Facts: case, at."""

    code = "case-suspended"


class HandRefused(Refused):
    """An act by hand on a case is not safe, or not possible where the case stands. Facts: reason, element, others."""

    code = "hand-refused"


class MoveNotUndone(Refused):
    """The case has gone on since it was moved, or the move was undone before. Facts: move, number."""

    code = "move-not-undone"

"""The wire shapes: what integrations send and get. The OpenAPI document is made from them.

Names and descriptions are for people outside the house; what they describe is decided by acts and desk.
"""

from __future__ import annotations

import re
from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, fields, validate

KEY = re.compile(r"[a-z][a-z0-9_-]{0,79}")
NAME = validate.Regexp(r"^[a-z][a-z0-9_-]{0,79}$", error="pattern")
LINE = validate.Length(min=1, max=120, error="length")
LIMIT = validate.Range(min=1, max=200, error="range")


def _said(text: str) -> dict[str, str]:
    return {"description": text}


class Sent(Schema):
    """What comes in: a name that is not known is refused, never dropped."""

    class Meta:
        """marshmallow's own options."""

        unknown = RAISE

    def handle_error(self, error: Any, data: Any, *, many: bool, **kwargs: Any) -> None:  # noqa: ARG002  marshmallow's
        """Turn marshmallow's sentences into codes; those of our validators are codes already."""
        error.messages = _codes(error.messages)


_CODES = {
    "Missing data for required field.": "required",
    "Field may not be null.": "required",
    "Unknown field.": "unknown",
}


def _codes(messages: Any) -> Any:
    if isinstance(messages, dict):
        return {name: _codes(inner) for name, inner in messages.items()}
    return [_CODES.get(str(one), str(one) if " " not in str(one) else "invalid") for one in messages]


class Given(Schema):
    """What goes out. More may be added one day: a client passes over what it does not know."""

    class Meta:
        """marshmallow's own options."""

        unknown = EXCLUDE


# -- cases ------------------------------------------------------------------------------------------------------------


class CaseStartIn(Sent):
    answers = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata=_said(
            "As respostas do formulário inicial, aninhadas como as chaves do formulário: obra.area é {obra: {area}}."
        ),
    )


class CaseStartedOut(Given):
    number = fields.String(required=True, metadata=_said("Número do processo, AAAA.NNNNNN-D."))
    access_code = fields.String(
        required=True, metadata=_said("Código com que o requerente acompanha o processo; não é mostrado de novo.")
    )
    status = fields.String(required=True)


class CaseQuery(Sent):
    procedure = fields.String(validate=NAME, metadata=_said("Chave do procedimento."))
    status = fields.String(validate=validate.OneOf(["open", "done"], error="not-an-option"))
    number = fields.String(validate=LINE)
    document = fields.String(validate=LINE, metadata=_said("CPF ou CNPJ do requerente, com ou sem pontuação."))
    after = fields.String(validate=LINE, metadata=_said("O `next` da página anterior."))
    limit = fields.Integer(load_default=50, validate=LIMIT)


class CaseOut(Given):
    number = fields.String(required=True)
    procedure = fields.String(required=True)
    procedure_name = fields.String(required=True)
    version = fields.Integer(required=True)
    subject = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["open", "done"]))
    outcome = fields.String(required=True, allow_none=True, metadata=_said("O desfecho, quando encerrado."))
    secrecy = fields.String(required=True)
    started_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True, metadata=_said("Fim do prazo legal em curso."))


class CasePage(Given):
    items = fields.List(fields.Nested(CaseOut), required=True)
    next = fields.String(required=True, allow_none=True)


class TaskOut(Given):
    id = fields.UUID(required=True)
    case = fields.String(required=True)
    subject = fields.String(required=True)
    procedure = fields.String(required=True)
    element = fields.String(required=True, metadata=_said("O elemento do diagrama."))
    name = fields.String(required=True)
    attempt = fields.Integer(required=True)
    role = fields.String(required=True)
    form = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=validate.OneOf(["open", "done", "cancelled"]))
    opened_at = fields.AwareDateTime(required=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True)
    taken_by = fields.String(required=True, allow_none=True)
    taken_at = fields.AwareDateTime(required=True, allow_none=True)
    mine = fields.Boolean(required=True)


class DeadlineOut(Given):
    name = fields.String(required=True)
    cycle = fields.Integer(required=True)
    amount = fields.Integer(required=True)
    unit = fields.String(required=True)
    status = fields.String(required=True)
    norm = fields.String(required=True, allow_none=True)
    effect = fields.String(required=True, allow_none=True)
    suspensions = fields.Integer(required=True)
    started_at = fields.AwareDateTime(required=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True, metadata=_said("Nulo enquanto suspenso."))
    ended_at = fields.AwareDateTime(required=True, allow_none=True)


class DocumentOut(Given):
    id = fields.Integer(required=True)
    type = fields.String(required=True)
    title = fields.String(required=True)
    name = fields.String(required=True)
    sha256 = fields.String(required=True)
    size = fields.Integer(required=True, metadata=_said("Em bytes."))
    mime = fields.String(required=True)
    secrecy = fields.String(required=True)
    status = fields.String(required=True)
    code = fields.String(required=True, allow_none=True, metadata=_said("Código de verificação, nos emitidos."))
    created_at = fields.AwareDateTime(required=True)


class RequesterOut(Given):
    name = fields.String(required=True)
    document = fields.String(required=True)


class CaseReadOut(CaseOut):
    origin = fields.String(required=True)
    requester = fields.Nested(RequesterOut, required=True)
    tasks = fields.List(fields.Nested(TaskOut), required=True, metadata=_said("As tarefas abertas."))
    deadlines = fields.List(fields.Nested(DeadlineOut), required=True)
    documents = fields.List(fields.Nested(DocumentOut), required=True)


class TrailQuery(Sent):
    after = fields.Integer(
        load_default=0,
        validate=validate.Range(min=0, max=2**31 - 1, error="range"),
        metadata=_said("O último `seq` lido."),
    )
    limit = fields.Integer(load_default=100, validate=LIMIT)


class TrailEntryOut(Given):
    seq = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    actor = fields.String(required=True)
    acting_for = fields.String(required=True, allow_none=True)
    action = fields.String(required=True)
    subject = fields.String(required=True)
    facts = fields.Raw(required=True, allow_none=True, metadata={"type": ["object", "null"]})
    seal = fields.Function(lambda line: line.seal.hex(), required=True, metadata={"type": "string"})


class TrailPage(Given):
    items = fields.List(fields.Nested(TrailEntryOut), required=True)
    next = fields.Integer(required=True, allow_none=True)


# -- tasks ------------------------------------------------------------------------------------------------------------


class TaskQuery(Sent):
    role = fields.String(validate=NAME)
    mine = fields.Boolean(load_default=False, metadata=_said("Só as que este token assumiu."))
    overdue = fields.Boolean(load_default=False, metadata=_said("Só as que passaram do prazo."))
    after = fields.String(validate=LINE, metadata=_said("O `next` da página anterior."))
    limit = fields.Integer(load_default=50, validate=LIMIT)


class TaskPage(Given):
    items = fields.List(fields.Nested(TaskOut), required=True)
    next = fields.String(required=True, allow_none=True)


class TaskReadOut(TaskOut):
    form_schema = fields.Raw(
        required=True, allow_none=True, metadata=_said("O formulário da tarefa, no formato form-js.")
    )
    data = fields.Dict(required=True, metadata=_said("Os dados do processo."))


class TaskHeldOut(Given):
    id = fields.UUID(required=True)
    mine = fields.Boolean(required=True)


class TaskCompleteIn(Sent):
    answers = fields.Dict(
        keys=fields.String(),
        load_default=dict,
        metadata=_said("As respostas do formulário da tarefa, aninhadas como as chaves do formulário."),
    )


class OpenedOut(Given):
    id = fields.UUID(required=True)
    element = fields.String(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True)


class TaskCompletedOut(Given):
    case = fields.String(required=True)
    status = fields.String(required=True)
    outcome = fields.String(required=True, allow_none=True)
    opened = fields.List(fields.Nested(OpenedOut), required=True, metadata=_said("As tarefas que este passo abriu."))


# -- messages, signals, procedures, files -----------------------------------------------------------------------------


class MessageIn(Sent):
    external_id = fields.String(
        required=True,
        validate=LINE,
        metadata=_said("O identificador da mensagem no sistema de origem; repetido, é a mesma."),
    )
    name = fields.String(required=True, validate=LINE, metadata=_said("O nome da mensagem no diagrama."))
    key = fields.String(
        required=True, validate=LINE, metadata=_said("A chave de correlação, como o txid do pagamento.")
    )
    payload = fields.Dict(keys=fields.String(), load_default=dict)


class MessageOut(Given):
    status = fields.String(required=True, validate=validate.OneOf(["delivered", "kept"]))
    case = fields.String(required=True, allow_none=True)


class SignalIn(Sent):
    external_id = fields.String(
        required=True,
        validate=LINE,
        metadata=_said("O identificador do sinal no sistema de origem; repetido, é o mesmo."),
    )
    name = fields.String(required=True, validate=LINE, metadata=_said("O nome do sinal no diagrama."))
    payload = fields.Dict(keys=fields.String(), load_default=dict)


class SignalOut(Given):
    cases = fields.Integer(required=True, metadata=_said("Quantos processos o ouvem."))


class ProcedureOut(Given):
    key = fields.String(required=True)
    name = fields.String(required=True)
    version = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    effective_from = fields.AwareDateTime(required=True)
    published_at = fields.AwareDateTime(required=True)
    draft = fields.Boolean(required=True, metadata=_said("Rascunho: o que falta se pergunta a quem trabalha."))


class ProcedureList(Given):
    items = fields.List(fields.Nested(ProcedureOut), required=True)


class DeployFields(Sent):
    name = fields.String(required=True, validate=validate.Length(min=1, max=160, error="length"))
    secretariat = fields.String(validate=NAME)
    note = fields.String(validate=validate.Length(max=1000, error="length"))
    draft = fields.String(validate=NAME)
    accepted = fields.String(validate=validate.Length(max=1000, error="length"))


class DeployedOut(Given):
    key = fields.String(required=True)
    version = fields.Integer(required=True)
    fresh = fields.Boolean(required=True, metadata=_said("Falso quando o mesmo conteúdo já estava publicado."))


class FileOut(Given):
    sha256 = fields.String(required=True)
    name = fields.String(required=True)
    size = fields.Integer(required=True)
    mime = fields.String(required=True)
    receipt = fields.String(
        required=True, metadata=_said("Prova de que este token enviou o arquivo; vai junto nas respostas.")
    )


class FaultOut(Given):
    """One thing that is wrong: in which field or at which element, which code, in one sentence."""

    field = fields.String()
    element = fields.String(allow_none=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)


class ProblemOut(Given):
    """RFC 9457."""

    type = fields.String(required=True, metadata=_said("urn:rito: e o código do erro."))
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String()
    errors = fields.List(fields.Nested(FaultOut))

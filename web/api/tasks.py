"""Tasks over the wire: the lists of one's roles; claim, release, complete."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from engine.acts import tasks as acts
from engine.desk import cases_api as desk
from web.api.blueprints import ApiBlueprint
from web.api.cursors import task_after, task_cursor
from web.api.receipts import received
from web.api.replays import answered
from web.api.schemas import TaskCompletedOut, TaskCompleteIn, TaskHeldOut, TaskPage, TaskQuery, TaskReadOut
from web.api.wire import reply
from web.request import act, look

bp = ApiBlueprint("tasks", "Tarefas dos papéis do token: listar, assumir, devolver, concluir.")


@bp.get("/tasks", name="listTasks", takes=TaskQuery, gives={200: TaskPage})
def find(sent: dict[str, Any]) -> Response:
    """Listar tarefas abertas

    As dos papéis do token, da mais urgente à menos. Escopo: tasks:work.
    """
    limit, after = sent["limit"], task_after(sent.get("after"))
    with look("token") as by:
        found = desk.tasks(
            by, role=sent.get("role"), mine=sent["mine"], overdue=sent["overdue"], after=after, limit=limit + 1
        )
    last = found[limit - 1] if len(found) > limit else None
    more = task_cursor(desk.After(due_at=last.due_at, id=last.id)) if last else None
    return reply(TaskPage(), {"items": found[:limit], "next": more})


@bp.get("/tasks/<uuid:task_id>", name="readTask", gives={200: TaskReadOut})
def read(task_id: UUID) -> Response:
    """Ler uma tarefa

    Com o formulário que a conclui e os dados do processo. Escopo: tasks:work.
    """
    with look("token") as by:
        found = desk.task(by, task_id)
    return reply(TaskReadOut(), {**vars(found.line), "form_schema": found.form, "data": found.data})


@bp.post("/tasks/<uuid:task_id>/claim", name="claimTask", gives={200: TaskHeldOut})
def claim(task_id: UUID) -> Response:
    """Assumir uma tarefa

    De dois que a querem, um a assume e o outro recebe 409. Escopo: tasks:work.
    """
    with act("token") as by:
        desk.require_task_sight(by, task_id)
        acts.take(by, task_id)
        return answered(by, TaskHeldOut(), {"id": task_id, "mine": True})


@bp.post("/tasks/<uuid:task_id>/release", name="releaseTask", gives={200: TaskHeldOut})
def release(task_id: UUID) -> Response:
    """Devolver uma tarefa ao setor

    Escopo: tasks:work.
    """
    with act("token") as by:
        desk.require_task_sight(by, task_id)
        acts.give_back(by, task_id)
        return answered(by, TaskHeldOut(), {"id": task_id, "mine": False})


@bp.post("/tasks/<uuid:task_id>/complete", name="completeTask", takes=TaskCompleteIn, gives={200: TaskCompletedOut})
def complete(sent: dict[str, Any], task_id: UUID) -> Response:
    """Concluir uma tarefa

    Com as respostas do seu formulário; o processo anda na mesma transação. Tarefas que pedem assinatura avançada não se
    concluem por aqui: assina uma pessoa. Escopo: tasks:work.
    """
    with act("token") as by:
        desk.require_task_sight(by, task_id)
        moved = acts.complete(by, task_id, received(by, sent["answers"]))
        effects = moved.effects
        opened = [
            {"id": one.task_id, "element": one.element.id, "name": one.element.name, "role": one.role}
            for one in effects.opened
        ]
        status = "done" if effects.finished else "open"
        value = {"case": moved.number, "status": status, "outcome": effects.outcome, "opened": opened}
        return answered(by, TaskCompletedOut(), value)

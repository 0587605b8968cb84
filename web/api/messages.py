"""Messages from other systems, such as a bank's word that something was paid: delivered, or kept until awaited."""

from __future__ import annotations

from typing import Any

from flask import Response

from engine.acts import cases as acts
from web.api.blueprints import ApiBlueprint
from web.api.replays import answered
from web.api.schemas import MessageIn, MessageOut
from web.request import act

bp = ApiBlueprint("messages", "Mensagens de outros sistemas, entregues ao processo que as espera.")


@bp.post("/messages", name="correlateMessage", takes=MessageIn, gives={200: MessageOut, 202: MessageOut})
def correlate(sent: dict[str, Any]) -> Response:
    """Entregar uma mensagem

    Pelo nome e pela chave. O mesmo `external_id` outra vez é a mesma mensagem, entregue uma vez só. Escopo: messages.
    """
    with act("token") as by:
        heard = acts.correlate(by, acts.Message(source=by.name, **sent))
        delivered = heard.case_id is not None
        value = {"status": "delivered" if delivered else "kept", "case": heard.number}
        return answered(by, MessageOut(), value, 200 if delivered else 202)

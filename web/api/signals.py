"""Signals from other systems, such as an emergency that the civil defence declares: whoever awaits one hears it."""

from __future__ import annotations

from typing import Any

from flask import Response

from engine.acts import signals as acts
from web.api.blueprints import ApiBlueprint
from web.api.replays import answered
from web.api.schemas import SignalIn, SignalOut
from web.request import act

bp = ApiBlueprint("signals", "Sinais de outros sistemas, ouvidos por todos os processos que os esperam.")


@bp.post("/signals", name="broadcastSignal", takes=SignalIn, gives={202: SignalOut})
def broadcast(sent: dict[str, Any]) -> Response:
    """Transmitir um sinal

    A todos os processos que o esperam agora; quem começar a esperar depois não o ouve. O mesmo `external_id` outra vez
    é o mesmo sinal, transmitido uma vez só. Escopo: signals.
    """
    with act("token") as by:
        heard = acts.broadcast(by, acts.Signal(source=by.name, **sent))
        return answered(by, SignalOut(), {"cases": heard.cases}, 202)

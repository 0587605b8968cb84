"""The e-mail connector: one message in plain text, its fields filled from the case and nothing in it run.

It goes out through the installation's mail outlet; without one it is not sent, and the result says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.outlets.connectors.contract import Call, Connector, Input
from engine.outlets.mail import Mail, send
from engine.outlets.templates import put_in

_LONGEST_SUBJECT = 200


def _send(call: Call) -> Mapping[str, Any]:
    """Send subject and body with `{campo}` put in. Raises: OutletFailed, as the mail outlet says."""
    inside = call.house
    url = inside.house.settings.mail_url
    if url is None:
        return {"enviado": False}
    subject = " ".join(put_in(call.inputs["assunto"], inside.values).split())[:_LONGEST_SUBJECT]
    text = put_in(call.inputs["corpo"], inside.values)
    send(Mail(to=call.inputs["para"].strip(), subject=subject, text=text, ref=call.key, at=call.at), url)
    return {"enviado": True}


EMAIL = Connector(
    run=_send,
    inputs=(
        Input("para", "text", required=True), Input("assunto", "text", required=True),
        Input("corpo", "text", required=True),
    ),
    outputs=frozenset({"enviado"}),
    inside=True,
)  # fmt: skip

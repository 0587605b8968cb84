"""Ways out of the house: files kept on disk, payment codes, papers and mail.

An outlet is told everything it needs. It must never read a table, decide who may do what or ask the clock.
"""

from __future__ import annotations

from engine.errors import Refused


class OutletFailed(Refused):
    """Something could not be sent. Facts: kind, retry (another attempt may do better), and what the outlet knows.

    `error`: the code of the BPMN error that it is to the diagram, which may catch it; never with `retry`.
    """

    code = "outlet-failed"

    def __init__(self, kind: str, *, retry: bool, error: str | None = None, **facts: object) -> None:
        super().__init__(kind=kind, retry=retry, **facts, **({"error": error} if error else {}))
        self.kind = kind
        self.retry = retry
        self.error = error

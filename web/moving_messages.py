"""What whoever moves open cases reads: each verdict, and why a case stays, in Portuguese. It never decides anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

VERDICTS: Final[Mapping[str, LazyString]] = {
    "goes": _("vai"),
    "needs-choice": _("pede escolha"),
    "stays": _("fica"),
}
REASONS: Final[Mapping[str, LazyString]] = {
    "task-gone": _("A tarefa aberta %(element)s não existe na nova versão; diga qual a substitui."),
    "element-gone": _("O que o processo aguarda em %(element)s não existe na nova versão."),
    "subprocess-gone": _("O subprocesso em andamento %(element)s não existe na nova versão."),
    "other-scope": _("%(element)s está em andamento e passou para dentro ou para fora de um subprocesso."),
    "other-kind": _("%(element)s está em andamento e é de outro tipo na nova versão."),
    "repeats-otherwise": _("%(element)s está em andamento e passou a repetir-se, ou deixou de repetir-se."),
    "job-changed": _("O serviço já pedido em %(element)s é outro na nova versão."),
    "join-changed": _("A junção %(element)s, que aguarda caminhos paralelos, mudou."),
    "branch-changed": _("Um caminho paralelo já percorrido até %(element)s mudou."),
    "join-would-wait": _("A junção %(element)s esperaria para sempre por um caminho que o processo não percorre."),
    "boundary-changed": _("O aviso %(element)s já foi dado e passaria a interromper a tarefa."),
    "undo-gone": _("%(element)s já foi feito e, na nova versão, não poderia mais ser desfeito."),
    "wrong-choice": _("A escolha feita para %(element)s não existe ou é de outro tipo."),
    "not-understood": _("O andamento guardado menciona %(element)s de um modo que não se sabe transpor."),
    "state-not-readable": _("O andamento guardado não pôde ser lido."),
    "case-closed": _("O processo já terminou."),
    "case-suspended": _("O processo está suspenso; retome-o antes."),
    "there-already": _("O processo já está nesta versão."),
}
_OTHER = _("O processo não pôde ser levado à nova versão (%(code)s).")
_CANDIDATES = _("Pode ser: %(names)s.")


def reason_sentence(code: str, element: str, candidates: Sequence[str] = ()) -> str:
    """Return why a case stays, and what could be chosen for it to go."""
    said = str(REASONS.get(code, _OTHER)) % {"element": element, "code": code}
    return f"{said} {str(_CANDIDATES) % {'names': ', '.join(candidates)}}" if candidates else said

"""What `rito move` does and says: the verdict on each open case, how many went, how many came back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from engine.access import ANALYST, By
from engine.acts import moving
from engine.city import revision
from engine.clockwork import Clockwork
from engine.errors import MoveNotUndone
from engine.house import House
from engine.store.session import transaction
from web.messages import say
from web.moving_messages import VERDICTS, reason_sentence

_OPTIONS = (
    click.argument("procedure"),
    click.option("--to", "number", type=int, help="A versão para a qual os processos abertos vão."),
    click.option("--dry-run", "only_told", is_flag=True, help="Só dizer o que seria de cada processo."),
    click.option("--map", "pairs", multiple=True, metavar="ANTIGO=NOVO", help="Qual elemento substitui qual."),
    click.option("--recount", is_flag=True, help="Recontar os prazos em curso pelas regras da nova versão."),
    click.option("--reason", default="", help="O motivo, que fica na trilha de cada processo."),
    click.option("--undo", "undone", type=int, metavar="ORDEM", help="Desfazer uma mudança já feita."),
)


def asked(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command what `rito move` may be asked for."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def carry_out(house: House, now: datetime, asked: Mapping[str, Any]) -> None:
    """Move cases, tell what would become of them, or take them back. Raises: click.UsageError without a version."""
    if asked["undone"] is not None:
        _undo(house, now, asked["undone"], asked["reason"])
    elif asked["number"] is None:
        raise click.UsageError("Diga a versão: --to NÚMERO, ou --undo ORDEM.")
    else:
        _move(house, now, asked)


def _move(house: House, now: datetime, asked: Mapping[str, Any]) -> None:
    """Tell the verdict on every open case of another version; unless only that was asked, move those that go."""
    pairs = dict(pair.partition("=")[::2] for pair in asked["pairs"])
    choices = moving.Choices(elements=pairs, recount=asked["recount"])
    with _mover(house, now) as by:
        version = moving.version_of(by, asked["procedure"], asked["number"])
        for verdict in moving.all_verdicts(by, version, choices):
            _tell_verdict(verdict, house.settings.zone)
    if asked["only_told"]:
        return
    with _mover(house, now) as by:
        order = moving.order(by, version, None, choices, asked["reason"])
    Clockwork(house).move_cases(now)
    with _mover(house, now) as by:
        found = moving.progress(by, order)
    click.echo(f"Ordem {order}: {found.moved} foram, {found.stayed} ficaram, {found.waiting} aguardam.")


def _undo(house: House, now: datetime, order: int, reason: str) -> None:
    """Take back what an order moved, the last first, and tell which cases have gone on."""
    with _mover(house, now) as by:
        moves = moving.undoable(by, order)
    kept = 0
    for move_id in moves:
        try:
            with _mover(house, now) as by:
                moving.undo(by, move_id, reason)
        except MoveNotUndone as refused:
            kept += 1
            click.secho(f"  processo {refused.facts['number']}: {say(refused).sentence}", fg="yellow")
    click.echo(f"Ordem {order}: {len(moves) - kept} voltaram, {kept} não.")


@contextmanager
def _mover(house: House, now: datetime) -> Iterator[By]:
    with transaction(house.store) as session:
        by = By(house=house, session=session, at=now, actor="cli", name="linha de comando")
        by.roles, by.revision = frozenset({ANALYST}), revision(session)
        yield by


def _tell_verdict(verdict: moving.Verdict, zone: str) -> None:
    """Print one case: its verdict, why, what begins and stops, and the deadlines, now and by the new rules."""
    said = str(VERDICTS[verdict.verdict])
    click.echo(f"{verdict.number:<18}versão {verdict.version:<4}{said}")
    for reason in verdict.reasons:
        click.echo(f"    {reason_sentence(reason.code, reason.element, reason.candidates)}")
    changed = [f"{old} → {new or 'sai'}" for old, new in verdict.mapping.items()]
    for word, names in (("muda", changed), ("começa", verdict.begins), ("cessa", verdict.stops)):
        if names:
            click.echo(f"    {word:<8}{', '.join(names)}")
    for deadline in verdict.deadlines:
        kept, new = (_day(moment, zone) for moment in (deadline.now, deadline.by_new_rule))
        click.echo(f"    prazo   {deadline.name}: {kept}; pela regra nova, {new}")


def _day(moment: datetime | None, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%d/%m/%Y") if moment else "sem prazo"

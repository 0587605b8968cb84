"""The command line: what an operator or a stranger types. Here, besides the web and the clock, the clock is asked.

It holds no rule: each command opens a house and calls an act, a look or the demonstration.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import click
from sqlalchemy import MetaData, inspect
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from engine import checking, moving_told
from engine.access import ANALYST, OPERATOR, By
from engine.acts import procedures, signals
from engine.acts.verification import verify as find_disagreements
from engine.city import revision
from engine.clockwork import Clockwork
from engine.demo import load as demonstration
from engine.desk.condition import Condition, condition
from engine.dispatch.readiness import prepare_queue, queue_is_ready, queue_workers
from engine.errors import DiagramRefused, NotFound, Refused
from engine.house import House, open_house
from engine.library import read_bundle
from engine.outlets.connectors import known
from engine.scenarios import Played, Player, Scenario, differences, read_scenarios, set_stage
from engine.serving import PortTaken, listen, serve, tick_alone, until_told
from engine.settings import EMBEDDED, Settings, UnfitDispatcher, UnsafeSettings, read_settings
from engine.store.base import loads
from engine.store.session import transaction
from engine.store.upgrade import current, head, upgrade
from web import create_app
from web.finding_messages import finding_sentence
from web.logs import configure_logs
from web.messages import say

_SECRET = frozenset({"secret_key", "seal_key"})
_BEAT_AGE = timedelta(minutes=1)
_UNFIT = {
    "unknown": "RITO_DISPATCHER deve ser embedded ou procrastinate.",
    "database": "RITO_DISPATCHER=procrastinate pede um banco PostgreSQL em RITO_DATABASE_URL.",
    "extra": "RITO_DISPATCHER=procrastinate pede uma biblioteca que falta: pip install 'rito[procrastinate]'",
}
_HOST = click.option(
    "--host", envvar="RITO_HOST", default="127.0.0.1", show_default=True, help="Endereço em que servir."
)
_PORT = click.option("--port", envvar="RITO_PORT", default=8000, show_default=True, help="Porta em que servir.")


class Said(click.ClickException):
    """Something was not done, and this sentence says why."""

    def show(self, file: Any = None) -> None:
        click.secho(self.format_message(), fg="red", err=True, file=file)


class _Commands(click.Group):
    """The commands; whatever they refuse is said in a sentence, never as a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DiagramRefused as refused:
            raise Said("\n".join([say(refused).sentence, *_sentences(refused)])) from refused
        except NotFound as refused:
            raise Said(f"Não encontrado: {', '.join(str(value) for value in refused.facts.values())}") from refused
        except Refused as refused:
            raise Said(f"{say(refused).sentence} ({refused})") from refused
        except PortTaken as taken:
            host, port, why = taken.args
            raise Said(f"A porta {port} de {host} não está livre ({why}). Escolha outra: --port {port + 1}") from taken
        except UnfitDispatcher as unfit:
            raise Said(_UNFIT[str(unfit)]) from unfit
        except SQLAlchemyError as broken:
            raise Said(f"O banco de dados não respondeu: {str(broken).splitlines()[0]}") from broken


def _sentences(refused: DiagramRefused) -> list[str]:
    findings: list[Mapping[str, Any]] = refused.facts["findings"]  # type: ignore[assignment]  # DiagramRefused's own fact
    return [f"  - {finding_sentence(finding)}" for finding in findings]


@click.group(cls=_Commands)
def main() -> None:
    """Rito: os procedimentos da prefeitura, do pedido ao documento assinado."""
    configure_logs()


def _settings() -> Settings:
    try:
        return read_settings()
    except UnsafeSettings as unsafe:
        raise Said(
            f"Configuração insegura: {unsafe} falta, é a da demonstração ou tem menos de 32 caracteres."
        ) from unsafe
    except UnfitDispatcher as unfit:
        raise Said(_UNFIT[str(unfit)]) from unfit
    except ValueError as wrong:
        raise Said(f"Configuração ilegível: {wrong}") from wrong


@contextmanager
def _house(settings: Settings | None = None) -> Iterator[House]:
    house = open_house(settings or _settings())
    try:
        yield house
    finally:
        house.store.dispose()


def _require_head(house: House) -> None:
    found = current(house.store)
    if found != head():
        raise Said(
            f"O banco está na versão {found or 'vazia'}, e este programa pede a {head()}. Rode antes: rito migrate"
        )
    if not queue_is_ready(house):
        raise Said("As tabelas da fila (procrastinate) faltam ou são de outra versão. Rode antes: rito migrate")


def _now() -> datetime:
    return datetime.now(UTC)


# -- serving ----------------------------------------------------------------------------------------------------------


@main.command()
@_HOST
@_PORT
def run(host: str, port: int) -> None:
    """Prepara o banco, carrega a cidade de demonstração se ele está vazio, serve e marca o tempo."""
    settings = _settings()
    if settings.production:
        raise Said("Em produção não se carrega a demonstração, cuja senha é pública. Use: rito migrate; rito serve")
    bound = listen(host, port)
    settings = _at_address(settings, host, bound.getsockname()[1])
    with _house(settings) as house:
        upgrade(house.store)
        prepare_queue(house)
        if demonstration.loaded(house) == "empty":
            _load(house)
        if demonstration.loaded(house) == "half":
            raise Said(
                f"A carga da demonstração foi interrompida. Apague {settings.data_dir} (ou o banco) e rode de novo."
            )
        app, told = create_app(house), until_told()
        if demonstration.loaded(house) == "whole":
            click.echo(demonstration.card(house))
        _say_addresses(settings)
        serve(app, bound, Clockwork(house), told)
    click.echo("Encerrado.")


@main.command("serve")
@_HOST
@_PORT
@click.option("--clock/--no-clock", default=True, show_default=True, help="Marcar o tempo neste mesmo processo.")
def serve_alone(host: str, port: int, *, clock: bool) -> None:
    """Serve as páginas e a API, sem carregar nada."""
    settings = _settings()
    bound = listen(host, port)
    settings = _at_address(settings, host, bound.getsockname()[1])
    with _house(settings) as house:
        _require_head(house)
        app, told = create_app(house), until_told()
        _say_addresses(settings)
        serve(app, bound, Clockwork(house) if clock else None, told)
    click.echo("Encerrado.")


@main.command("clock")
def clock_alone() -> None:
    """Marca o tempo, sem servir: prazos que vencem, avisos, documentos e chamadas a outros sistemas."""
    with _house() as house:
        _require_head(house)
        told = until_told()
        click.echo("Relógio em marcha. Ctrl-C encerra.")
        tick_alone(Clockwork(house), told)
    click.echo("Encerrado.")


def _at_address(settings: Settings, host: str, port: int) -> Settings:
    """Let notices and codes name the address served, unless the installation says how citizens reach it."""
    unnamed = settings.base_url == Settings(database_url="", data_dir=Path(), secret_key="", seal_key="").base_url
    shown = f"[{host}]" if ":" in host else "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104  compared, not bound
    return replace(settings, base_url=f"http://{shown}:{port}") if unnamed else settings


def _say_addresses(settings: Settings) -> None:
    click.secho(f"\n  Rito: {settings.city}", bold=True)
    click.echo(f"  cidadão     {settings.base_url}/\n  servidor    {settings.base_url}/entrar")
    click.echo(f"  API         {settings.base_url}/api/v1/\n  Ctrl-C encerra.\n")


# -- the store --------------------------------------------------------------------------------------------------------


@main.command()
def migrate() -> None:
    """Leva o banco à versão que este programa pede."""
    with _house() as house:
        before = current(house.store)
        upgrade(house.store)
        prepare_queue(house)
        click.echo(f"Banco na versão {head()}" + (" (já estava)." if before == head() else "."))


@main.command()
def demo() -> None:
    """Carrega a cidade de demonstração num banco vazio."""
    settings = _settings()
    if settings.production:
        raise Said("Em produção não se carrega a demonstração, cuja senha é pública.")
    with _house(settings) as house:
        upgrade(house.store)
        if demonstration.loaded(house) != "empty":
            raise Said("O banco já tem uma cidade; a demonstração só se carrega num banco vazio.")
        _load(house)
        click.echo(demonstration.card(house))


def _load(house: House) -> None:
    click.echo("Carregando a cidade de demonstração:")
    began = time.monotonic()
    cases = demonstration.load(house, _now(), lambda said: click.echo(f"  {said}"))
    click.echo(f"  {cases} processos em {time.monotonic() - began:.1f} s\n")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--draft", default=None, help="Como rascunho; o papel que faz o que o desenho não dá a ninguém.")
@click.option("--accept", multiple=True, help="Código de um achado aceito, como extension-ignored; pode repetir.")
def publish(folder: Path, draft: str | None, accept: tuple[str, ...]) -> None:
    """Publica o procedimento de uma pasta: diagrama, formulários, tabelas e modelos."""
    bundle = replace(read_bundle(folder.resolve()), draft=draft, accepted=frozenset(accept))
    with _acting(ANALYST) as by:
        published = procedures.publish(by, bundle)
    said = "publicada" if published.fresh else "já estava publicada: nada mudou"
    kind = " (rascunho)" if draft else ""
    click.echo(f"{folder.resolve().name}, versão {published.number}{kind}: {said}.")


@main.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--draft", is_flag=True, help="Basta que cada um possa ser publicado como rascunho.")
@click.option("--accept", multiple=True, help="Código de um achado aceito, como extension-ignored; pode repetir.")
@click.option("--json", "in_json", is_flag=True, help="Em JSON.")
def check_diagrams(files: tuple[Path, ...], accept: tuple[str, ...], *, draft: bool, in_json: bool) -> None:
    """Diz o que se entende de cada diagrama e se pode ser publicado. Sai com 1 se algum não pode."""
    reports = checking.check(files, accept)
    if in_json:
        click.echo(checking.as_json(reports))
    else:
        for path, report in reports.items():
            click.echo("\n".join(checking.lines(path, report)))
    if not all(report.publishable or (draft and report.as_draft) for report in reports.values()):
        raise SystemExit(1)


@main.command("signal")
@click.argument("name")
@click.option("--payload", default="{}", help="O que o sinal traz: um objeto JSON.")
@click.option("--id", "external_id", help="Identificador do sinal; o mesmo outra vez é o mesmo sinal.")
def send_signal(name: str, payload: str, external_id: str | None) -> None:
    """Transmite um sinal a todos os processos que o esperam agora."""
    try:
        carried = loads(payload)
    except ValueError as broken:
        raise Said("O conteúdo não é JSON.") from broken
    if not isinstance(carried, dict):
        raise Said("O conteúdo deve ser um objeto JSON.")
    signal = signals.Signal(source="cli", external_id=external_id or uuid4().hex, name=name, payload=carried)
    with _acting(OPERATOR) as by:
        sent = signals.broadcast(by, signal)
    click.echo(f"{name}: já tinha sido transmitido." if sent.repeated else f"{name}: {sent.cases} processos o ouvem.")


@contextmanager
def _acting(duty: str) -> Iterator[By]:
    """Give the command line's own `By`, with one duty, in a transaction that commits when the block ends."""
    with _house() as house:
        _require_head(house)
        with transaction(house.store) as session:
            by = By(house=house, session=session, at=_now(), actor="cli", name="linha de comando")
            by.roles, by.revision = frozenset({duty}), revision(session)
            yield by


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Copia o banco, em uso ou não, para um arquivo novo. A pasta `files` copia-se depois, à parte."""
    settings = _settings()
    if file.exists():
        raise Said(f"{file} já existe; escolha outro nome.")
    address = make_url(settings.database_url)
    half = file.with_name(file.name + ".parte")
    half.unlink(missing_ok=True)
    (_copy_sqlite if address.get_backend_name() == "sqlite" else _dump_postgres)(address, half)
    half.rename(file)
    click.echo(f"Banco copiado em {file}. Copie agora a pasta {settings.files_dir}.")


def _copy_sqlite(address: URL, target: Path) -> None:
    source = Path(address.database or "")
    if not source.is_file():
        raise Said(f"Não há banco em {source}.")
    here, there = sqlite3.connect(source), sqlite3.connect(target)
    try:
        here.backup(there)
    finally:
        here.close()
        there.close()


def _dump_postgres(address: URL, target: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise Said("O programa pg_dump, do PostgreSQL, não está instalado.")
    plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
    command = [program, "--format=custom", "--file", str(target), plain]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  program found by which, no shell
    if done.returncode:
        target.unlink(missing_ok=True)
        raise Said(f"pg_dump falhou: {done.stderr.strip()}")


# -- is it well -------------------------------------------------------------------------------------------------------


@main.command("verify")
def verify_all() -> None:
    """Recalcula as cadeias de auditoria e confere as linhas de cada processo contra o seu estado."""
    with _house() as house:
        _require_head(house)
        count = 0
        for finding in find_disagreements(house):
            count += 1
            facts = ", ".join(f"{name}={value}" for name, value in finding.facts.items())
            where = f"processo {finding.case}" if finding.case else "cidade"
            click.secho(f"{where}: {finding.kind} {facts}".rstrip(), fg="red")
    if count:
        raise Said(f"{count} divergências.")
    click.echo("Tudo confere.")


@main.command()
def doctor() -> None:
    """Diz se a instalação está bem: banco, conectores, relógio, despachante, incidentes e o que ficou parado."""
    settings = _settings()
    with _house(settings) as house:
        found = current(house.store)
        lines = [("banco", "responde", True), ("versão", str(found), found == head())]
        lines += [(f"conector {name}", why, False) for name, why in sorted(known(house).broken.items())]
        if found == head():
            with transaction(house.store, writes=False) as session:
                now = _now()
                lines += _condition_lines(condition(session.connection(), now), now)
            lines.append(_dispatcher_line(house))
    for name, said, well in lines:
        click.secho(f"{'ok ' if well else '!! '} {name:<24}{said}", fg=None if well else "red")
    if not all(well for _, _, well in lines):
        raise Said("Há o que tratar.")


def _condition_lines(found: Condition, now: datetime) -> list[tuple[str, str, bool]]:
    age = now - found.beat_at if found.beat_at else None
    beat = f"há {int(age.total_seconds())} s" if age is not None else "nunca marcou"
    counts = {
        "incidentes abertos": found.incidents, "ordens atrasadas": found.late_orders,
        "ordens falhadas": found.failed_orders, "prazos atrasados": found.late_timers,
        "prazos falhados": found.failed_timers,
    }  # fmt: skip
    clock = ("relógio", beat, age is not None and age < _BEAT_AGE)
    return [clock, *[(name, str(count), count == 0) for name, count in counts.items()]]


def _dispatcher_line(house: House) -> tuple[str, str, bool]:
    """Return who carries orders out: the clocks' own threads, or workers of procrastinate, of which one must live."""
    name = house.settings.dispatcher
    if name == EMBEDDED:
        return "despachante", name, True
    alive = queue_workers(house)
    said = "as tabelas da fila faltam: rito migrate" if alive is None else f"{alive} em marcha"
    return "despachante", f"{name}, {said}", bool(alive)


@main.group()
def config() -> None:
    """A configuração, lida do ambiente."""


@config.command("check")
def config_check() -> None:
    """Mostra a configuração sem os segredos; uma insegura é recusada."""
    settings = _settings()
    for one in fields(settings):
        value = getattr(settings, one.name)
        if one.name in _SECRET:
            value = f"(guardada, {len(value)} caracteres)"
        elif one.name.endswith("_url") and value:
            value = make_url(value).render_as_string(hide_password=True)
        click.echo(f"{one.name:<24}{value}")
    click.echo(
        "Configuração aceita." if settings.production else "Configuração de demonstração: não sirva assim ao público."
    )


# -- open cases and versions ------------------------------------------------------------------------------------------


@main.command()
@moving_told.asked
def move(**asked: Any) -> None:
    """Leva os processos abertos de um procedimento a outra versão, ou diz o que seria de cada um."""
    with _house() as house:
        _require_head(house)
        moving_told.carry_out(house, _now(), asked)


# -- scenarios --------------------------------------------------------------------------------------------------------


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--only", default="", help="Só os cenários cujo nome contém isto.")
@click.option("--store", "store_url", default=None, help="Um banco vazio em que rodar, em vez de um temporário.")
def scenario(file: Path, only: str, store_url: str | None) -> None:
    """Roda os cenários de um arquivo e mostra caminho, prazos, documentos e fim de cada um."""
    chosen = [one for one in read_scenarios(file) if only.lower() in one.name.lower()]
    if not chosen:
        raise Said(f"Nenhum cenário tem no nome “{only}”.")
    different = sum(not _play(file.resolve().parent, one, store_url) for one in chosen)
    if different:
        raise Said(f"{different} de {len(chosen)} cenários não foram como esperado.")
    click.echo(f"{len(chosen)} cenários, todos como esperado.")


def _play(folder: Path, one: Scenario, store_url: str | None) -> bool:
    """Play one scenario on a store of its own; tell how it went and return whether that was as expected."""
    click.secho(one.name, bold=True)
    with _scenario_house(store_url) as house:
        set_stage(house, folder, one)
        try:
            played = Player(house, one).play()
        except Refused as refused:
            click.secho(f"  recusado: {say(refused).sentence} ({refused})", fg="red")
            return False
    _tell(played)
    found = differences(played, one.expect)
    for line in found:
        click.secho(f"  ≠ {line}", fg="red")
    return not found


def _tell(played: Played) -> None:
    click.echo(f"  caminho     {' → '.join(played.path)}")
    click.echo(f"  prazos      {', '.join(f'{name} {day}' for name, day in played.deadlines.items())}")
    click.echo(f"  documentos  {', '.join(played.documents)}")
    click.echo(f"  fim         {played.end or 'em aberto: ' + ', '.join(played.open)}")


@contextmanager
def _scenario_house(store_url: str | None) -> Iterator[House]:
    """Give a house over an empty store; one that was given from outside is left empty again."""
    with TemporaryDirectory(prefix="rito-cenario-") as folder:
        url = store_url or f"sqlite:///{Path(folder) / 'cenario.db'}"
        settings = Settings(database_url=url, data_dir=Path(folder), secret_key="cenário", seal_key="cenário")  # noqa: S106  a store that lives for seconds
        with _house(settings) as house:
            if inspect(house.store).get_table_names():
                raise Said("O banco dado em --store não está vazio; cenários apagam o que usam.")
            upgrade(house.store)
            try:
                yield house
            finally:
                tables = MetaData()
                tables.reflect(house.store)
                tables.drop_all(house.store)


if __name__ == "__main__":
    sys.exit(main())

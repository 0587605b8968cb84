"""`python -m bench`: quick, run, compare, table. It measures, writes what it found, says it."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bench import counters, figures, report
from bench import engine as own_figures
from bench.data import Town
from bench.stores import CannotMeasure, LiteStores, PgStores, Stores, stores

_QUICK_PAIRS, _RUN_PAIRS = 8, 20
_FOREIGN = click.option(
    "--foreign", default=0.05, show_default=True, help="Share of the machine that others may use in a slice (1: any)."
)


@click.group()
def main() -> None:
    """Measure Rito against a floor that has no engine, and count what can be counted."""


@main.command()
@_FOREIGN
def quick(foreign: float) -> None:
    """Counters, G1b and G3 on SQLite, in under a minute."""
    with _measuring("sqlite") as (made, folder):
        counted = _counted(made, folder)
        found = figures.long_life(made, folder, rounds=4)
        found |= figures.over_http(made, folder, pairs=_QUICK_PAIRS, most_foreign=foreign, everything=False)
    _say(report.result("sqlite", found, counted), "quick.local")
    _exit_if(counters.grown(counted, counters.baseline()), "grew")


@main.command()
@click.option("--store", type=click.Choice(["pg", "sqlite"]), required=True)
@click.option("--pairs", default=_RUN_PAIRS, show_default=True, help="Pairs of slices for each ratio.")
@click.option("--name", help="Name of the result (default: the store's, kept out of the repository).")
@_FOREIGN
def run(store: str, pairs: int, name: str | None, foreign: float) -> None:
    """Every figure on one store; several minutes."""
    with _measuring(store) as (made, folder):
        counted = _counted(made, folder) if store == "sqlite" else {}
        found = figures.over_http(made, folder, pairs=pairs, most_foreign=foreign, everything=True)
        found |= figures.long_life(made, folder, rounds=pairs)
        if isinstance(made, PgStores):
            found |= figures.wire(made, folder)
        found |= figures.bytes_kept(made, folder) | figures.each_workload(made, folder)
    _say(report.result(store, found, counted), name or f"{store}.local")


@main.command()
def engine() -> None:
    """Deploying 500 nodes, 20 scripts, a case of 5,000 rounds; SQLite, a minute or two."""
    with _measuring("sqlite") as (made, folder):
        found = own_figures.figures(made, folder)
    _say(report.result("sqlite", found, {}), "engine.local")


@main.command()
@click.option("--cases", default=40, show_default=True, help="Cases of five tasks that each engine finishes.")
def peers(cases: int) -> None:
    """Rito beside plain SpiffWorkflow, django-viewflow, DBOS and bpmn-engine (`make peers` installs them)."""
    with _measuring("sqlite") as (made, folder):
        found = own_figures.beside_peers(made, folder, cases)
    click.echo("| engine | CPU of a completion that is kept |\n|---|---|")
    for name, values in found.items():
        told = values if isinstance(values, str) else ", ".join(f"{word} {value}" for word, value in values.items())
        click.echo(f"| {name} | {told} |")


@main.command()
@click.argument("before", type=click.Path(exists=True, path_type=Path))
@click.argument("after", type=click.Path(exists=True, path_type=Path))
def compare(before: Path, after: Path) -> None:
    """Two results side by side; fails when a counter grew or a ratio is worse by more than a tenth."""
    text, worse = report.compared(report.read(before), report.read(after))
    click.echo(text)
    _exit_if(worse, "worse")


@main.command()
@click.argument("results", nargs=-1, type=click.Path(exists=True, path_type=Path))
def table(results: tuple[Path, ...]) -> None:
    """Results as Markdown, as the documentation quotes them; all that are kept when none is named."""
    for path in results or sorted(report.RESULTS.glob("*.json")):
        click.echo(report.table(report.read(path)) + "\n")


@main.command()
def baseline() -> None:
    """Print the counters as `baseline.json` keeps them, for when one may change."""
    with _measuring("sqlite") as (made, folder):
        click.echo(counters.as_baseline(_counted(made, folder)))


@contextmanager
def _measuring(kind: str) -> Iterator[tuple[Stores, Path]]:
    """Give stores and a folder for the time of a measurement; whatever cannot be measured is said in a sentence."""
    with tempfile.TemporaryDirectory(prefix="rito-bench-") as folder:
        try:
            made = stores(kind, Path(folder))
            try:
                yield made, Path(folder)
            finally:
                made.close()
        except CannotMeasure as reason:
            raise click.ClickException(str(reason)) from reason


def _counted(made: Stores, folder: Path) -> dict[str, float]:
    assert isinstance(made, LiteStores)
    town = Town(made.new("counters"), folder)
    town.found()
    try:
        return counters.counted(town)
    finally:
        town.close()


def _say(found: dict[str, object], name: str) -> None:
    path = report.write(found, name)
    click.echo(report.table(found))
    click.echo(f"\n{path}")


def _exit_if(names: list[str], what: str) -> None:
    if names:
        click.echo(f"\n{what}:\n  " + "\n  ".join(names), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()

"""The command behind ``make chaos``."""

import json
import os
import shutil
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tests.chaos import report
from tests.chaos.rig import Scale
from tests.chaos.scenario import Verdict, new_folder, run
from tests.chaos.scenarios import SCENARIOS
from tests.chaos.servers.brokers import BROKERS
from tests.chaos.servers.shared import Servers


class Choice(StrEnum):
    """On which brokers to run."""

    REDIS = "redis"
    RABBITMQ = "rabbitmq"
    BOTH = "both"


def main(
    *,
    broker: Annotated[Choice, typer.Option(help="On which broker.")] = Choice.BOTH,
    only: Annotated[
        list[str] | None, typer.Option(metavar="NAME…", help="Only these scenarios; repeat it.")
    ] = None,
    listing: Annotated[
        bool, typer.Option("--list", help="Name the scenarios and what they do, and end.")
    ] = False,
    jobs: Annotated[int | None, typer.Option(min=10, help="Jobs in each scenario.")] = None,
    seed: Annotated[int, typer.Option(help="Of the random numbers.")] = 1,
    short: Annotated[
        bool, typer.Option("--short", help="The small form, as in the tests.")
    ] = False,
    as_json: Annotated[
        Path | None, typer.Option("--json", help="Also write the verdicts to this file.")
    ] = None,
) -> None:
    """Inject faults into real workers with real servers, and look whether anything was lost.

    Everything is started here, on ports of its own, and stopped again: PostgreSQL, Redis, RabbitMQ,
    an S3 server and the workers. A scenario whose servers are not installed is skipped, and fails
    with CI=true. Exit code 1 if any fails; its logs are kept, and the report says where.
    """
    if listing:
        for chosen in SCENARIOS.values():
            typer.echo(f"{chosen.name:<20} {chosen.about}")
        return
    names = _names(only)
    kinds = list(BROKERS) if broker is Choice.BOTH else [broker.value]
    verdicts = _run_all(names, kinds, Scale(short, jobs, seed))
    if as_json is not None:
        values = [verdict.as_json() for verdict in verdicts]
        as_json.write_text(json.dumps(values, indent=2) + "\n")
    strict = os.environ.get("CI", "").lower() == "true"
    if any(not verdict.passed and not _is_borne(verdict, strict) for verdict in verdicts):
        raise typer.Exit(1)


def _names(only: list[str] | None) -> list[str]:
    names = [name for words in only or SCENARIOS for name in words.replace(",", " ").split()]
    if unknown := sorted(set(names) - set(SCENARIOS)):
        raise typer.BadParameter(
            f"there is no {unknown[0]!r}; there are {', '.join(SCENARIOS)}", param_hint="'--only'"
        )
    return names


def _is_borne(verdict: Verdict, strict: bool) -> bool:
    return verdict.skipped is not None and (verdict.excused or not strict)


def _run_all(names: list[str], kinds: list[str], scale: Scale) -> list[Verdict]:
    verdicts: list[Verdict] = []
    typer.echo(report.HEAD)
    for kind in kinds:
        folder = new_folder()
        servers = Servers(folder / "servers", kind)
        try:
            for name in names:
                if kind not in SCENARIOS[name].brokers:
                    continue
                if sys.stderr.isatty():
                    typer.echo(f"{name} on {kind} …\r", err=True, nl=False)
                verdict = run(SCENARIOS[name], servers, kind, scale, folder / name)
                verdicts.append(verdict)
                typer.echo(report.line(verdict))
                for detail in report.details(verdict):
                    typer.echo(detail)
        finally:
            servers.close()
        if all(verdict.logs is None for verdict in verdicts if verdict.broker == kind):
            shutil.rmtree(folder, ignore_errors=True)
    return verdicts


if __name__ == "__main__":
    typer.run(main)

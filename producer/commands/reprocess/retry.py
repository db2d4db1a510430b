"""The command ``retry``: failed pictures tried once more."""

from producer.commands.options import BatchOption, CatalogueOption, CodeOption, LimitOption
from shared.cli.options import DryRunFlag, JsonFlag


def retry(
    *,
    code: CodeOption = None,
    batch: BatchOption = None,
    catalogue: CatalogueOption = None,
    limit: LimitOption = None,
    dry_run: DryRunFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Try failed and quarantined pictures again, for instance after a server was down.

    Their jobs become pending again in the batch they came in, with all attempts left. A picture
    whose job ended as attempts_exhausted may have crashed its worker, so it is processed alone.
    Jobs that are pending or in progress are not changed.
    """
    from producer.commands.reprocess.reopen import reopen_and_dispatch  # noqa: PLC0415 - keeps help quick
    from shared.errors import SettingsError  # noqa: PLC0415
    from shared.ledger.reopening import ENDED_WELL, Failures  # noqa: PLC0415

    if not code and batch is None and catalogue is None:
        raise SettingsError("choose the jobs with --code, --batch or --catalogue")
    for each in code or ():
        if each in ENDED_WELL:
            raise SettingsError(
                f"--code {each}: no picture fails with this code; "
                f"`colourway backfill --where code={each}` processes such pictures again"
            )
    wanted = Failures(codes=tuple(code or ()), batch_id=batch)
    reopen_and_dispatch(wanted, catalogue, limit=limit, dry_run=dry_run, as_json=as_json)

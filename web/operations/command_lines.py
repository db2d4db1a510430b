"""The command line that does what a button does, as it is shown beside the button."""

import shlex
from collections.abc import Sequence

from shared.contracts.stages import Code


def retry_line(code: Code | None, batch: int | None, catalogue: str | None) -> str:
    """Return the command that tries failed pictures again.

    >>> retry_line(Code.FETCH_NOT_FOUND, 2, "summer sale")
    "colourway retry --code fetch_not_found --batch 2 --catalogue 'summer sale'"
    """
    words = ["colourway", "retry"]
    words += [] if code is None else ["--code", code.value]
    words += [] if batch is None else ["--batch", str(batch)]
    words += [] if catalogue is None else ["--catalogue", catalogue]
    return shlex.join(words)


def release_line(job_ids: Sequence[int], code: Code | None) -> str:
    """Return the command that releases jobs from quarantine; without either, all of them.

    >>> release_line([3, 5], None), release_line([], None)
    ('colourway quarantine release 3 5', 'colourway quarantine release --all')
    """
    chosen = list(map(str, job_ids)) if code is None else ["--code", code.value]
    return shlex.join(["colourway", "quarantine", "release", *(chosen or ["--all"])])


def promote_line(batch: int, *, force: bool, partly: bool, left_out: Sequence[str] = ()) -> str:
    """Return the command that promotes a staged batch, all but the skus that are left out.

    >>> promote_line(4, force=True, partly=False, left_out=["P 1"])
    "colourway promote 4 --force '--except=P 1'"
    """
    flags = [*(["--force"] if force else []), *(["--partly"] if partly else [])]
    flags += [f"--except={sku}" for sku in left_out]
    return shlex.join(["colourway", "promote", str(batch), *flags])


def rollback_line(batch: int) -> str:
    """Return the command that rolls a promotion back."""
    return f"colourway rollback {batch}"

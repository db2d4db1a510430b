"""A secret with a mark, where a probe meets it, and what a probe returns."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Engine

from shared.contracts.jobs import Claim
from shared.logs import set_up_logs
from tests.support.catalogue.shell import Shell

MARK = "7h3-S3cr3t-0f-7h15"
SIGNED = (
    f"https://user:{MARK}@cdn.example/a.jpg?w=80&sig={MARK}&X-Amz-Signature={MARK}"
    f"&X-Amz-Credential={MARK}%2F2026&token={MARK}"
)
DATABASE = f"postgresql://shop:{MARK}@127.0.0.1:1/shop?password={MARK}&connect_timeout=2"
CLAIM = Claim(1, 2, 3, "shop", "A-1", SIGNED, 0, None, 1, 1, MARK)


class Place(NamedTuple):
    """What a probe may use."""

    shell: Shell
    engine: Engine
    url: str
    folder: Path


Probe = Callable[[Place], str]


def logged(log_format: str, write: Callable[[], object]) -> str:
    out = io.StringIO()
    set_up_logs(log_format, stream=out)  # pyright: ignore[reportArgumentType]
    write()
    return out.getvalue()


def message_of(call: Callable[[], object], *kinds: type[Exception]) -> str:
    with pytest.raises(kinds) as caught:
        call()
    return f"{caught.value} {caught.value!r} {caught.value.args}"


def said(place: Place, *words: object, **environment: object) -> str:
    place.shell.set(**environment)
    answer = place.shell.call(*words)
    return answer.out + answer.err

"""Decoders that are lost are counted by what ended them."""

import os
import signal
import time
from collections.abc import Generator

import psutil
import pytest
from prometheus_client import CollectorRegistry

from shared.contracts.stages import Code
from shared.errors import StageError
from shared.metrics.counting import count_with
from shared.metrics.instruments import Instruments
from shared.settings import get_settings
from tests.support.pictures import encode, smooth
from worker.stages.decoder.decoder import open_decoder
from worker.stages.decoder.pool import DecoderPool

PNG = encode(smooth(40, 30), "PNG")


@pytest.fixture
def counted() -> Generator[CollectorRegistry]:
    registry = CollectorRegistry()
    count_with(Instruments("worker", registry))
    yield registry
    count_with(None)


def deaths(registry: CollectorRegistry) -> dict[str, float]:
    found = {
        cause: registry.get_sample_value("colourway_decoder_deaths_total", {"cause": cause})
        for cause in ("SIGKILL", "SIGSEGV", "SIGALRM", "timeout")
    }
    return {cause: count for cause, count in found.items() if count}


def test_deaths_and_timeouts_are_counted(counted: CollectorRegistry) -> None:
    pool = open_decoder(get_settings(fetch_threads=1, decode_timeout_s=1.0))
    assert isinstance(pool, DecoderPool)
    pool.decode(PNG)
    assert deaths(counted) == {}

    (pid,) = pool.pids
    os.kill(pid, signal.SIGKILL)
    while psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    pool.decode(PNG)  # by another
    assert deaths(counted) == {"SIGKILL": 1}

    (pid,) = pool.pids
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(StageError) as caught:
        pool.decode(PNG)
    assert caught.value.code is Code.DECODE_TIMEOUT
    assert deaths(counted) == {"SIGKILL": 1, "timeout": 1}
    pool.close()

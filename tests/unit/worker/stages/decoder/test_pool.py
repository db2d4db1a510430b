"""Decoding apart: the same pixels, limits that hold, and a picture that costs itself only."""

import os
import signal
import time
from collections.abc import Generator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import numpy as np
import psutil
import pytest

from shared.contracts.stages import Code
from shared.errors import SettingsError, StageError
from shared.settings import get_settings
from tests.support.decoder_pools import GOOD, MAX_PIXELS, PNG, pool_of, refusal
from tests.support.pictures import Pixels, encode, noise, orientation_exif, smooth, tiff16
from worker.stages.decode import decode_with_alpha
from worker.stages.decoder import pool as pools
from worker.stages.decoder import process
from worker.stages.decoder.decoder import InlineDecoder, open_decoder
from worker.stages.decoder.pool import DecoderPool

WAIT_S = 60.0

RGBA = np.dstack([GOOD, GOOD[..., 0]])
FILES = {
    "JPEG": encode(GOOD, "JPEG"),
    "turned JPEG": encode(GOOD, "JPEG", exif=orientation_exif(6)),
    "JPEG at a half": encode(smooth(400, 300), "JPEG"),
    "progressive JPEG": encode(GOOD, "JPEG", progressive=True),
    "PNG": PNG,
    "PNG with alpha": encode(RGBA, "PNG"),
    "WebP": encode(GOOD, "WEBP"),
    "WebP with alpha": encode(RGBA, "WEBP"),
    "GIF": encode(GOOD, "GIF"),
    "TIFF": encode(GOOD, "TIFF"),
    "TIFF of 16 bits": tiff16(GOOD.astype(np.uint16) * 257),
    "BMP": encode(GOOD, "BMP"),
    "AVIF": encode(GOOD, "AVIF"),
}
BROKEN = {
    "a web page": b"<html>",
    "nothing": b"",
    "half a JPEG": FILES["JPEG"][: len(FILES["JPEG"]) // 2],
    "half a PNG": encode(noise(40, 30), "PNG")[:2000],
    "a PNG with other bytes": PNG[:60] + bytes(40) + PNG[100:],
    "too many pixels": encode(np.zeros((6000, 5001), np.uint8), "PNG"),
}


@pytest.fixture(scope="module")
def pool() -> Generator[DecoderPool]:
    opened = pool_of()
    yield opened
    opened.close()


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_pixels_are_those_that_decoding_inline_gives(pool: DecoderPool, content: bytes) -> None:
    expected = decode_with_alpha(content, MAX_PIXELS, 100)

    decoded = pool.decode(content, 100)

    assert np.array_equal(decoded.pixels, expected.pixels)
    assert decoded.photo_hw == expected.photo_hw
    if decoded.alpha is None or expected.alpha is None:
        assert decoded.alpha is expected.alpha
    else:
        assert np.array_equal(decoded.alpha, expected.alpha)
    assert decoded.pixels.flags.c_contiguous
    assert decoded.pixels.flags.writeable


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_refusals_are_those_that_decoding_inline_gives(pool: DecoderPool, content: bytes) -> None:
    with pytest.raises(StageError) as caught:
        decode_with_alpha(content, MAX_PIXELS)
    before = pool.pids

    error = refusal(pool, content)

    assert (error.code, error.message) == (caught.value.code, caught.value.message)
    assert not error.retry
    assert pool.pids == before or not before  # it is reused


def test_a_picture_stays_what_it_was_when_others_are_decoded(pool: DecoderPool) -> None:
    first = pool.decode(PNG).pixels
    pool.decode(encode(255 - GOOD, "PNG"))
    assert np.array_equal(first, GOOD)


def test_a_setting_switches_processes_off() -> None:
    inline = open_decoder(get_settings(decoder="inline"))
    assert isinstance(inline, InlineDecoder)
    assert np.array_equal(inline.decode(PNG).pixels, GOOD)
    with pytest.raises(SettingsError, match="COLOURWAY_DECODER"):
        get_settings(decoder="thread")


def test_who_asks_for_the_same_limits_shares_processes_and_memory() -> None:
    one, same, other = pool_of(), pool_of(), pool_of(decode_timeout_s=7)
    assert one is same
    assert one is not other


@pytest.fixture
def lone() -> Generator[DecoderPool]:
    """One decoder with little time and little memory."""
    opened = pool_of(fetch_threads=1, decode_timeout_s=2.0, decoder_memory_bytes=60_000_000)
    opened.start()
    opened.require()
    yield opened
    opened.close()


def test_a_picture_that_takes_too_much_memory_costs_itself_only(lone: DecoderPool) -> None:
    (pid,) = lone.pids
    # 24 million bytes of zeros a band, and a few thousand bytes of file.
    large = encode(np.zeros((4000, 6000, 4), np.uint8), "PNG")

    error = refusal(lone, large)

    assert error.code is Code.IMAGE_TOO_LARGE
    assert "60,000,000 bytes of memory (COLOURWAY_DECODER_MEMORY_BYTES)" in error.message
    assert not error.retry
    assert np.array_equal(lone.decode(PNG).pixels, GOOD)
    assert lone.pids == [pid]  # it refused, and lives


def test_a_picture_that_takes_more_than_its_share_is_decoded_with_all_of_it(
    lone: DecoderPool,
) -> None:
    large = smooth(1000, 1000)  # reckoned at 56 million bytes; without asking it has 15
    assert np.array_equal(lone.decode(encode(large, "PNG")).pixels, large)
    assert np.array_equal(lone.decode(PNG).pixels, GOOD)


@pytest.mark.parametrize("used_s, retry", [(0.0, True), (60.0, False)])
def test_a_picture_over_time_costs_itself_and_the_decoder(
    lone: DecoderPool, monkeypatch: pytest.MonkeyPatch, used_s: float, retry: bool
) -> None:
    (pid,) = lone.pids

    def told(pid: int) -> float:
        return used_s

    monkeypatch.setattr(process, "_processor_s", told)
    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()

    error = refusal(lone, PNG)

    assert 2.0 <= time.monotonic() - began < WAIT_S
    assert error.code is Code.DECODE_TIMEOUT
    assert "longer than 2 s" in error.message
    assert "COLOURWAY_DECODE_TIMEOUT_S" in error.message
    assert error.retry is retry  # a busy machine is not the picture's fault
    assert not psutil.pid_exists(pid)
    assert np.array_equal(lone.decode(PNG).pixels, GOOD)  # by another one
    assert len(lone.pids) == 1


@pytest.mark.parametrize(
    "number, retry", [(signal.SIGSEGV, False), (signal.SIGABRT, False), (signal.SIGKILL, True)]
)
def test_a_picture_that_kills_its_decoder_costs_itself_only(
    number: signal.Signals, retry: bool
) -> None:
    pool = pool_of(fetch_threads=1)
    pool.start()
    pool.require()
    (pid,) = pool.pids
    os.kill(pid, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as threads:
        killing = threads.submit(pool.decode, PNG)
        time.sleep(0.2)  # so that its request lies in the pipe
        os.kill(pid, number)
        os.kill(pid, signal.SIGCONT)
        with pytest.raises(StageError) as caught:
            killing.result(WAIT_S)
    assert caught.value.code is Code.DECODER_DIED
    assert number.name in caught.value.message
    assert caught.value.retry is retry
    assert np.array_equal(pool.decode(PNG).pixels, GOOD)
    pool.close()


def test_a_decoder_that_died_while_idle_costs_nothing(pool: DecoderPool) -> None:
    pool.decode(PNG)
    for pid in pool.pids:
        os.kill(pid, signal.SIGKILL)
        psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], 0.5)
    assert np.array_equal(pool.decode(PNG).pixels, GOOD)


def test_another_process_is_started_where_one_is_long_at_a_picture_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pools, "_PATIENCE_S", 2.0)  # on a busy machine the quick are slow, too
    pool = pool_of(fetch_threads=2, decode_timeout_s=30.0)
    pool.start()
    pool.require()
    (first,) = pool.pids
    with ThreadPoolExecutor(2) as threads:
        assert all(
            np.array_equal(each.pixels, GOOD) for each in threads.map(pool.decode, [PNG] * 9)
        )
        assert pool.pids == [first]
        os.kill(first, signal.SIGSTOP)
        both = [threads.submit(pool.decode, PNG) for _ in range(2)]
        quick, _ = wait(both, WAIT_S, FIRST_COMPLETED)
        assert len(quick) == 1
        assert len(pool.pids) == 2
        os.kill(first, signal.SIGCONT)
        assert all(np.array_equal(each.result(WAIT_S).pixels, GOOD) for each in both)
    pool.close()


def test_neighbours_go_on_while_decoders_die() -> None:
    pool = pool_of(fetch_threads=2, decode_timeout_s=30.0)
    pictures = [noise(300, 300, seed) for seed in range(60)]

    def decoded(picture: Pixels) -> bool:
        return np.array_equal(pool.decode(encode(picture, "PNG")).pixels, picture)

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(decoded, pictures))
        stopped = pool.pids[0]
        os.kill(stopped, signal.SIGSTOP)
        told = [threads.submit(decoded, picture) for picture in pictures]
        time.sleep(0.5)
        os.kill(stopped, signal.SIGKILL)
        ends = [each.exception(WAIT_S) or each.result() for each in told]
    lost = [end for end in ends if isinstance(end, StageError)]
    assert [error.code for error in lost] in ([], [Code.DECODER_DIED])
    assert ends.count(True) == len(pictures) - len(lost)
    assert stopped not in pool.pids
    pool.close()

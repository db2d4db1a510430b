"""What a decoder process costs beside decoding inline, and the memory that decoding takes.

usage: python -m bench decoder     fails where all together cost more than a tenth of decoding
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from PIL import Image

from bench import _picture_files as files
from bench.rig.embedded_mode import gather
from shared.settings import get_settings
from worker.imaging.regions import Pixels
from worker.stages.decode import decode_with_alpha
from worker.stages.decoder.decoder import open_decoder
from worker.stages.decoder.pool import DecoderPool
from worker.stages.decoding.cicp import colour_space

PHOTOS: Final = 40
ROUNDS: Final = 7
MOST: Final = 0.10
LARGE: Final = (2000, 2500)
"""Rows and columns of the pictures whose memory is measured."""


class Cost(NamedTuple):
    """Milliseconds of processor time a picture: inline, and by a decoder, both sides of it."""

    inline_ms: float
    worker_ms: float
    decoder_ms: float

    @property
    def share(self) -> float:
        """What the decoder costs more, as a part of decoding inline."""
        return (self.worker_ms + self.decoder_ms) / self.inline_ms - 1


def main(arguments: list[str]) -> int:
    """Print both tables; 1 where a decoder costs more than it may."""
    if arguments:
        print(_bytes_a_pixel(Path(arguments[0]).read_bytes()))
        return 0
    print(f"{'':28}{'files':>6}{'inline':>9}{'worker':>9}{'decoder':>9}   ms of processor time")
    costs: list[Cost] = []
    with tempfile.TemporaryDirectory() as folder:
        paths, source = gather(Path(folder) / "pictures", PHOTOS)
        photos = [path.read_bytes() for path in paths]
    decoder = _pool()
    try:
        kinds = {source: photos, **_kinds(decode_with_alpha(photos[0], 10**8).pixels)}
        for name, contents in kinds.items():
            cost = _cost(decoder, contents)
            costs.append(cost)
            print(
                f"{name:28}{len(contents):6}{cost.inline_ms:9.2f}{cost.worker_ms:9.2f}"
                f"{cost.decoder_ms:9.2f}   {cost.share:+.1%}",
                flush=True,
            )
    finally:
        decoder.close()
    together = Cost(*(sum(column) for column in zip(*costs, strict=True)))
    print(f"{'one of each':43}{'':18}   {together.share:+.1%}")
    _tell_of_start()
    _tell_of_memory()
    return int(together.share > MOST)


def _pool() -> DecoderPool:
    decoder = open_decoder(get_settings(decoder="process", decoder_memory_bytes=4_000_000_000))
    if not isinstance(decoder, DecoderPool):
        raise RuntimeError("decoding is not done in processes here")
    return decoder


def _kinds(photo: Pixels) -> dict[str, list[bytes]]:
    def enlarged(height: int, width: int) -> Pixels:
        large = cv2.resize(photo, (width, height), interpolation=cv2.INTER_CUBIC)
        return np.asarray(large, np.uint8)

    middle, large = enlarged(1500, 1000), enlarged(3000, 2000)
    options: dict[str, Any] = {"quality": 90}
    return {
        "JPEG, 1500x1000": [files.saved(middle, "JPEG", **options)],
        "JPEG, 3000x2000": [files.saved(large, "JPEG", **options)],
        "JPEG, 3000x2000, Display P3": [
            files.saved(large, "JPEG", icc_profile=_profile(), **options)
        ],
        "PNG, 1500x1000": [files.saved(middle, "PNG")],
        "WebP, 1500x1000": [files.saved(middle, "WebP", **options)],
    }


def _profile() -> bytes:
    found = colour_space(12, 13)
    content = found.profile() if found else None
    if content is None:
        raise RuntimeError("no such colour space")
    return content


def _cost(decoder: DecoderPool, contents: list[bytes]) -> Cost:
    """Decode all files in turn by each way, again and again; the median of the rounds."""
    cap = get_settings().max_image_pixels
    rounds: list[Cost] = []
    for content in contents:  # both ways warm
        decode_with_alpha(content, cap)
        decoder.decode(content)
    repeats = max(1, 10 // len(contents))
    for _ in range(ROUNDS):
        began = time.process_time()
        for content in contents * repeats:
            decode_with_alpha(content, cap)
        inline, began, there = time.process_time() - began, time.process_time(), decoder.used_s
        for content in contents * repeats:
            decoder.decode(content)
        worker, decoded = time.process_time() - began, decoder.used_s - there
        each_ms = 1000 / (len(contents) * repeats)
        rounds.append(Cost(inline * each_ms, worker * each_ms, decoded * each_ms))
    return sorted(rounds, key=lambda each: each.share)[len(rounds) // 2]


def _tell_of_start() -> None:
    used: list[float] = []
    for _ in range(5):
        decoder = _pool()
        decoder.start()
        decoder.require()
        decoder.decode(files.saved(np.zeros((8, 8, 3), np.uint8), "PNG"))
        used.append(decoder.used_s)
        decoder.close()
    print(f"\na start takes {statistics.median(used):.2f} s of processor time")


def _tell_of_memory() -> None:
    """Print the memory of each kind, measured in a process of its own."""
    print("\nbytes a pixel that decoding takes, at most")
    with tempfile.TemporaryDirectory() as folder:
        for name, content in _large():
            path = Path(folder) / "picture"
            path.write_bytes(content)
            command = [sys.executable, "-m", "bench.pictures.decoder", str(path)]
            told = subprocess.run(command, capture_output=True, text=True, check=True)
            print(f"  {name:28}{told.stdout.strip():>5}", flush=True)


def _bytes_a_pixel(content: bytes) -> str:
    decode_with_alpha(files.saved(np.zeros((8, 8, 3), np.uint8), "PNG"), 64)
    before = _status("VmRSS")
    picture = decode_with_alpha(content, 10**9)
    height, width = picture.size_hw
    return f"{(_status('VmHWM') - before) / (height * width):.0f}"


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def _large() -> Iterable[tuple[str, bytes]]:
    height, width = LARGE
    spots = np.random.default_rng(0).integers(0, 255, (height // 16, width // 16, 3))
    plain = np.asarray(cv2.resize(spots.astype(np.uint8), (width, height)), np.uint8)
    alpha = np.dstack([plain, plain[..., 0]])
    profile: dict[str, Any] = {"icc_profile": _profile()}
    yield "JPEG", files.saved(plain, "JPEG")
    yield "JPEG, progressive", files.saved(plain, "JPEG", progressive=True)
    yield "JPEG, Display P3", files.saved(plain, "JPEG", **profile)
    inks = np.asarray(Image.fromarray(plain).convert("CMYK"))
    yield "JPEG, CMYK", files.saved(inks, "JPEG", "CMYK")
    quick: dict[str, Any] = {"compress_level": 1}
    yield "PNG", files.saved(plain, "PNG", **quick)
    yield "PNG with alpha, Display P3", files.saved(alpha, "PNG", **quick, **profile)
    yield "PNG, 16 bits", files.png(plain.astype(np.uint16) * 257)
    yield "PNG, 16 bits, with alpha", files.png(alpha.astype(np.uint16) * 257)
    yield "WebP with alpha", files.saved(alpha, "WebP", method=0)
    yield "TIFF, 16 bits", files.tiff(plain.astype(np.uint16) * 257)
    yield "AVIF with alpha", files.saved(alpha, "AVIF", speed=10)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

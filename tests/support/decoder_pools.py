"""Pools of decoders, a picture that they decode, and one that they refuse."""

from typing import Any

import pytest

from shared.errors import StageError
from shared.settings import get_settings
from tests.support.pictures import encode, smooth
from worker.stages.decoder.decoder import open_decoder
from worker.stages.decoder.pool import DecoderPool

MAX_PIXELS = 30_000_000
GOOD = smooth(40, 30)
PNG = encode(GOOD, "PNG")


def pool_of(**overrides: Any) -> DecoderPool:
    overrides = {"max_image_pixels": MAX_PIXELS, "fetch_threads": 2} | overrides
    pool = open_decoder(get_settings(**overrides))
    assert isinstance(pool, DecoderPool)
    return pool


def refusal(pool: DecoderPool, content: bytes) -> StageError:
    with pytest.raises(StageError) as caught:
        pool.decode(content)
    return caught.value

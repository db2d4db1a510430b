"""The bundled networks with pictures of several threads together: as one by one, to rounding."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from shared.settings import get_settings
from worker.analysis.analyzer import Analyzer, Findings
from worker.lookbook.look import render
from worker.networks.compiled import Compiled
from worker.stages.decoding.decoded import Decoded

PICTURES = [
    render(seed, "figure", size_hw=(300 + 40 * seed, 200 + 25 * seed)).pixels for seed in range(5)
]


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return Analyzer.load(get_settings(batch=4, batch_wait_s=1.0))


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the batches that networks see."""
    seen: list[int] = []
    infer = Compiled._infer

    def note(network: Compiled[Any], inputs: Any) -> Any:
        seen.append(len(inputs[0]))
        return infer(network, inputs)

    monkeypatch.setattr(Compiled, "_infer", note)
    return seen


def infer(analyzer: Analyzer, pictures: Sequence[Any], threads: int) -> list[Findings]:
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda pixels: analyzer.infer(Decoded(pixels), {}), pictures))


def test_batched_networks_answer_as_one_by_one(analyzer: Analyzer, sizes: list[int]) -> None:
    alone = infer(analyzer, PICTURES, threads=1)
    assert set(sizes) == {1}
    one_by_one = len(sizes)

    together = infer(analyzer, PICTURES, threads=5)

    batches = sizes[one_by_one:]
    assert sum(batches) == one_by_one
    assert 2 <= max(batches) <= 4
    for one, other in zip(alone, together, strict=True):
        assert other.subject.score == pytest.approx(one.subject.score, abs=1e-4)
        assert (other.subject.mask == one.subject.mask).mean() > 0.9999
        assert (other.segments.labels == one.segments.labels).mean() > 0.999
        assert np.abs(other.segments.confidence - one.segments.confidence).mean() < 1e-3

"""What networks compute in: as set, as suits the processor, or as measured once."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shared.settings import Settings
from worker.analysis import precision
from worker.analysis.precision import precision_of
from worker.networks.openvino import model

if TYPE_CHECKING:
    from worker.networks.precision import Precision  # brings the networks' framework

CPUINFO = "processor\t: 0\nmodel name\t: Some CPU\nflags\t\t: fpu {flags}\n"


class Stopwatch:
    """Takes given seconds, and counts how often it was asked."""

    def __init__(self, float32: float, bfloat16: float) -> None:
        self._seconds = {"float32": float32, "bfloat16": bfloat16}
        self.asked: list[Precision] = []

    def __call__(self, precision: "Precision") -> float:
        self.asked.append(precision)
        return self._seconds[precision]


@pytest.fixture
def cpuinfo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "cpuinfo"
    path.write_text(CPUINFO.format(flags="avx512_bf16"))
    monkeypatch.setattr(precision, "CPUINFO", path)
    return path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of somebody whose own networks were not quantised."""
    facts = {"file": "own.npz", "sha256": "1" * 64}
    (tmp_path / "manifest.json").write_text(json.dumps({"mask_rcnn": facts, "pix2pix": facts}))
    return Settings(precision="auto", cache=tmp_path / "cache", weights=tmp_path)


@pytest.mark.parametrize("flags", ["avx2", "avx2 avx512_vnni", "avx2 avx512_bf16"])
def test_bytes_are_taken_where_networks_and_processor_have_them(flags: str, cpuinfo: Path) -> None:
    cpuinfo.write_text(CPUINFO.format(flags=flags))
    assert precision_of(Settings(precision="auto"), Stopwatch(1.0, 1.0)) == "int8"


@pytest.mark.parametrize("flags", ["sse4_2", "avx512_bf16"])
def test_and_nowhere_else(flags: str, cpuinfo: Path, settings: Settings) -> None:
    cpuinfo.write_text(CPUINFO.format(flags=flags))
    bundled = settings.model_copy(update={"weights": None})
    assert precision_of(bundled, Stopwatch(1.0, 2.0)) == "float32"


def test_one_network_without_that_form_is_enough(cpuinfo: Path, settings: Settings) -> None:
    cpuinfo.write_text(CPUINFO.format(flags="avx2 avx512_vnni"))
    assert precision_of(settings, Stopwatch(1.0, 1.0)) == "float32"
    coco = Settings(precision="auto", person_network="coco")
    assert precision_of(coco, Stopwatch(1.0, 1.0)) == "float32"


def test_so_is_tensorflow_running_them(cpuinfo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cpuinfo.write_text(CPUINFO.format(flags="avx2 avx512_vnni"))
    monkeypatch.setattr(model, "available", lambda: False)
    assert precision_of(Settings(precision="auto"), Stopwatch(1.0, 1.0)) == "float32"


@pytest.mark.parametrize("chosen", ["float32", "bfloat16", "int8"])
def test_what_is_set_is_not_measured(chosen: "Precision", cpuinfo: Path) -> None:
    stopwatch = Stopwatch(1.0, 1.0)
    assert precision_of(Settings(precision=chosen), stopwatch) == chosen
    assert stopwatch.asked == []


@pytest.mark.parametrize("flags", ["", "avx512_vnni"])
def test_a_processor_without_bfloat16_is_not_measured(
    flags: str, cpuinfo: Path, settings: Settings
) -> None:
    cpuinfo.write_text(CPUINFO.format(flags=flags))
    stopwatch = Stopwatch(1.0, 0.1)
    assert precision_of(settings, stopwatch) == "float32"
    assert stopwatch.asked == []


def test_nor_is_a_system_that_does_not_say(cpuinfo: Path, settings: Settings) -> None:
    cpuinfo.unlink()
    assert precision_of(settings, Stopwatch(1.0, 0.1)) == "float32"


@pytest.mark.parametrize(
    ("bfloat16_s", "chosen"), [(0.5, "bfloat16"), (0.9, "bfloat16"), (0.91, "float32")]
)
def test_bfloat16_must_be_worth_it_and_is_measured_once(
    bfloat16_s: float, chosen: "Precision", cpuinfo: Path, settings: Settings
) -> None:
    stopwatch = Stopwatch(1.0, bfloat16_s)
    assert [precision_of(settings, stopwatch) for _ in range(2)] == [chosen, chosen]
    assert stopwatch.asked == ["float32", "bfloat16"]


def test_another_processor_is_measured_anew(cpuinfo: Path, settings: Settings) -> None:
    assert precision_of(settings, Stopwatch(1.0, 0.5)) == "bfloat16"
    cpuinfo.write_text(CPUINFO.format(flags="amx_bf16"))
    assert precision_of(settings, Stopwatch(1.0, 2.0)) == "float32"


@pytest.mark.parametrize("damage", ["", "{}", "[1]", '{"precision": "int8"}'])
def test_a_damaged_note_is_measured_anew(damage: str, cpuinfo: Path, settings: Settings) -> None:
    precision_of(settings, Stopwatch(1.0, 0.5))
    (note,) = settings.cache.glob("precision-*.json")
    note.write_text(damage)
    assert precision_of(settings, Stopwatch(1.0, 2.0)) == "float32"


def test_where_nothing_can_be_kept_it_is_measured_each_time(
    tmp_path: Path, cpuinfo: Path, settings: Settings
) -> None:
    (tmp_path / "file").write_text("in the way")
    settings = settings.model_copy(update={"cache": tmp_path / "file" / "cache"})
    stopwatch = Stopwatch(1.0, 0.5)
    assert [precision_of(settings, stopwatch) for _ in range(2)] == ["bfloat16"] * 2
    assert len(stopwatch.asked) == 4

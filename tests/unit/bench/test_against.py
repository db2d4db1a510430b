"""Pictures and start-up told apart, and words that reach a benchmark."""

import pytest

from bench.__main__ import main
from bench.rig.command_cost import CommandCost
from bench.worker.against import picture_cost


def test_a_picture_costs_what_further_ones_add() -> None:
    one = CommandCost(wall_s=12.0, command_s=8.5, server_s=None, peak_mb=900.0)
    many = CommandCost(wall_s=32.0, command_s=18.5, server_s=None, peak_mb=950.0)
    cost = picture_cost(one, many, 21)
    assert (cost.processor_s, cost.wall_s, cost.start_s) == (0.5, 1.0, 8.0)
    assert cost.a_second == 1.0


@pytest.mark.parametrize("names", [[], ["enqueue", "startup"]])
def test_words_are_for_one_benchmark(names: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(names, ["--photos", "3"]) == 2
    assert capsys.readouterr().out == "Name the one benchmark that --photos 3 is for.\n"


def test_words_reach_their_benchmark(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["against"], ["--photos", "1"]) == 1
    assert "--photos: 2 or more" in capfd.readouterr().err

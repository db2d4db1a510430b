"""`colourway picture`, `colourway run FOLDER` and the API with the bundled networks."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.programs import ask, try_to_run
from worker.lookbook import render


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A figure as JPEG, a packshot as PNG with alpha, a second picture of the figure, a text."""
    folder = tmp_path_factory.mktemp("shop")
    figure = render(1, "figure", (480, 320), "studio")
    Image.fromarray(figure.pixels).save(folder / "dress.jpg", quality=92)
    Image.fromarray(figure.pixels[:, ::-1]).save(folder / "dress_2.jpg", quality=92)
    bag = render(2, "packshot", (480, 320), "studio")
    alpha = np.where(bag.labels > 0, 255, 0).astype(np.uint8)
    Image.fromarray(np.dstack([bag.pixels, alpha])).save(folder / "bag.png")
    (folder / "notes.txt").write_text("notes")
    return folder


def test_a_folder_from_the_command_line_with_networks_that_load_quietly(
    shop: Path, tmp_path: Path
) -> None:
    home = {"COLOURWAY_HOME": str(tmp_path / "home")}
    call = ("colourway", "picture", str(shop), "--json", "--category", "t-shirt")
    done = try_to_run(home, *call)
    assert (done.returncode, done.stderr) == (0, "")
    bag, dress, other = (json.loads(line) for line in done.stdout.splitlines())
    assert (bag["subject"], dress["subject"], other["subject"]) == ("packshot", "person", "person")
    assert (bag["piece"], dress["piece"]) == (None, "top")
    assert dress["skin"]
    assert dress["colours"][0]["family"] == other["colours"][0]["family"]
    assert not (tmp_path / "home").exists()


def test_the_api_in_a_line_from_any_folder(shop: Path) -> None:
    line = (
        "from colourway import Analyzer; "
        "print(Analyzer.load().analyze('dress.jpg', category='t-shirt').colours)"
    )
    done = subprocess.run(
        [sys.executable, "-c", line],
        cwd=shop,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"},
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    first = done.stdout.splitlines()[0].split()
    assert first[0].startswith("#")
    assert first[-1] == "%"


def test_a_folder_is_a_feed_whose_run_can_be_repeated(shop: Path, tmp_path: Path) -> None:
    home = {"COLOURWAY_HOME": str(tmp_path / "home")}
    report = tmp_path / "report.html"
    ended = ask(home, "run", str(shop), "--report", str(report))
    assert (ended["states"], ended["enqueued"]["products"]) == ({"done": 3}, 2)
    assert shop.name in report.read_text("utf-8")
    again = ask(home, "run", f"{shop}/")
    assert (again["processed"], again["enqueued"]["jobs"]) == (0, 0)


def test_a_picture_or_an_empty_folder_is_no_feed(shop: Path, tmp_path: Path) -> None:
    home = {"COLOURWAY_HOME": str(tmp_path / "home")}
    given = try_to_run(home, "colourway", "run", str(shop / "dress.jpg"))
    assert given.returncode == 1
    assert "try `colourway picture" in given.stderr
    (tmp_path / "empty").mkdir()
    empty = try_to_run(home, "colourway", "run", str(tmp_path / "empty"))
    assert (empty.returncode, empty.stderr.count("\n")) == (1, 1)
    assert "holds no picture" in empty.stderr
    enqueued = try_to_run(home, "colourway", "enqueue", str(shop))
    assert enqueued.returncode == 1
    assert "`colourway run` alone" in enqueued.stderr

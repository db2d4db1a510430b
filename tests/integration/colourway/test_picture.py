"""``colourway picture`` with a real web server, and with networks that read what is painted."""

import json
import os
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import cv2
import pytest

from colourway.cli import main
from tests.support.painted import nobody, painted_analyzer, painted_person, product_alone
from tests.support.picture_server import PictureServer
from tests.support.pictures import encode
from worker.analysis.analyzer import Analyzer

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Painted networks in place of the bundled ones; counts how often they are loaded."""
    count: list[int] = []

    def load(settings: Any) -> Analyzer:
        count.append(1)
        os.write(2, b"the framework greets everybody\n")
        return painted_analyzer(settings)

    monkeypatch.setattr(Analyzer, "load", load)
    return count


@pytest.fixture
def picture(
    loads: list[int], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Call:
    """Call the command as a shell would; gives exit code, standard output and error."""

    def call(*arguments: str, **environment: str) -> tuple[int, str, str]:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["colourway", "picture", *arguments])
        code: Any = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code
        out, err = capfd.readouterr()
        return int(code or 0), out, err

    return call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two good pictures, one with nobody, one that is none, and a text."""
    path = tmp_path / "photos"
    path.mkdir()
    (path / "a person.png").write_bytes(encode(painted_person(), "PNG"))
    (path / "bag.png").write_bytes(encode(product_alone(), "PNG"))
    (path / "crowd.png").write_bytes(encode(nobody(), "PNG"))
    (path / "\x1b[31mbroken.jpg").write_text("no picture")
    (path / "notes.txt").write_text("notes")
    return path


@pytest.fixture
def server() -> Generator[PictureServer]:
    with PictureServer() as serving:
        yield serving


def test_one_picture_is_told_whole_and_nothing_else(folder: Path, picture: Call) -> None:
    code, out, err = picture(str(folder / "a person.png"))
    assert (code, err) == (0, "")
    assert all(word in out for word in ("a person.png", "#0000ff", "#ff0000", "100 %", "plain"))
    assert "\x1b" not in out


def test_one_picture_as_json_is_one_object_and_its_cutout_a_file(
    folder: Path, tmp_path: Path, picture: Call
) -> None:
    cutout = tmp_path / "cutout.png"
    code, out, err = picture(str(folder / "bag.png"), "--json", "--cutout", str(cutout))
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert (told["code"], told["subject"], told["colours"][0]["hex"]) == (
        "ok",
        "packshot",
        "#007878",
    )
    top, left, bottom, right = told["box_yxyx"]
    assert cv2.imread(str(cutout), cv2.IMREAD_UNCHANGED).shape == (bottom - top, right - left, 4)


def test_a_folder_is_a_table_and_what_fails_is_one_line_each(folder: Path, picture: Call) -> None:
    code, out, err = picture(str(folder))
    assert code == 1
    rows = out.splitlines()
    assert [row.split()[0].rpartition("/")[2] for row in rows[:-1]] == ["picture", "a", "bag.png"]
    assert rows[-1] == (
        "4 pictures: 2 with colours, 1 without a person or product, 1 failed; "
        "1 other file passed over"
    )
    broken, crowd = err.splitlines()
    assert broken.endswith("�[31mbroken.jpg: looks like plain text (10 bytes), not like a picture")
    assert crowd.endswith("crowd.png: neither a person nor a product on a plain backdrop was found")
    assert "\x1b" not in out + err


def test_several_as_json_are_an_object_a_line_failures_too(folder: Path, picture: Call) -> None:
    code, out, err = picture(str(folder), "nowhere.jpg", "--json")
    told = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert [one["code"] for one in told] == [
        *("not_an_image", "ok", "ok", "no_person"),
        "fetch_not_found",
    ]
    assert told[3]["stage"] == "mask"
    assert err.count("\n") == 3


def test_results_go_to_a_folder_while_a_picture_that_fails_costs_no_other(
    folder: Path, tmp_path: Path, picture: Call
) -> None:
    out_folder = tmp_path / "results"
    assert picture(str(folder), "--out", str(out_folder))[0] == 1
    assert len((out_folder / "results.jsonl").read_text().splitlines()) == 4
    assert len((out_folder / "results.csv").read_text().splitlines()) == 5
    cutouts = sorted(path.name for path in (out_folder / "cutouts").iterdir())
    assert cutouts == ["a_person.png", "bag.png"]


def test_many_pictures_keep_their_order(tmp_path: Path, picture: Call, loads: list[int]) -> None:
    for number in range(20):
        content = encode(product_alone() if number % 2 else painted_person(), "PNG")
        (tmp_path / f"{number:02d}.png").write_bytes(content)
    _, out, _ = picture(str(tmp_path), "--json")
    told = [json.loads(line) for line in out.splitlines()]
    assert [Path(one["source"]).name for one in told] == [f"{n:02d}.png" for n in range(20)]
    assert [one["subject"] for one in told] == ["person", "packshot"] * 10
    assert loads == [1]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere.jpg"], "there is no file 'nowhere.jpg'"),
        (["pyproject.toml"], "pyproject.toml: looks like plain text"),
        (["http://127.0.0.1:9/a.jpg?key=s3cret"], "is a loopback address"),
        (["http://169.254.169.254/latest"], "169.254.169.254"),
        (["ftp://shop.example/a.jpg"], "only http, https and s3 pictures are fetched"),
    ],
)
def test_what_cannot_be_had_is_one_line_and_loads_no_network(
    arguments: list[str], told: str, picture: Call, loads: list[int]
) -> None:
    code, out, err = picture(*arguments)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("colourway: ")
    assert told in err
    assert "s3cret" not in err
    assert loads == []


def test_an_empty_folder_is_one_line(tmp_path: Path, picture: Call) -> None:
    code, out, err = picture(str(tmp_path))
    assert (code, out) == (1, "")
    assert err.startswith(f"colourway: {tmp_path}: the folder holds no picture")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([""], "a picture's name is empty"),
        (["a.jpg", "--cutout", "b.jpg"], "must end in .png"),
        (["a.jpg", "b.jpg", "--cutout", "c.png"], "is for one picture"),
        ([], "Missing argument"),
    ],
)
def test_wrong_usage_is_code_2(arguments: list[str], told: str, picture: Call) -> None:
    code, out, err = picture(*arguments)
    assert (code, out) == (2, "")
    assert told in err


def test_a_url_is_fetched_by_the_pipelines_rules(server: PictureServer, picture: Call) -> None:
    url = server.put("dress.png", encode(painted_person(), "PNG"))
    allowed = {"COLOURWAY_ALLOWED_NETWORKS": "127.0.0.0/8"}
    code, out, err = picture(f"{url}?signature=s3cret", "--json", **allowed)
    told = json.loads(out)
    assert (code, err, told["code"]) == (0, "", "ok")
    assert told["source"] == f"{url}?…"
    code, out, err = picture(server.url("/status/404"), server.url("/page"), **allowed)
    assert code == 1
    assert "404" in err
    assert "HTML page" in err
    assert out == "2 pictures: 0 with colours, 2 failed\n"


def test_a_loaders_greeting_is_kept_away_unless_it_fails(
    folder: Path, picture: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "greets" not in picture(str(folder / "bag.png"))[2]


def test_a_line_now_and_then_tells_how_far_it_is_where_there_is_no_terminal(
    folder: Path, picture: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.cli.periodic_lines.LINE_EVERY_S", 0.001)
    paths = [str(folder / name) for name in ("bag.png", "a person.png")]
    assert "Looking at the pictures: 0 of 2 (0:00:00 so far)\n" in picture(*paths)[2]
    assert picture(*paths, "--quiet")[2] == ""
    assert picture(*paths, "--json")[2] == ""


def test_a_category_in_any_language_adds_the_piece(folder: Path, picture: Call) -> None:
    code, out, _ = picture(str(folder / "bag.png"), str(folder / "bag.png"), "--category", "Schuhe")
    assert code == 0
    assert out.splitlines()[0].split() == [
        *("picture", "colour", "name", "family", "share", "pattern", "piece", "sure", "warnings"),
    ]

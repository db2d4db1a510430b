"""What the arguments of ``colourway picture`` name."""

from pathlib import Path

import pytest

from colourway.pictures.given import GivenPicture, find_pictures
from shared.errors import SettingsError


def test_one_file_or_url_is_single_whether_it_is_there_or_not() -> None:
    given = find_pictures(["nowhere.jpg"])
    assert (given.pictures, given.single) == ([GivenPicture("nowhere.jpg")], True)
    url = "https://shop.example/a.jpg?key=1"
    assert find_pictures([url]).pictures == [GivenPicture(url, is_url=True)]
    assert find_pictures([url]).single
    assert find_pictures(["ftp://x/a.jpg"]).pictures[0].is_url  # the fetcher says what is wrong
    assert not find_pictures(["a.jpg", "b.jpg"]).single


def test_a_folder_stands_for_the_pictures_in_it(tmp_path: Path) -> None:
    for name in ("b.png", "a.JPG", "notes.txt", ".hidden.jpg"):
        (tmp_path / name).write_bytes(b"")
    given = find_pictures([str(tmp_path), "c.jpg"])
    names = [Path(picture.reference).name for picture in given.pictures]
    assert names == ["a.JPG", "b.png", "c.jpg"]
    assert (given.others, given.complaints, given.single) == (1, [], False)
    assert not find_pictures([str(tmp_path)]).single


def test_an_empty_folder_is_complained_of_and_costs_no_other(tmp_path: Path) -> None:
    given = find_pictures([str(tmp_path), "c.jpg"])
    assert [picture.reference for picture in given.pictures] == ["c.jpg"]
    (complaint,) = given.complaints
    assert complaint.startswith(f"{tmp_path}: the folder holds no picture")


def test_a_file_url_is_the_path_that_it_names(tmp_path: Path) -> None:
    path = tmp_path / "a b.jpg"
    assert find_pictures([path.as_uri()]).pictures == [GivenPicture(str(path))]


def test_an_empty_name_is_wrong_usage() -> None:
    with pytest.raises(SettingsError, match="empty"):
        find_pictures(["a.jpg", ""])

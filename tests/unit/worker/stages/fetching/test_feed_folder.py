import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.stages import Code
from shared.errors import StageError
from worker.stages.fetching.feed_folder import FeedFolder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "feed"
    (root / "front").mkdir(parents=True)
    (root / "front" / "a b%20.jpg").write_bytes(b"inside")
    (tmp_path / "secret.jpg").write_bytes(b"outside")
    (tmp_path / "feed-next-door").mkdir()
    (tmp_path / "feed-next-door" / "x.jpg").write_bytes(b"outside")
    return root


def code_of(root: Path, reference: str, max_bytes: int = 100) -> Code:
    with pytest.raises(StageError) as caught:
        FeedFolder(root).read(reference, max_bytes)
    assert not caught.value.retry
    return caught.value.code


def test_paths_below_the_folder(root: Path) -> None:
    folder = FeedFolder(root)

    assert folder.read("front/a b%20.jpg", 100) == b"inside"
    assert folder.read("./front/../front/a b%20.jpg", 100) == b"inside"
    assert folder.read(str(root / "front" / "a b%20.jpg"), 100) == b"inside"
    assert folder.read("file:front/a%20b%2520.jpg", 100) == b"inside"
    assert folder.read(f"FILE://localhost{root}/front/a%20b%2520.jpg", 100) == b"inside"


@pytest.mark.parametrize(
    "reference",
    [
        "../secret.jpg",
        "front/../../secret.jpg",
        "../feed-next-door/x.jpg",
        "/etc/passwd",
        "file:///etc/passwd",
        "file:%2e%2e/secret.jpg",
        "//etc/passwd",
    ],
)
def test_paths_out_of_the_folder(root: Path, reference: str) -> None:
    assert code_of(root, reference) is Code.FETCH_OUTSIDE_FEED


def test_links_are_followed_before_they_are_judged(root: Path) -> None:
    (root / "out.jpg").symlink_to(root.parent / "secret.jpg")
    (root / "away").symlink_to(root.parent)
    (root / "in.jpg").symlink_to(root / "front" / "a b%20.jpg")
    (root / "loop.jpg").symlink_to(root / "loop.jpg")

    assert code_of(root, "out.jpg") is Code.FETCH_OUTSIDE_FEED
    assert code_of(root, "away/secret.jpg") is Code.FETCH_OUTSIDE_FEED
    assert FeedFolder(root).read("in.jpg", 100) == b"inside"
    assert code_of(root, "loop.jpg") in (Code.FETCH_BAD_URL, Code.FETCH_DENIED)


def test_a_folder_that_is_a_link_itself(root: Path) -> None:
    link = root.parent / "link"
    link.symlink_to(root)

    assert FeedFolder(link).read("front/a b%20.jpg", 100) == b"inside"


def test_what_is_no_file(root: Path) -> None:
    os.mkfifo(root / "pipe.jpg")

    assert code_of(root, "none.jpg") is Code.FETCH_NOT_FOUND
    assert code_of(root, "front") is Code.FETCH_NOT_FOUND
    assert code_of(root, "front/a b%20.jpg/x.jpg") is Code.FETCH_NOT_FOUND
    assert code_of(root, "pipe.jpg") is Code.FETCH_NOT_FOUND
    assert code_of(root, "x" * 300 + ".jpg") in (Code.FETCH_DENIED, Code.FETCH_BAD_URL)
    assert code_of(root, "a\0b.jpg") is Code.FETCH_BAD_URL
    assert code_of(root, "file://server/share/x.jpg") is Code.FETCH_BAD_URL


def test_the_cap(root: Path) -> None:
    assert FeedFolder(root).read("front/a b%20.jpg", 6) == b"inside"
    assert code_of(root, "front/a b%20.jpg", 5) is Code.FETCH_TOO_LARGE


parts = st.sampled_from(
    ["..", ".", "", "front", "secret.jpg", "feed", "away", "a b%20.jpg", "%2e%2e"]
)


@given(st.lists(parts, min_size=1, max_size=8), st.sampled_from(["", "/", "file:", "file:///"]))
def test_no_path_leads_outside(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], start: str
) -> None:
    top = tmp_path_factory.getbasetemp() / "no-path-leads-outside"
    root = top / "feed"
    if not top.exists():
        (root / "front").mkdir(parents=True)
        (root / "front" / "a b%20.jpg").write_bytes(b"inside")
        (root / "away").symlink_to(top)
        (top / "secret.jpg").write_bytes(b"outside")

    try:
        content = FeedFolder(root).read(start + "/".join(names), 100)
    except StageError:
        return
    assert content == b"inside"

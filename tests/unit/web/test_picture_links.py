"""Links to pictures: signed, bounded in time, and none to a head that is to be hidden."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from web.catalogue.picture_links import LASTS_S, PATH, PictureLinks

KEY = "5/ab/ab12/top.webp"


class MovedClock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def parts(link: str | None) -> tuple[str, int, str]:
    assert link is not None
    split = urlsplit(link)
    query = parse_qs(split.query)
    return unquote(split.path.removeprefix(PATH)), int(query["until"][0]), query["signature"][0]


def test_a_link_is_good_for_an_hour_at_least_and_two_at_most() -> None:
    clock = MovedClock()
    links = PictureLinks(b"a secret", clock=clock)
    key, until, signature = parts(links.link(KEY))
    assert key == KEY
    for after_s, good in ((0, True), (LASTS_S, True), (2 * LASTS_S + 1, False)):
        clock.now = 1_700_000_000.0 + after_s
        assert links.is_good(key, until, signature) is good


def test_a_link_stays_the_same_within_its_hour() -> None:
    clock = MovedClock()
    links = PictureLinks(b"a secret", clock=clock)
    clock.now = 1_700_000_000.0 // LASTS_S * LASTS_S + 1
    first = links.link(KEY)
    clock.now += LASTS_S - 2
    assert links.link(KEY) == first
    clock.now += 2
    assert links.link(KEY) != first


def test_nothing_of_a_link_can_be_changed() -> None:
    links = PictureLinks(b"a secret", clock=MovedClock())
    key, until, signature = parts(links.link(KEY))
    assert not links.is_good("5/ab/ab12/other.webp", until, signature)
    assert not links.is_good(key, until + 1, signature)
    assert not links.is_good(key, until, signature[:-1])
    assert not PictureLinks(b"another", clock=links.clock).is_good(key, until, signature)
    far = until + 100 * LASTS_S
    assert not links.is_good(key, far, links._sign(key, far))


def test_without_a_secret_each_service_has_its_own() -> None:
    assert PictureLinks.of(None, "keep").secret != PictureLinks.of(None, "keep").secret
    assert PictureLinks.of("0123456789abcdef", "keep").secret == b"0123456789abcdef"


@pytest.mark.parametrize(
    ("heads", "key", "shown"),
    [
        ("keep", "5/ab/ab12/top-crop.jpg", True),
        ("blur", "5/ab/ab12/top-crop.jpg", False),
        ("cut", "3/ab/ab12/thumbnail.jpg", False),
        ("blur", "5-blur/ab/ab12/top-crop.jpg", True),
        ("cut", "5-cut/ab/ab12/top-crop.jpg", True),
        ("cut", "5/ab/ab12/top.webp", True),
        ("blur", "3/ab/ab12/cutout.png", True),
        ("keep", None, False),
    ],
)
def test_a_head_that_is_to_be_hidden_is_not_shown(heads, key, shown: bool) -> None:
    links = PictureLinks(b"a secret", heads, clock=MovedClock())
    assert links.may_be_shown(key) is shown
    assert (links.link(key) is not None) is shown

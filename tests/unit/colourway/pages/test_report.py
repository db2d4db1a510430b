"""The report says what became of every picture, holds all it needs, and trusts no text."""

import base64
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from colourway.pages.debug_pictures import DebugPictures, webp
from colourway.pages.report import RunFacts, chips, stage_times, swatch, write_report
from colourway.pages.shop_words import ShopWords
from colourway.pages.thumbnail import SIDE
from colourway.picture_report import Outcome, Summary
from shared.catalogue.product_answer import PictureFinding
from shared.colour.naming import Naming
from shared.contracts.jobs import JobState
from shared.contracts.results import Pattern, PictureKeys, Region, Shade
from shared.contracts.stages import Code
from shared.storage.storage import FolderStorage

NAMING = Naming.load()
WORDS = ShopWords.load(NAMING)
RED = Shade("#c02020", (41.76, 60.41, 42.26), 0.7, "red", "red")
WHITE = Shade("#f4f2ee", (95.6, 0.3, 2.1), 0.3, "off-white", "white")
FACTS = RunFacts("spring", "feed.csv", datetime(2026, 4, 1, 12, tzinfo=UTC), 4.2, 2)


def finding(**changed: object) -> PictureFinding:
    plain: dict[str, object] = {
        "position": 0,
        "shades": {Region.CLOTHES: (RED, WHITE)},
        "confidence": 0.83,
        "keys": PictureKeys("1/ab/crop.jpg", "1/ab/cutout.png", "1/ab/thumbnail.jpg"),
        "provenance": {},
        "subject": "person",
        "pattern": Pattern.TWO_TONE,
    }
    return PictureFinding(**(plain | changed))  # type: ignore[arg-type]


def outcome(**changed: object) -> Outcome:
    plain: dict[str, object] = {
        "sku": "A-1",
        "title": "Crew-neck T-shirt",
        "category": "tops",
        "merchant_colour": "Ember",
        "position": 0,
        "url": "https://shop.example/a-1.jpg?token=s3cret",
        "state": JobState.DONE,
        "code": Code.OK,
        "stage": None,
        "message": None,
        "attempts": 1,
        "score": 0.99,
        "sha256": "ab" * 32,
        "crop_key": None,
        "cutout_key": None,
        "thumbnail_key": None,
        "finding": finding(),
        "timings_ms": {"fetch": 10.0, "mask": 90.0},
    }
    return Outcome(**(plain | changed))  # type: ignore[arg-type]


FAILED = outcome(
    sku="B-2",
    title="<script>alert('title')</script>",
    url="javascript:alert(1)",
    state=JobState.FAILED,
    code=Code.FETCH_NOT_FOUND,
    stage="fetch",
    message="HTTP 404 <b>gone</b>",
    attempts=2,
    finding=None,
    timings_ms={},
)


class Page(HTMLParser):
    """Collects what the tests ask about."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._inside: dict[str, list[dict[str, str | None]]] = {}
        self._texts: dict[str, list[list[str]]] = {}
        self._open: list[list[str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        for name in (name for names in self._open for name in names):
            self._inside.setdefault(f"{name} {tag}", []).append(dict(attrs))
        if tag not in ("meta", "link", "img", "input", "br"):
            self._open.append((dict(attrs).get("class") or "").split())
            for name in self._open[-1]:
                self._texts.setdefault(name, []).append([])

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if word := data.strip():
            for name in (name for names in self._open for name in names):
                self._texts[name][-1].append(word)

    def inside(self, name: str, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of the tags within elements of a class."""
        return self._inside.get(f"{name} {tag}", [])

    def texts(self, name: str) -> list[list[str]]:
        """Return the texts within each element of a class."""
        return self._texts.get(name, [])

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture
def debug_pictures(tmp_path: Path) -> DebugPictures:
    made = DebugPictures(tmp_path / "debug")
    for piece in (None, "top"):
        observe(made, piece)
    return made


def observe(made: DebugPictures, piece: str | None) -> None:
    pixels = np.full((60, 40, 3), 90, dtype=np.uint8)
    made.observe(
        SimpleNamespace(fetched=SimpleNamespace(sha256="ab" * 32)),  # type: ignore[arg-type]
        SimpleNamespace(
            shown=pixels,
            piece=piece,
            shades={Region.CLOTHES: (RED,)},
            subject_mask=SimpleNamespace(mask=np.ones((60, 40), bool)),
            segments=SimpleNamespace(labels=np.full((60, 40), 3, np.uint8)),
            masks={"piece": np.ones((60, 40), bool)},
            crops=SimpleNamespace(cutout=np.full((60, 40, 4), 255, np.uint8)),
        ),  # type: ignore[arg-type]
    )


def written(
    tmp_path: Path,
    debug_pictures: DebugPictures,
    outcomes: list[Outcome],
    expected: dict[str, dict[Region, str]] | None = None,
) -> str:
    states = [o.state for o in outcomes]
    summary = Summary(
        pictures=len(outcomes),
        states={state: states.count(state) for state in states},
        codes={o.code: 1 for o in outcomes if o.code},
        subjects={"person": 1},
        families={"red": 1},
    )
    path = tmp_path / "report.html"
    write_report(
        path,
        FACTS,
        summary,
        outcomes,
        debug_pictures=debug_pictures,
        storage=FolderStorage(tmp_path / "pictures"),
        words=WORDS,
        expected=expected,
    )
    return path.read_text("utf-8")


def test_every_picture_has_a_card_with_its_outcome(
    tmp_path: Path, debug_pictures: DebugPictures
) -> None:
    page = Page(written(tmp_path, debug_pictures, [outcome(), FAILED]))
    cards = page.all("article")
    assert [card["data-group"] for card in cards] == ["enriched", "failed"]
    text = " ".join(page.text)
    for word in ("Crew-neck T-shirt", "Ember", "red", "off-white", "#c02020", "83", "two-tone"):
        assert word in text
    for word in ("fetch_not_found", "HTTP 404", "after 2 attempts"):
        assert word in text


def test_the_report_needs_nothing_from_outside(
    tmp_path: Path, debug_pictures: DebugPictures
) -> None:
    page = Page(written(tmp_path, debug_pictures, [outcome(), FAILED]))
    images = [image["src"] or "" for image in page.all("img") if "src" in image]
    assert len(images) == 4
    assert all(src.startswith("data:image/") for src in images)
    assert not page.all("link")
    assert all("src" not in script for script in page.all("script"))


def test_text_from_feeds_and_servers_stays_text(
    tmp_path: Path, debug_pictures: DebugPictures
) -> None:
    html = written(tmp_path, debug_pictures, [FAILED])
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(&#39;title&#39;)&lt;/script&gt;" in html
    assert "<b>gone</b>" not in html
    assert not any((tag.get("href") or "").startswith("javascript") for tag in Page(html).all("a"))


def test_secrets_in_urls_are_not_shown(tmp_path: Path, debug_pictures: DebugPictures) -> None:
    html = written(tmp_path, debug_pictures, [outcome()])
    assert "https://shop.example/a-1.jpg" in html
    assert "s3cret" not in html


def test_expected_colours_are_shown_beside_those_found(
    tmp_path: Path, debug_pictures: DebugPictures
) -> None:
    expected = {"A-1": {Region.CLOTHES: "#c02121", Region.HAIR: "#201a18"}}
    html = written(tmp_path, debug_pictures, [outcome()], expected)
    assert "Expected beside found" in html
    assert "same family" in html
    assert "not found" in html
    assert "Expected beside found" not in written(tmp_path, debug_pictures, [outcome()])


def test_without_debug_pictures_the_smallest_stored_picture_is_shown(
    tmp_path: Path, debug_pictures: DebugPictures
) -> None:
    storage = FolderStorage(tmp_path / "pictures")
    picture = webp(np.full((900, 600, 4), 90, np.uint8))
    storage.put("1/cd/thumbnail.jpg", picture, "image/webp")
    storage.put("1/ee/cutout.png", picture, "image/webp")
    other = outcome(sha256="cd" * 32, thumbnail_key="1/cd/thumbnail.jpg", cutout_key="1/cd/c.png")
    only = outcome(sha256="ee" * 32, cutout_key="1/ee/cutout.png")
    lost = outcome(sha256="ef" * 32, thumbnail_key="1/ef/thumbnail.jpg")
    page = Page(written(tmp_path, debug_pictures, [other, only, lost]))
    images = [image for image in page.all("img") if "class" in image]
    assert [image["class"] for image in images] == ["thumbnail", "cutout"]
    small = base64.b64decode((images[1]["src"] or "").partition(",")[2])
    decoded = cv2.imdecode(np.frombuffer(small, np.uint8), cv2.IMREAD_UNCHANGED)
    assert decoded.shape == (SIDE, round(SIDE * 600 / 900), 4)


def test_a_card_leads_with_the_colour_beside_the_shops_word(
    tmp_path: Path, debug_pictures: DebugPictures
) -> None:
    skin = Shade("#c89878", (66.9, 14.6, 22.4), 1.0, "intermediate skin", "skin")
    found = finding(
        shades={Region.CLOTHES: (WHITE, RED), Region.SKIN: (skin,)},
        piece="top",
        warnings=("piece_guessed",),
    )
    said = [
        outcome(finding=found, merchant_colour=word) for word in ("Burgundy/Silver", "Xyzzy", None)
    ]
    page = Page(written(tmp_path, debug_pictures, said))
    main = {"style": "background:#f4f2ee"}
    word = "background:linear-gradient(100deg, #641a28 0.00% 50.00%, #b7bfc7 50.00% 100.00%)"
    assert page.inside("tone", "i") == [main, {"style": word}, main, {"class": "nothing"}, main]
    first, _, _ = page.texts("tags")
    assert first == ["white", "two-tone", "top", "piece guessed"]
    folded, _, _ = page.texts("people")
    assert folded[0] == "Skin and hair"
    assert "intermediate skin" in folded
    assert "off-white" not in folded


def test_a_piece_that_is_not_there_has_no_colour(
    tmp_path: Path, debug_pictures: DebugPictures
) -> None:
    lost = finding(shades={Region.CLOTHES: ()}, pattern=None, warnings=("piece_not_found",))
    page = Page(written(tmp_path, debug_pictures, [outcome(finding=lost)]))
    assert page.inside("tone", "i")[0] == {"class": "nothing"}
    assert page.texts("tags") == [["piece not found"]]
    assert "no colour" in page.text
    assert page.texts("people") == []
    assert page.all("article")[0]["data-family"] == ""


def test_chips_say_the_second_family_and_what_the_colours_are_of() -> None:
    between = replace(RED, family_second="pink", probability=0.5, probability_second=0.45)
    alone = chips(finding(shades={Region.CLOTHES: (between,)}, subject="packshot"))
    assert [chip.word for chip in alone] == ["red", "or pink", "two-tone", "product alone"]
    assert [chip.word for chip in chips(finding())] == ["red", "two-tone", "whole outfit"]


def test_stage_times_follow_the_pipeline() -> None:
    cards = [SimpleNamespace(stages=(("mask", ms, 90), ("fetch", 10.0, 10))) for ms in (50.0, 70.0)]
    assert stage_times(cards) == (("fetch", 10.0, 10.0), ("mask", 60.0, 70.0))  # type: ignore[arg-type]


def test_ink_can_be_read_on_its_swatch() -> None:
    assert swatch(WHITE).ink == "#111"
    assert swatch(RED).ink == "#fff"
    assert swatch(WHITE).percent == 30.0

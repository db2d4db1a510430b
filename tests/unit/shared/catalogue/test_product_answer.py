"""A product's answer follows from its pictures by one rule."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.catalogue.product_answer import WITNESS_WEIGHT, PictureFinding, product_answer
from shared.colour.pattern import pattern_of
from shared.contracts.results import Pattern, PictureKeys, Region, Shade

FAMILIES = ("navy", "black", "red")


def shade(family: str, share: float = 1.0) -> Shade:
    return Shade("#101010", (5.0, 0.0, 0.0), share, f"some {family}", family)


def finding(position: int, *families: str, confidence: float = 0.5) -> PictureFinding:
    clothes = tuple(shade(family, 1 / len(families)) for family in families)
    keys = PictureKeys(
        f"{position}/cutout", crop=f"{position}/crop", thumbnail=f"{position}/thumbnail"
    )
    skin = (shade("brown"),) if position == 0 else ()
    shades = {Region.CLOTHES: clothes, Region.SKIN: skin}
    return PictureFinding(position, shades, confidence, keys, {"picture": position})


findings = st.lists(
    st.builds(
        lambda position, families, confidence: finding(position, *families, confidence=confidence),
        st.integers(0, 20),
        st.lists(st.sampled_from(FAMILIES), max_size=2),
        st.floats(0, 1),
    ),
    max_size=6,
    unique_by=lambda found: found.position,
)


def test_no_picture_no_answer() -> None:
    assert product_answer([]) is None


def test_a_single_picture_is_the_answer() -> None:
    only = finding(0, "navy", "red", confidence=0.75)

    answer = product_answer([only])

    assert answer is not None
    assert answer.main is only
    assert answer.confidence == 0.75
    assert answer.colour == shade("navy", 0.5)
    assert [one.family for one in answer.shades(Region.CLOTHES)] == ["navy", "red"]
    assert [one.family for one in answer.shades(Region.SKIN)] == ["brown"]
    assert answer.shades(Region.HAIR) == ()


def test_the_first_position_with_clothes_is_the_main_picture() -> None:
    answer = product_answer([finding(2, "red"), finding(0), finding(1, "navy")])

    assert answer is not None
    assert answer.main.position == 1


def test_without_clothes_anywhere_the_first_picture_stands() -> None:
    answer = product_answer([finding(3), finding(1)])

    assert answer is not None
    assert (answer.main.position, answer.colour, answer.confidence) == (1, None, 0.5)


def test_agreement_takes_away_doubt_and_disagreement_confidence() -> None:
    main = finding(0, "navy", confidence=0.8)

    agreed = product_answer([main, finding(1, "navy", "red", confidence=1.0)])
    disputed = product_answer([main, finding(1, "red", "navy", confidence=1.0)])

    assert agreed is not None
    assert disputed is not None
    assert agreed.confidence == pytest.approx(1 - 0.2 * (1 - WITNESS_WEIGHT))
    assert disputed.confidence == pytest.approx(0.8 * (1 - WITNESS_WEIGHT))


def test_a_witness_never_changes_the_colour() -> None:
    witnesses = [finding(number, "red", confidence=1.0) for number in range(1, 9)]

    answer = product_answer([finding(0, "navy", confidence=0.1), *witnesses])

    assert answer is not None
    assert answer.colour is not None
    assert answer.colour.family == "navy"


def test_a_colour_between_two_families_agrees_with_either() -> None:
    between = Shade("#101010", (5.0, 0.0, 0.0), 1.0, "ink", "navy", "black")
    main = replace(finding(0, confidence=0.8), shades={Region.CLOTHES: (between,)})

    for family in ("navy", "black"):
        answer = product_answer([main, finding(1, family, confidence=1.0)])
        assert answer is not None
        assert answer.confidence == pytest.approx(1 - 0.2 * (1 - WITNESS_WEIGHT))
        columns = answer.columns()
        assert (columns["colour_family"], columns["colour_family_second"]) == ("navy", "black")


MANY = tuple(
    Shade("#000000", lab, 0.25, f"name {number}", f"family {number}", f"other {number}")
    for number, lab in enumerate([(10.0, 0.0, 0.0), (50.0, 60.0, 40.0), (90.0, 0.0, 0.0)])
)


@pytest.mark.parametrize(
    ("subject", "piece", "shares", "family"),
    [
        ("packshot", None, (0.25, 0.25, 0.25), "multi"),
        ("person", "top", (0.25, 0.25, 0.25), "multi"),
        ("person", "whole", (0.25, 0.25, 0.25), "multi"),
        ("person", None, (0.25, 0.25, 0.25), "family 0"),
        ("packshot", None, (0.5, 0.25, 0.25), "family 0"),
        ("packshot", None, (0.5, 0.4, 0.05), "family 0"),
    ],
)
def test_many_colours_of_the_product_itself_are_multi(
    subject: str, piece: str | None, shares: tuple[float, ...], family: str
) -> None:
    clothes = tuple(replace(one, share=share) for one, share in zip(MANY, shares, strict=True))
    picture = replace(finding(0), shades={Region.CLOTHES: clothes}, subject=subject, piece=piece)
    answer = product_answer([replace(picture, pattern=pattern_of(clothes))])

    assert answer is not None
    assert answer.family == family
    columns = answer.columns()
    assert columns["colour_name"] == "name 0"
    assert columns["colour_family_second"] == (None if family == "multi" else "other 0")


@pytest.mark.parametrize(
    ("pattern", "family"), [(Pattern.PRINTED, "multi"), (Pattern.PLAIN, "family 0")]
)
def test_plain_cloth_is_never_multi(pattern: Pattern, family: str) -> None:
    """Its many shades are light, or what lies before it."""
    picture = replace(finding(0), shades={Region.CLOTHES: MANY}, subject="packshot")
    assert replace(picture, pattern=pattern).family == family


def test_a_finding_of_an_older_version_has_the_pattern_of_its_shades() -> None:
    row = {
        "position": 0,
        "subject": "person",
        "shades": {"clothes": [one.to_json() for one in MANY], "skin": [], "hair": []},
        "pattern": None,
        "warnings": None,
        "piece": None,
        "confidence": 0.5,
        "crop_key": "1/crop",
        "cutout_key": "1/cutout",
        "thumbnail_key": "1/thumbnail",
        "provenance": {},
    }
    assert PictureFinding.of(row).pattern is Pattern.MULTICOLOURED
    assert PictureFinding.of({**row, "pattern": "plain"}).pattern is Pattern.PLAIN
    assert PictureFinding.of({**row, "shades": {}}).pattern is None


@given(findings, st.randoms())
def test_the_order_of_the_findings_makes_no_difference(found: list[PictureFinding], random) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)
    assert product_answer(shuffled) == product_answer(found)


@given(findings)
def test_confidence_is_a_share_and_the_main_picture_is_one_of_them(
    found: list[PictureFinding],
) -> None:
    answer = product_answer(found)
    assert (answer is None) == (not found)
    if answer is not None:
        assert 0.0 <= answer.confidence <= 1.0
        assert answer.main in found
        assert (answer.colour is None) == all(one.colour is None for one in found)


@given(
    findings.filter(lambda found: any(one.colour for one in found)),
    st.sampled_from(FAMILIES),
    st.floats(0, 1),
)
def test_one_more_witness_moves_confidence_the_right_way(
    found: list[PictureFinding], family: str, confidence: float
) -> None:
    before = product_answer(found)
    after = product_answer([*found, finding(99, family, confidence=confidence)])

    assert before is not None
    assert before.colour is not None
    assert after is not None
    assert after.main == before.main
    if family == before.colour.family:
        assert after.confidence >= before.confidence - 1e-12
    else:
        assert after.confidence <= before.confidence + 1e-12


def test_an_answer_keeps_the_keys_of_its_picture_and_names_the_outfit_beside_them() -> None:
    columns = {
        **dict.fromkeys(("crop_key", "thumbnail_key", "pattern", "warnings", "subject")),
        "position": 0,
        "shades": {},
        "confidence": 0.5,
        "piece": "top",
        "cutout_key": "5/ab/abcd/top.webp",
        "provenance": {"stored": ["cutout", "outfit"]},
    }
    finding = PictureFinding.of(columns)
    assert finding.keys == PictureKeys("5/ab/abcd/top.webp", "5/ab/abcd/outfit.webp")
    assert finding.keys.shown == "5/ab/abcd/top.webp"
    answer = product_answer([finding])
    assert answer is not None
    assert answer.columns()["cutout_key"] == "5/ab/abcd/top.webp"

"""Templates of keys: what fits, what it names, and which templates are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.uploads.key_templates import UploadKeys, UploadPlace
from shared.errors import SettingsError
from shared.settings import get_settings


def keys(templates: str, catalogue: str = "default") -> UploadKeys:
    settings = get_settings(
        upload_keys=templates, upload_catalogue=catalogue, allowed_buckets="shop,other"
    )
    return UploadKeys.from_settings(settings)


@pytest.mark.parametrize(
    ("templates", "key", "place"),
    [
        ("{sku}.jpg", "A-1.jpg", ("default", "A-1", 0)),
        ("{sku}.jpg", "A.1.jpg", ("default", "A.1", 0)),
        ("{sku}.jpg", "A-1.png", None),
        ("{sku}.jpg", "summer/A-1.jpg", None),
        ("**/{sku}.*", "2026/summer/A-1.webp", ("default", "A-1", 0)),
        ("{catalogue}/{sku}/{position}.jpg", "shop/A-1/2.jpg", ("shop", "A-1", 2)),
        ("{sku}_{number}.jpg", "A_1_3.jpg", ("default", "A_1", 2)),
        ("{sku}-{position}.jpg,{sku}.jpg", "A-1.jpg", ("default", "A", 1)),
        ("{sku}.jpg , {sku}-{position}.jpg", "A-1.jpg", ("default", "A-1", 0)),
        ("photos/*/{sku}.jpg", "photos/x y/A(1)+.jpg", ("default", "A(1)+", 0)),
        ("s3://shop/{sku}.jpg", "A.jpg", ("default", "A", 0)),
        ("s3://other/{sku}.jpg", "A.jpg", None),
        ("", "A.jpg", None),
    ],
)
def test_a_key_names_a_place(templates: str, key: str, place: tuple[str, str, int] | None) -> None:
    assert keys(templates).place("shop", key) == (place and UploadPlace(*place))


def test_the_catalogue_is_a_setting_where_no_template_names_it() -> None:
    assert keys("{sku}.jpg", "summer").place("shop", "A.jpg") == UploadPlace("summer", "A", 0)


@pytest.mark.parametrize(
    ("templates", "key", "reason"),
    [
        ("{sku}.jpg", " .jpg", "is no sku: it has 0 characters"),
        ("{sku}.jpg", "x" * 201 + ".jpg", "is no sku: it has 201 characters"),
        ("{catalogue}/{sku}.jpg", "y" * 201 + "/A.jpg", "is no catalogue"),
        ("{sku}/{position}.jpg", "A/50.jpg", "a product has 50 pictures"),
        ("{sku}/{number}.jpg", "A/0.jpg", "a product has 50 pictures"),
    ],
)
def test_a_place_that_no_product_can_have(templates: str, key: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        keys(templates).place("shop", key)


def test_a_template_may_not_name_a_bucket_that_the_list_lacks() -> None:
    with pytest.raises(SettingsError, match="'third' is missing in COLOURWAY_ALLOWED_BUCKETS"):
        keys("s3://third/{sku}.jpg")


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("photos/*.jpg", r"names no \{sku\}"),
        ("{sku}/{sku}.jpg", "says the same thing twice"),
        ("{sku}/{position}-{number}.jpg", "says the same thing twice"),
        ("{SKU}.jpg", r"'\{SKU\}' is none of \{catalogue\}, \{sku\}"),
        ("{sku.jpg", "'{' is none of"),
        ("{sku}}.jpg", "'}' is none of"),
    ],
)
def test_a_template_that_is_none(template: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=f"COLOURWAY_UPLOAD_KEYS: .*{reason}"):
        keys(template)


names = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=50
).filter(lambda name: name == name.strip())


@given(names, names, st.integers(0, 49))
def test_what_a_template_wrote_it_reads(catalogue: str, sku: str, position: int) -> None:
    place = keys("{catalogue}/{sku}/{position}.jpg").place(
        "shop", f"{catalogue}/{sku}/{position}.jpg"
    )
    assert place == UploadPlace(catalogue, sku, position)

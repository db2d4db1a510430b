import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.feeds.addresses import split_addresses

A, B = "https://a.example/1.jpg", "https://a.example/2.jpg"


@pytest.mark.parametrize(
    ("value", "addresses"),
    [
        (None, []),
        ("", []),
        ("  ", []),
        (f" {A} ", [A]),
        (f"{A},{B}", [A, B]),
        (f"{A} ; {B}", [A, B]),
        (f"{A}\n{B}", [A, B]),
        (f"{A}|{B}|", [A, B]),
        ("https://a.example/w_200,q_80/1.jpg", ["https://a.example/w_200,q_80/1.jpg"]),
        ("https://a.example/two words.jpg", ["https://a.example/two words.jpg"]),
        ("front.jpg|back, side.jpg", ["front.jpg", "back, side.jpg"]),
        ("s3://shop/1.jpg,s3://shop/2.jpg", ["s3://shop/1.jpg", "s3://shop/2.jpg"]),
        ([A, None, " ", f" {B}"], [A, B]),
        (f'["{A}", "{B}"]', [A, B]),
        (f"['{A}', '{B}']", [A, B]),
        (f"['{A}', None]", [A]),
        ("[]", []),
        (f'{{"{A}","{B}"}}', [A, B]),
        (f'[{{"url": "{A}", "tag": ["front"]}}, {{"url": "{B}"}}]', [A, B]),
        ([{"src": A}, {"url": B}], [A, B]),
        ({"url": A}, [A]),
        (A.encode(), [A]),
        ([A.encode(), B], [A, B]),
        (float("nan"), []),
        (f"{A}~{B}", [A, B]),
        (f"{A} and {B}", [A, B]),
        (f"{A},", [A]),
        (f"{A};{B};", [A, B]),
        (f'"{A}"', [A]),
        (f"'{A}', '{B}'", [A, B]),
        (f"{A}\u200b", [A]),
        (f"\ufeff{A}\xa0", [A]),
        ("HTTP://a.example/1,HTTPS://a.example/2", ["HTTP://a.example/1", "HTTPS://a.example/2"]),
        ("//a.example/1.jpg,//a.example/2.jpg", ["//a.example/1.jpg", "//a.example/2.jpg"]),
        ("https://a.example/i?w=400|h=300", ["https://a.example/i?w=400|h=300"]),
        (f"[{A}", [f"[{A}"]),
    ],
)
def test_split_addresses(value: object, addresses: list[str]) -> None:
    assert split_addresses(value) == addresses


@pytest.mark.parametrize("value", [7, {"file": A}, [{"file": A}], [[A]], True, "[[1]]"])
def test_what_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="expected a picture's URL"):
        split_addresses(value)


BETWEEN = st.sampled_from(["|", ",", " ", " ; "])


@given(st.lists(st.integers(0, 99), min_size=1, max_size=6), BETWEEN)
def test_joined_addresses_come_apart(numbers: list[int], between: str) -> None:
    addresses = [f"https://a.example/{number},x;y.jpg" for number in numbers]
    assert split_addresses(between.join(addresses)) == addresses

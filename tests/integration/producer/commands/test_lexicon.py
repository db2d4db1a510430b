"""`colourway lexicon`: which of a shop's words are understood."""

import io
import json
import sys
from pathlib import Path

import pytest

from tests.support.catalogue.shell import Shell

FEED = """sku,title,product_type,image_link
1,Slim jeans,Sale,https://a.example/1.jpg
1,Slim jeans,Sale,https://a.example/2.jpg
2,Air 90,Sale,https://a.example/3.jpg
3,Beach tote,Shoes & Bags,https://a.example/4.jpg
4,,Women > Dresses,https://a.example/5.jpg
5,,,https://a.example/6.jpg
"""


def write(tmp_path: Path, text: str, name: str = "words.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def test_a_feed_is_told_by_products(shell: Shell, tmp_path: Path) -> None:
    said = shell.call("lexicon", write(tmp_path, FEED))
    assert said.exit_code == 1
    lines = said.out.splitlines()
    assert lines[0] == (
        "5 products, 1 by their category, 2 by their title, 2 not understood "
        "(4 different categories)"
    )
    told = [line.split(maxsplit=1) for line in lines[2:6]]
    assert told[0][1].startswith("Sale ")
    assert "by the title: 1 bottom; 1 not understood; for instance 'Air 90'" in told[0][1]
    assert {row[1].split("  ")[0]: row[0] for row in told} == {
        **{"Sale": "2", "(no category)": "1"},
        **{"Shoes & Bags": "1", "Women > Dresses": "1"},
    }
    assert "  air 90,en,PIECE" in lines
    assert said.err == ""


def test_json_tells_every_category(shell: Shell, tmp_path: Path) -> None:
    told = json.loads(shell.call("lexicon", write(tmp_path, FEED), "--json").out)
    counts = [told[name] for name in ("products", "by_category", "by_title", "not_understood")]
    assert counts == [5, 1, 2, 2]
    bags = next(each for each in told["categories"] if each["category"] == "Shoes & Bags")
    assert bags == {
        **{"category": "Shoes & Bags", "products": 1, "kind": None, "source": None},
        **{"words": "shoes, bags", "by_title": {"bag": 1}, "not_understood": 0},
        **{"titles": [], "near": {}},
    }


def test_a_list_of_words_from_standard_input(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    words = io.TextIOWrapper(io.BufferedReader(io.BytesIO(b"Kurtas\nTroussers\nShirts, Tops\n")))
    monkeypatch.setattr(sys, "stdin", words)
    said = shell.call("lexicon", "-")
    assert said.exit_code == 1
    assert said.out.startswith("3 words, 1 not understood (3 different words)\n")
    assert "did you mean trousers (bottom)?" in said.out
    assert "  troussers,en,bottom\n" in said.out


def test_all_understood_ends_well(shell: Shell, tmp_path: Path) -> None:
    told = shell.answer("lexicon", write(tmp_path, "Schuhe\n2271\naa-2-6\n", "words.txt"))
    assert [each["kind"] for each in told["categories"]] == ["dress", "shoes", "belt"]


def test_a_shops_own_words_are_taught(shell: Shell, tmp_path: Path) -> None:
    words = write(tmp_path, "product_type\nZorps\n")
    assert shell.call("lexicon", words).exit_code == 1
    own = write(tmp_path, "word,language,piece\nzorp,en,scarf\n", "own.csv")
    shell.set(COLOURWAY_PIECES=own)
    assert shell.answer("lexicon", words)["categories"][0]["kind"] == "scarf"


@pytest.mark.parametrize(
    ("text", "options", "complaint"),
    [
        ("id,x\n1,2\n", [], "no column of categories or titles; name one with --category-column"),
        (
            "kind,x\na,b\n",
            ["--category-column", "art"],
            "there is no column 'art'. Columns found: ",
        ),
        ("\n\n", [], "holds no words"),
        ("word\nTops\n", ["--format", "csv"], "no column of categories or titles"),
    ],
)
def test_what_cannot_be_read_is_told_in_a_line(
    shell: Shell, tmp_path: Path, text: str, options: list[str], complaint: str
) -> None:
    said = shell.call("lexicon", write(tmp_path, text), *options)
    assert (said.exit_code, said.out) == (1, "")
    assert complaint in said.err
    assert said.err.count("\n") == 1


def test_a_column_may_be_named_and_skus_may_be_missing(shell: Shell, tmp_path: Path) -> None:
    table = write(tmp_path, "kind;shop_word\nFlip Flops;Blue\nFlip Flops;Red\nTies;Red\n")
    told = shell.answer("lexicon", table, "--category-column", "kind")
    assert {each["category"]: (each["products"], each["kind"]) for each in told["categories"]} == {
        "Flip Flops": (2, "shoes"),
        "Ties": (1, "small"),
    }


def test_shop_systems_and_json_are_read_as_feeds_are(shell: Shell, tmp_path: Path) -> None:
    shopify = write(
        tmp_path,
        "Handle,Title,Product Category,Variant SKU,Image Src\n"
        "tee,Tee,Apparel & Accessories > Clothing > Clothing Tops,T-S,/1.jpg\ntee,,,T-M,\n",
    )
    told = shell.answer("lexicon", shopify)
    assert [(each["products"], each["kind"]) for each in told["categories"]] == [(2, "top")]
    rows = write(tmp_path, '{"id": 1, "title": "Blue skirt"}\n{"id": 2}\n', "feed.jsonl")
    said = shell.call("lexicon", rows, "--json")
    assert (said.exit_code, json.loads(said.out)["by_title"]) == (1, 1)

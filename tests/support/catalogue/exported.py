"""A shop that is exported, and what stands in the file."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.support.catalogue.shelf import NAVY, RED, WHITE, add_answered
from tests.support.catalogue.shell import Shell


@pytest.fixture
def shop(shell: Shell, engine: Engine, database_url: str) -> Shell:
    """A shop: a two-tone shirt, a red dress of a whole outfit, a product without a result."""
    shell.set(DATABASE_URL=database_url)
    add_answered(
        engine,
        "A-1",
        NAVY,
        WHITE,
        title='Shirt "Rosé"\twith tab',
        category="shirts",
        item_group="G-1",
        warnings=["skin_in_clothes"],
    )
    add_answered(
        engine,
        "B-2",
        RED,
        NAVY,
        title="</script>",
        category="dresses",
        merchant_colour="Rosso, Navy",
        item_group="G 2",
        subject="person",
        colour_family_second="pink",
        confidence=0.4,
    )
    add_answered(engine, "C-3", title="Not yet", merchant_colour="Ecru")
    return shell


def exported(shop: Shell, out: Path, *words: object) -> str:
    said = shop.call("export", "--out", out, *words)
    assert said.exit_code == 0, said.err
    assert said.out == ""
    return out.read_text(encoding="utf-8")


def objects(shop: Shell, folder: Path, *words: object) -> list[dict[str, Any]]:
    text = exported(shop, folder / "out.jsonl", *words)
    return [json.loads(line) for line in text.splitlines()]

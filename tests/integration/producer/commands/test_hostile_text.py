"""Text of a feed that a spreadsheet would run, or that would steer a terminal."""

import csv
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, update

from shared.contracts.jobs import JobState
from shared.contracts.stages import Code, Stage
from shared.database.models import Batch, Job, Product, ProductImage
from tests.support.catalogue.shelf import NAVY, RED, WHITE, add_answered
from tests.support.catalogue.shell import Shell

FORMULAS = ["=1+1", "+1", "-1", "@SUM(1)", "'=1", "''-2"]
STEERING = "\x07\x1b[2J\x7f\x85\x9b31m\u202e\u2066"


def fail_every_picture(engine: Engine, message: str) -> None:
    with engine.begin() as connection:
        catalogue = connection.execute(Product.__table__.select()).mappings().first()
        assert catalogue is not None
        made = insert(Batch).values(catalogue_id=catalogue["catalogue_id"], source="feed.csv")
        batch = connection.scalar(made.returning(Batch.id))
        for picture in connection.execute(ProductImage.__table__.select()).mappings().all():
            connection.execute(
                insert(Job).values(
                    image_id=picture["id"],
                    batch_id=batch,
                    state=JobState.QUARANTINED,
                    code=Code.FETCH_DENIED,
                    stage=Stage.FETCH,
                    message=message,
                    attempts=1,
                )
            )


def cells_of(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.reader(opened))


def test_failures_hold_no_formula_and_come_back_whole(
    shell: Shell, engine: Engine, database_url: str, tmp_path: Path
) -> None:
    for sku in FORMULAS:
        add_answered(engine, sku, NAVY)
    fail_every_picture(engine, "@SUM(1) says the server")
    shell.set(DATABASE_URL=database_url)
    file = tmp_path / "failures.csv"

    assert shell.call("failures", "--catalogue", "shop", "--out", file).exit_code == 0

    rows = cells_of(file)
    assert len(rows) == 1 + len(FORMULAS)
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    again = shell.answer("enqueue", file, "--catalogue", "shop", "--dry-run")
    assert (again["products"], again["new_products"], again["new_pictures"]) == (6, 0, 0)


def test_an_export_holds_no_formula_unless_it_is_asked_for(
    shell: Shell, engine: Engine, database_url: str, tmp_path: Path
) -> None:
    add_answered(engine, "-7", NAVY, title='=HYPERLINK("https://a.example")')
    shell.set(DATABASE_URL=database_url)
    for out, title, options in (
        ("out.csv", '\'=HYPERLINK("https://a.example")', []),
        ("plain.csv", '=HYPERLINK("https://a.example")', ["--plain-cells"]),
        ("out.tsv", None, []),
    ):
        assert shell.call("export", "--out", tmp_path / out, *options).exit_code == 0
        text = (tmp_path / out).read_text(encoding="utf-8")
        if title is None:  # Google's own form
            assert text.splitlines()[1].startswith("-7\t")
            continue
        header, row = cells_of(tmp_path / out)
        assert row[header.index("title")] == title
        assert row[header.index("sku")] == ("'-7" if not options else "-7")


def test_rejected_rows_hold_no_formula_and_may_be_given_in_again(
    shell: Shell, engine: Engine, database_url: str, tmp_path: Path
) -> None:
    shell.set(DATABASE_URL=database_url)
    feed, rejects = tmp_path / "feed.csv", tmp_path / "rejects.csv"
    feed.write_text("sku,title,image_link\n=A,'=B,no-url\n", encoding="utf-8")

    shell.call("enqueue", feed, "--dry-run", "--rejects", rejects)

    header, row = cells_of(rejects)
    assert row[1:] == ["'=A", "'=B", "no-url"]
    mended = rejects.read_text(encoding="utf-8").replace(",no-url", ",https://a.example/1.jpg")
    rejects.write_text(mended, encoding="utf-8")
    assert shell.answer("enqueue", rejects, "--dry-run")["products"] == 1
    assert header[1:] == ["sku", "title", "image_link"]


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("quarantine", "list"),
        ("failures", "--out", "{folder}/failures.csv", "--catalogue", "{catalogue}"),
        ("audit",),
        ("export", "--out", "{folder}/out.tsv", "--catalogue", "{catalogue}"),
        ("export", "--out", "{folder}/out.csv", "--catalogue", "no\x1b[2J\u202e"),
        ("score", "{feed}", "--catalogue", "{catalogue}"),
        ("enqueue", "{feed}", "--dry-run"),
        ("feed-check", "{feed}"),
        ("lexicon", "{feed}"),
        ("validate-feed", "{feed}"),
    ],
)
def test_nothing_that_a_command_prints_steers_a_terminal(
    words: tuple[str, ...], shell: Shell, engine: Engine, database_url: str, tmp_path: Path
) -> None:
    catalogue = f"shop{STEERING}"
    titles = {"title": f"Shirt{STEERING}", "merchant_colour": f"Rosso{STEERING}"}
    add_answered(engine, f"A{STEERING}", NAVY, WHITE, catalogue=catalogue, **titles)
    add_answered(engine, "B", RED, NAVY, catalogue=catalogue, confidence=0.1, **titles)
    with engine.begin() as connection:
        connection.execute(update(ProductImage).values(url=f"https://a.example/{STEERING}.jpg"))
    fail_every_picture(engine, f"the server says {STEERING}")
    feed = tmp_path / "feed.csv"
    feed.write_text(
        f"sku,title,image_link,category,color\nB,x{STEERING},https://a.example/1.jpg,"
        f"robe{STEERING},red\nC,y,ftp://{STEERING}/,q{STEERING},{STEERING}\n",
        encoding="utf-8",
    )
    shell.set(DATABASE_URL=database_url)
    places = {"folder": str(tmp_path), "catalogue": catalogue, "feed": str(feed)}

    said = shell.call(*(word.format(**places) for word in words))

    shown = said.out + said.err
    assert len(shown) > 10
    assert not [letter for letter in shown if not (letter.isprintable() or letter == "\n")]

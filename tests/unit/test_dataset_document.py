"""The page on the labelled data says what the table of labels says."""

import re

from tests.support import ROOT
from worker.imaging.labels.merges import label_table, merge_into

PAGE = (ROOT / "docs/dataset.md").read_text(encoding="utf-8")


def test_the_page_has_the_table_of_labels() -> None:
    rows = re.findall(r"^\| ([a-z]+) \| ([a-z]+) \| (.+) \|$", PAGE, re.M)
    told = {
        int(number): (label, garment, region)
        for garment, region, labels in rows
        for label, number in re.findall(r"([a-z-]+) (\d+)", labels)
    }
    table = {
        int(row["number"]): (row["label"], row["garment"], row["region"]) for row in label_table()
    }
    assert told == table


def test_the_page_counts_every_garment_in_order() -> None:
    rows = re.findall(r"^\| ([a-z]+) +\| +([\d,]+) \| +(\d+) \| +(\d+) \|", PAGE, re.M)
    assert tuple(row[0] for row in rows) == merge_into(29).names
    counts = [[int(cell.replace(",", "")) for cell in row[1:]] for row in rows]
    assert all(photos == train + validation for photos, train, validation in counts)

from pathlib import Path

from tests.unit.producer.feeds.layouts.reading import read, url, write

HEADER = [
    *("id", "name", "description", "category", "product type", "product media", "variant id"),
    *("variant sku", "variant media", "material (product attribute)", "color (variant attribute)"),
]


def test_a_row_for_each_variant(tmp_path: Path) -> None:
    shared = {
        "id": "UHJvZHVjdDo3",
        "name": "Tee",
        "category": "tees",
        "product media": f"{url('main')}, {url('two')}",
        "material (product attribute)": "Cotton",
    }
    rows = [
        shared | {"variant sku": "T-N", "color (variant attribute)": "Navy"},
        {"id": "UHJvZHVjdDo4", "variant id": "VmFyOjk=", "product media": url("cap")},
        shared
        | {
            "variant sku": "T-S",
            "color (variant attribute)": "Sage",
            "variant media": url("sage"),
        },
    ]
    assert read(write(tmp_path / "feed.csv", HEADER, rows)) == (
        "Saleor product export",
        [
            ("T-N", "tees", "UHJvZHVjdDo3", "Navy", ["main"]),
            ("T-S", "tees", "UHJvZHVjdDo3", "Sage", ["sage"]),
            ("VmFyOjk=", None, "UHJvZHVjdDo4", None, ["cap"]),
        ],
    )

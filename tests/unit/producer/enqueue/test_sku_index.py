from hypothesis import given
from hypothesis import strategies as st

from producer.enqueue.sku_index import SkuIndex


def test_counts_and_surplus() -> None:
    with SkuIndex() as index:
        assert index.given(["A", "B"]) == {}
        index.note({"A": (1, 2, 4), "B": (2, 1, 1), "C": (None, 1, 0), "D": (4, 1, 3)})
        index.note_rejected("D")
        index.note_rejected("E")
        assert index.given(["A", "B", "E", "Z"]) == {"A": 2, "B": 1}
        assert list(index.surplus()) == [[(1, 2)]]
        index.note({"A": (1, 4, 4)})
        assert list(index.surplus()) == []


def test_a_rejected_row_is_remembered_over_later_rows() -> None:
    with SkuIndex() as index:
        index.note_rejected("A")
        index.note({"A": (1, 1, 3)})
        assert index.given(["A"]) == {"A": 1}
        assert list(index.surplus()) == []


def test_pages() -> None:
    with SkuIndex() as index:
        index.note({f"S{number:03}": (number, 1, 2) for number in range(25)})
        pages = list(index.surplus(page=10))
    assert [len(page) for page in pages] == [10, 10, 5]
    assert sorted(product for page in pages for product, _ in page) == list(range(25))


@given(st.lists(st.tuples(st.text(), st.integers(1, 9))))
def test_any_sku_is_told_from_any_other(notes: list[tuple[str, int]]) -> None:
    skus = [(sku.encode("utf-8", "ignore").decode(), count) for sku, count in notes]
    with SkuIndex() as index:
        for sku, count in skus:
            index.note({sku: (1, count, 0)})
        assert index.given(dict(skus)) == dict(skus)

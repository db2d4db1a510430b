from hypothesis import given
from hypothesis import strategies as st

from producer.enqueue.sku_index import SkuIndex


def test_counts_and_surplus() -> None:
    with SkuIndex() as index:
        assert index.add({"A": 2, "B": 1, "C": 1, "D": 1}) == {}
        index.note({"A": (1, 2, 4), "B": (2, 1, 1), "C": (None, 1, 0), "D": (4, 1, 3)})
        index.note_rejected("D")
        index.note_rejected("E")
        assert index.add({"A": 2, "B": 1, "E": 1, "Z": 1}) == {"A": 2, "B": 1}
        assert list(index.surplus()) == [[(1, 2)]]
        index.note({"A": (1, 4, 4), "B": (2, 2, 1), "E": (5, 1, 2), "Z": (6, 1, 1)})
        assert list(index.surplus()) == []
        assert index.add({"A": 1, "B": 1, "E": 1, "Z": 1}) == {"A": 4, "B": 2, "E": 1, "Z": 1}


def test_a_rejected_row_is_remembered_over_later_rows() -> None:
    with SkuIndex() as index:
        index.note_rejected("A")
        assert index.add({"A": 1}) == {}
        index.note({"A": (1, 1, 3)})
        assert index.add({"A": 1}) == {"A": 1}
        assert list(index.surplus()) == []


def test_pages() -> None:
    with SkuIndex() as index:
        index.add({f"S{number:03}": 1 for number in range(25)})
        index.note({f"S{number:03}": (number, 1, 2) for number in range(25)})
        pages = list(index.surplus(page=10))
    assert [len(page) for page in pages] == [10, 10, 5]
    assert sorted(product for page in pages for product, _ in page) == list(range(25))


@given(st.lists(st.tuples(st.text(), st.integers(1, 9))))
def test_any_sku_is_told_from_any_other(notes: list[tuple[str, int]]) -> None:
    skus = {sku.encode("utf-8", "ignore").decode(): count for sku, count in notes}
    with SkuIndex() as index:
        for sku, count in skus.items():
            assert index.add({sku: count}) == {}
            index.note({sku: (1, count, 0)})
        assert index.add(skus) == skus

"""Weights that no sum overflows: in pairs, in ranges, and in the networks that are bundled."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest

from worker.networks.openvino.model import unpack
from worker.networks.openvino.overflow import MOST, factors_for, largest_pairs
from worker.networks.weights.manifest import read_manifest

Numbers = npt.NDArray[np.int64]


def kernel(*outputs: list[float]) -> npt.NDArray[np.float32]:
    """Weights of 1×1 kernels, one list of inputs for each output."""
    return np.array(outputs, np.float32)[..., None, None]


@pytest.mark.parametrize(
    ("inputs", "largest"),
    [
        ([127, 1, 0, 0], 128),
        ([127, 0, 127, 0], 127),  # they never meet
        ([0, 127, 127, 0], 127),  # nor do these
        ([100, 100, 1, 1], 200),
        ([127, -127, 3, 4], 7),
        ([-90, -60, 1, 1], 150),
        ([1, 2, 127], 127),  # the last has no other
    ],
)
def test_a_pair_begins_with_an_even_input(inputs: list[float], largest: int) -> None:
    assert largest_pairs(kernel(inputs).astype(np.int64)).item() == largest


def test_each_output_has_its_own_largest_pair() -> None:
    numbers = kernel([1, 2], [3, 4]).astype(np.int64)
    assert largest_pairs(numbers).reshape(-1).tolist() == [3, 7]


def test_a_range_is_widened_where_a_pair_would_overflow_and_nowhere_else() -> None:
    weights = kernel([1.0, 0.0, 0.5, 0.4], [1.0, 1.0, 0.0, 0.0], [1.0, 0.5, 0.0, 0.0])
    factors = factors_for(weights, np.ones((3, 1, 1, 1), np.float32)).reshape(-1)
    assert factors[0] == 1
    assert factors[1:] == pytest.approx([254 / 128, 191 / 128], abs=0.02)
    numbers = np.rint(weights / factors.reshape(-1, 1, 1, 1) * 127).astype(np.int64)
    assert largest_pairs(numbers).max() <= MOST


def test_the_largest_sum_of_two_products_fits_into_sixteen_bits() -> None:
    assert 255 * MOST <= np.iinfo(np.int16).max < 255 * (MOST + 1)


def bundled() -> Iterator[tuple[str, Numbers]]:
    """Name and weights of each convolution of the bundled networks that computes in int8."""
    for entry in read_manifest().values():
        assert entry.quantised is not None
        for each in unpack(entry.quantised.path.read_bytes()).get_ordered_ops():
            if each.get_type_name() != "Convolution":
                continue
            node = each.input_value(1).get_node()
            while node.get_type_name() != "Constant":
                node = node.input_value(0).get_node()
            if node.get_element_type().get_type_name() == "i8":
                yield f"{entry.network} {each.get_friendly_name()}", np.array(node.get_data())


def test_no_sum_of_the_bundled_networks_overflows() -> None:
    largest = {name: int(largest_pairs(numbers.astype(int)).max()) for name, numbers in bundled()}
    assert len(largest) > 100
    assert max(largest.values()) <= MOST
    # Wider than that they need not be: with seven bits all would be 64 at most.
    assert min(largest.values()) > MOST // 2

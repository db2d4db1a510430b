"""The original's weights files: every tensor once, or an error that names it."""

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from shared.errors import WeightsError
from tests.support.original_weights import Tensors, flat, random_tensors, write_weights_file
from tests.support.tiny_networks import TINY_COCO
from worker.networks.mask_rcnn.config import COCO
from worker.networks.mask_rcnn.network import MaskRcnn
from worker.networks.mask_rcnn.released.weights_file import Totals, load_weights_file

RELEASE = Path("../shared/reference/coco_release_first_80_tensors.npz")


@pytest.fixture(scope="module")
def network() -> MaskRcnn:
    return MaskRcnn(TINY_COCO)


@pytest.fixture
def tensors(network: MaskRcnn) -> Tensors:
    return random_tensors(network, 0)


def test_the_released_network_has_the_released_totals(tmp_path: Path) -> None:
    network = MaskRcnn(replace(COCO, size_hw=(128, 128)))
    tensors = random_tensors(network, 1)
    path = tmp_path / "release.h5"
    write_weights_file(path, tensors)
    assert load_weights_file(network, path) == Totals(233, 690, 64_158_584)
    for name, found in flat(network):
        layer, tensor = name.split("/")
        assert np.array_equal(found, tensors[layer][tensor]), name


def test_real_tensors_of_the_release_fit_by_name_and_shape(tmp_path: Path) -> None:
    if not RELEASE.exists():
        pytest.skip(f"no {RELEASE}, which holds the first tensors of the released file")
    network = MaskRcnn(replace(COCO, size_hw=(128, 128)))
    tensors = random_tensors(network, 2)
    with np.load(RELEASE) as release:
        real = {name: release[name] for name in release.files}
    for name, values in real.items():
        layer, tensor = name.split("__")
        assert tensors[layer][tensor].shape == values.shape, name
        tensors[layer][tensor] = values
    write_weights_file(tmp_path / "release.h5", tensors)
    load_weights_file(network, tmp_path / "release.h5")
    loaded = dict(flat(network))
    assert len(real) == 80
    assert all(np.array_equal(loaded[n.replace("__", "/")], v) for n, v in real.items())
    # The stem was trained on 0..255: this is how a scaled input would be noticed.
    assert 10_000 < loaded["bn_conv1/moving_variance"].mean() < 20_000


@pytest.mark.parametrize(
    "rename",
    [
        pytest.param(lambda name: name, id="layer/tensor"),
        pytest.param(lambda name: f"{name.split('/')[0]}/{name}", id="layer/layer/tensor"),
        pytest.param(lambda name: f"rpn_model/deep/{name}", id="deeply nested"),
    ],
)
def test_names_are_matched_by_their_last_two_parts(
    network: MaskRcnn, tensors: Tensors, tmp_path: Path, rename
) -> None:
    write_weights_file(tmp_path / "some.h5", tensors, rename)
    totals = load_weights_file(network, tmp_path / "some.h5")
    assert totals.tensors == sum(len(named) for named in tensors.values())
    assert np.array_equal(dict(flat(network))["conv1/bias"], tensors["conv1"]["bias"])


def test_a_whole_model_file_is_read_as_well(
    network: MaskRcnn, tensors: Tensors, tmp_path: Path
) -> None:
    write_weights_file(tmp_path / "weights.h5", tensors)
    with h5py.File(tmp_path / "model.h5", "w") as file, h5py.File(tmp_path / "weights.h5") as part:
        inner = file.create_group("model_weights")
        for name in part:
            part.copy(name, inner)
        inner.attrs["layer_names"] = part.attrs["layer_names"]
    load_weights_file(network, tmp_path / "model.h5")


def refused(network: MaskRcnn, tensors: Tensors, path: Path) -> str:
    """The error for a file, after which the network must be what it was."""
    before = {name: values.copy() for name, values in flat(network)}
    write_weights_file(path, tensors)
    with pytest.raises(WeightsError) as caught:
        load_weights_file(network, path)
    assert all(np.array_equal(before[name], values) for name, values in flat(network))
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_a_missing_tensor_is_named(network: MaskRcnn, tensors: Tensors, tmp_path: Path) -> None:
    del tensors["res4c_branch2b"]["bias"]
    error = refused(network, tensors, tmp_path / "some.h5")
    assert "1 missing: res4c_branch2b/bias" in error


def test_a_left_over_tensor_is_named(network: MaskRcnn, tensors: Tensors, tmp_path: Path) -> None:
    tensors["res4w_branch2b"] = {"kernel": np.zeros((1, 1, 2, 2), np.float32)}
    assert "1 left over: res4w_branch2b/kernel" in refused(network, tensors, tmp_path / "some.h5")


def test_another_shape_is_named(network: MaskRcnn, tensors: Tensors, tmp_path: Path) -> None:
    # What a file with another number of classes looks like.
    tensors["mrcnn_class_logits"]["kernel"] = np.zeros((1024, 81), np.float32)
    error = refused(network, tensors, tmp_path / "some.h5")
    assert "mrcnn_class_logits/kernel (1024, 81) instead of (1024, 3)" in error


def test_another_backbone_is_told(network: MaskRcnn, tmp_path: Path) -> None:
    deep = MaskRcnn(replace(TINY_COCO, backbone="resnet101"))
    error = refused(network, random_tensors(deep, 0), tmp_path / "deep.h5")
    assert "resnet50" in error
    assert "306 left over: bn4g_branch2a/beta" in error


def test_a_tensor_that_stands_twice_is_named(
    network: MaskRcnn, tensors: Tensors, tmp_path: Path
) -> None:
    def twice(name: str) -> str:
        return name.replace("fpn_c5p5", "fpn_c4p4")

    assert "fpn_c4p4/kernel twice" in refused_as(network, tensors, tmp_path / "two.h5", twice)


def refused_as(network: MaskRcnn, tensors: Tensors, path: Path, rename) -> str:
    write_weights_file(path, tensors, rename)
    with pytest.raises(WeightsError) as caught:
        load_weights_file(network, path)
    return str(caught.value)


def test_damaged_files_are_told(network: MaskRcnn, tensors: Tensors, tmp_path: Path) -> None:
    whole, cut, other = (tmp_path / f"{name}.h5" for name in ("whole", "cut", "other"))
    write_weights_file(whole, tensors)
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    other.write_bytes(b"<!doctype html><title>Not found</title>")
    for path in (cut, other):
        with pytest.raises(WeightsError, match="truncated, damaged or no weights file"):
            load_weights_file(network, path)
    with h5py.File(tmp_path / "empty.h5", "w"):
        pass
    with pytest.raises(WeightsError, match="names no layers"):
        load_weights_file(network, tmp_path / "empty.h5")
    with pytest.raises(WeightsError, match=r"no weights at .*colourway weights fetch coco"):
        load_weights_file(network, tmp_path / "absent.h5")

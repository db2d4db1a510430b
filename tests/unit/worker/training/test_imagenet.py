"""Published ImageNet weights in the compact backbone."""

from pathlib import Path

import keras
import numpy as np
import pytest

from shared.errors import WeightsError
from worker.networks.mobilenet import mobilenet
from worker.training.imagenet import published_layers, start_from_imagenet

PUBLISHED = Path("../shared/pretrained/mobilenet_v2_1.0_224_imagenet_ptq.tflite")


def backbone(size: int) -> keras.Model:
    photo = keras.Input((size, size, 3))
    return keras.Model(photo, mobilenet(photo))


def test_five_levels_with_their_strides_and_widths() -> None:
    model = backbone(64)
    assert [tuple(map(int, level.shape[1:])) for level in model.outputs] == [
        (32, 32, 16), (16, 16, 24), (8, 8, 32), (4, 4, 96), (2, 2, 320),
    ]  # fmt: skip
    assert model.count_params() == 1_795_936


def test_features_are_those_of_the_published_network() -> None:
    if not PUBLISHED.exists():
        pytest.skip(f"no {PUBLISHED}, the published weights")
    import tensorflow as tf  # noqa: PLC0415

    model = backbone(224)
    start_from_imagenet(model, PUBLISHED)
    picture = np.random.default_rng(0).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    picture = np.kron(picture, np.ones((28, 28, 1), np.uint8))
    interpreter = tf.lite.Interpreter(str(PUBLISHED), experimental_preserve_all_tensors=True)
    interpreter.allocate_tensors()
    interpreter.set_tensor(0, picture[None])
    interpreter.invoke()
    ours = np.asarray(model(picture[None].astype(np.float32) / 127.5 - 1.0)[-1])
    last = [d for d in interpreter.get_tensor_details() if tuple(d["shape"]) == (1, 7, 7, 320)][-1]
    theirs = interpreter.get_tensor(last["index"]).astype(np.float32)
    # Theirs computes in int8, ours in float32.
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.98


def test_another_backbone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no ImageNet weights at"):
        start_from_imagenet(backbone(64), tmp_path / "absent.tflite")
    if not PUBLISHED.exists():
        pytest.skip(f"no {PUBLISHED}, the published weights")
    photo = keras.Input((32, 32, 3))
    other = keras.Model(photo, keras.layers.Conv2D(7, 3, name="other")(photo))
    with pytest.raises(WeightsError, match=r"other wants \[\(3, 3, 3, 7\), \(7,\)\]"):
        start_from_imagenet(other, PUBLISHED)


def test_what_is_published_are_the_plain_convolutions() -> None:
    layers = published_layers(backbone(64))
    # A stem, then 17 blocks of three, the first without its expansion.
    assert len(layers) == 1 + 17 * 3 - 1
    assert layers[0].name == "stem"
    assert layers[-1].name == "block17_project"

"""A labelled folder in miniature, for what reads or learns from one."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.io import savemat

from worker.lookbook.look import render

# Published labels that merge into background, skin, hair and clothes.
PUBLISHED = np.array([0, 41, 19, 14], np.uint8)


@pytest.fixture(scope="session")
def labelled_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three rendered figures as training photos 0001.. and one of the validation split."""
    root = tmp_path_factory.mktemp("labelled")
    (root / "photos").mkdir()
    (root / "pixel-level").mkdir()
    for seed, photo_id in enumerate(("0001", "0002", "0003", "0005")):
        look = render(seed, "figure", size_hw=(192, 128))
        bgr = cv2.cvtColor(look.pixels, cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(root / "photos" / f"{photo_id}.jpg"), bgr)
        labels = {"groundtruth": PUBLISHED[look.labels]}
        savemat(str(root / "pixel-level" / f"{photo_id}.mat"), labels)
    return root

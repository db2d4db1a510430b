"""The peers: pictures come in on standard input, what each peer finds goes out on standard output.

usage: python extract.py [SETTING ...]     (no setting: all of them; --list prints their names)

A picture is an array in NumPy's own format, RGBA uint8 (H, W, 4), alpha 255 on the garment and 0
elsewhere. For each goes out one line of JSON: {SETTING: {"rgb": [r, g, b], "ms": t}}, where t is
processor time. It runs in an environment of its own (README.md) and knows nothing of Colourway.
"""

import json
import os
import sys
import time
import warnings

import colorgram
import cv2
import extcolors
import fast_colorthief
import numpy as np
import pylette
from PIL import Image
from sklearn.cluster import KMeans

cv2.setNumThreads(1)


def pixels_of(rgba):
    """The garment's pixels alone, uint8 (N, 3)."""
    return rgba[rgba[..., 3] > 0][:, :3]


def packed(rgba):
    """The garment's pixels as a picture that holds nothing else, for peers that take no mask."""
    rgb = pixels_of(rgba)
    width = max(1, int(len(rgb) ** 0.5))
    height = len(rgb) // width
    return Image.fromarray(rgb[: width * height].reshape(height, width, 3))


def by_pylette(mode, size, side=None):
    """``side`` shrinks the packed picture, as Pylette does by default, to 256."""

    def extract(rgba):
        if side is None:
            found = pylette.extract_colors(
                Image.fromarray(rgba), size, resize=None, mode=mode, alpha_mask_threshold=127
            )
        else:
            found = pylette.extract_colors(packed(rgba), size, resize=side, mode=mode)
        return max(found.colors, key=lambda colour: colour.frequency).rgb

    return extract


def by_colorgram(size):
    """It takes no mask: it looks at transparent pixels too."""

    def extract(rgba):
        found = colorgram.extract(packed(rgba), size)
        return tuple(max(found, key=lambda colour: colour.proportion).rgb)

    return extract


def by_extcolors(tolerance):
    """It leaves out what is wholly transparent."""

    def extract(rgba):
        found, _ = extcolors.extract_from_image(Image.fromarray(rgba), tolerance=tolerance)
        return max(found, key=lambda pair: pair[1])[0]

    return extract


def by_colorthief(size, quality):
    """It leaves out what is transparent; the first of its palette is the dominant one."""

    def extract(rgba):
        # It takes near white for a backdrop; a garment that is all white is left with nothing.
        try:
            return fast_colorthief.get_palette(np.ascontiguousarray(rgba), size, quality)[0]
        except (RuntimeError, IndexError, ValueError):
            return 255, 255, 255

    return extract


def by_kmeans(size, space, most=None):
    """The recipe of many tutorials: the centre of the largest cluster, in RGB or in CIELAB."""

    def extract(rgba):
        rgb = pixels_of(rgba)
        if most is not None:
            rgb = rgb[:: max(1, len(rgb) // most)]
        points = rgb.astype(np.float32) / 255
        if space == "lab":
            points = cv2.cvtColor(points[None], cv2.COLOR_RGB2LAB)[0]
        found = KMeans(min(size, len(points)), n_init=3, random_state=0).fit(points)
        centre = found.cluster_centers_[np.bincount(found.labels_).argmax()].astype(np.float32)
        if space == "lab":
            centre = cv2.cvtColor(centre[None, None], cv2.COLOR_LAB2RGB)[0, 0]
        return np.clip(np.rint(centre * 255), 0, 255)

    return extract


SETTINGS = {
    **{
        f"Pylette {mode} {n}": by_pylette(mode, n)
        for mode in ("KM", "OKLAB", "MC")
        for n in (2, 3, 5)
    },
    **{f"Pylette {mode} 3, 128 px": by_pylette(mode, 3, 128) for mode in ("KM", "OKLAB")},
    **{f"colorgram.py {n}": by_colorgram(n) for n in (3, 6, 12)},
    **{f"extcolors {t}": by_extcolors(t) for t in (6, 8, 12, 32)},
    **{f"fast-colorthief {n}": by_colorthief(n, 1) for n in (2, 3, 5, 10)},
    **{f"fast-colorthief {n}, every 10th": by_colorthief(n, 10) for n in (3, 5)},
    **{f"k-means {space} {n}": by_kmeans(n, space) for space in ("rgb", "lab") for n in (2, 3, 5)},
    **{f"k-means {space} 3, 2000 px": by_kmeans(3, space, 2000) for space in ("rgb", "lab")},
}


def main(names):
    """Answer pictures until there are no more."""
    if names == ["--list"]:
        print("\n".join(SETTINGS))
        return
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    # Whatever a peer prints is no answer.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    warnings.simplefilter("ignore")
    chosen = {name: SETTINGS[name] for name in names or SETTINGS}
    while sys.stdin.buffer.peek(1):
        np.lib.format.read_magic(sys.stdin.buffer)
        shape, _, dtype = np.lib.format.read_array_header_1_0(sys.stdin.buffer)
        content = sys.stdin.buffer.read(int(np.prod(shape)) * dtype.itemsize)
        rgba = np.frombuffer(content, dtype).reshape(shape)
        answer = {}
        for name, extract in chosen.items():
            started = time.process_time()
            rgb = extract(rgba)
            spent = time.process_time() - started
            answer[name] = {"rgb": [int(value) for value in rgb], "ms": round(spent * 1e3, 3)}
        print(json.dumps(answer), file=out, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

"""How far decoded colours are from the true ones, for every kind of file (docs/pictures.md)."""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
import PIL
from coloraide.everything import ColorAll as Color
from PIL import ImageCms, features

from bench import _picture_files as files
from bench._picture_files import Levels
from worker.stages.decode import decode
from worker.stages.decoding.cicp import colour_space

EDGE: Final = 32
# White, grey, black, red, burgundy, mustard, olive, navy, blue, violet, rose and brown.
CLOTHS: Final = (
    *("#faf8f2", "#808080", "#18181a", "#c8282d", "#6e1928", "#d79628"),
    *("#46693c", "#1e2d5a", "#5096c8", "#965aa0", "#e1b4aa", "#78553c"),
)


Curve = Callable[[float], float]


class Space(NamedTuple):
    """A colour space: one of coloraide's, and how its levels are turned into that one's."""

    name: str
    base: str
    to_base: Curve = float
    from_base: Curve = float

    def colour(self, levels: tuple[float, ...]) -> Color:
        """Return the true colour of levels, 0..1."""
        return Color(self.base, [self.to_base(level) for level in levels])

    def stored(self, most: int) -> Levels:
        """Return the cloths side by side, as levels of this space up to ``most``."""
        coordinates = [Color(cloth).convert(self.base).coords() for cloth in CLOTHS]
        levels = [[self.from_base(max(value, 0.0)) for value in each] for each in coordinates]
        wide = np.round(np.clip(levels, 0, 1) * most)
        return squares(wide.astype(np.uint8) if most < 256 else wide.astype(np.uint16))


def squares(levels: Levels) -> Levels:
    """Return squares of one row of levels side by side."""
    return levels.repeat(EDGE, axis=0)[None].repeat(EDGE, axis=0)


def _srgb_to_light(level: float) -> float:
    return Color("srgb", [level] * 3).convert("srgb-linear")["red"]


def _srgb_from_light(light: float) -> float:
    return Color("srgb-linear", [light] * 3).convert("srgb")["red"]


def _power(name: str, base: str, exponent: float) -> Space:
    def to_base(level: float) -> float:
        return level**exponent

    def from_base(light: float) -> float:
        return light ** (1 / exponent)

    return Space(name, base, to_base, from_base)


def _narrow(space: Space) -> Space:
    def to_base(level: float) -> float:
        return (level * 255 - 16) / 219

    def from_base(light: float) -> float:
        return (light * 219 + 16) / 255

    return Space(f"{space.name}, levels 16 to 235", space.base, to_base, from_base)


SRGB: Final = Space("sRGB", "srgb")
P3: Final = Space("Display P3", "display-p3")
LINEAR: Final = _power("BT.709, linear", "srgb-linear", 1.0)
CODES: Final = {
    (1, 13): SRGB,
    (1, 1): Space("BT.709 with its camera curve", "srgb"),
    (12, 13): P3,
    (9, 13): Space(
        "BT.2020 with the curve of sRGB", "rec2020-linear", _srgb_to_light, _srgb_from_light
    ),
    (1, 4): _power("BT.709, exponent 2.2", "srgb-linear", 2.2),
    (1, 8): LINEAR,
    (9, 16): Space("BT.2100 PQ", "rec2100-pq"),
    (9, 18): Space("BT.2100 HLG", "rec2100-hlg"),
}
"""By numbers of H.273: primaries and transfer."""


class Kind(NamedTuple):
    """One row of the table: a file, the levels that it holds, and what colours they are."""

    file_format: str
    bits: int
    told_by: str
    content: bytes
    levels: Levels
    true: Callable[[tuple[float, ...]], Color]


def main() -> int:
    """Print the table; 1 where a colour is off by more than 1."""
    print(f"Pillow {PIL.__version__} (littlecms {ImageCms.core.littlecms_version}, ", end="")
    libraries = {"libjpeg_turbo": "libjpeg-turbo", "libtiff": "libtiff", "webp": "WebP"}
    print(", ".join(f"{name} {features.version(key)}" for key, name in libraries.items()), end="")
    print(f", AVIF {features.version('avif')}), OpenCV {cv2.__version__}.\n")
    print("| file | bits | its colours are told by | off by, at most | as sRGB it were |")
    print("|---|--:|---|--:|--:|")
    worst = 0.0
    for kind in kinds():
        off, unconverted = measured(kind)
        worst = max(worst, off)
        beside = "" if unconverted is None else f"{unconverted:.1f}"
        print(f"| {kind.file_format} | {kind.bits} | {kind.told_by} | {off:.2f} | {beside} |")
    print(f"\nThe farthest of all is {worst:.2f} away, in CIEDE2000.")
    return int(worst > 1)


def measured(kind: Kind) -> tuple[float, float | None]:
    """Return the largest difference of a decoded colour, and of its levels taken for sRGB."""
    pixels = decode(kind.content, 10**6)
    middles = slice(EDGE // 2, None, EDGE)
    most = (1 << kind.bits) - 1
    off, unconverted = 0.0, 0.0
    for found, levels in zip(
        pixels[EDGE // 2, middles], kind.levels[EDGE // 2, middles], strict=True
    ):
        told = tuple((np.atleast_1d(levels) / most).tolist())
        true = kind.true(told).convert("srgb").clip()
        off = max(off, _apart((found / 255).tolist(), true))
        if len(told) == 3:
            unconverted = max(unconverted, _apart(told, true))
    return off, unconverted if unconverted and kind.told_by != "CIELAB" else None


def _apart(rgb: tuple[float, ...], true: Color) -> float:
    return Color("srgb", rgb).delta_e(true, method="2000")


def kinds() -> Iterator[Kind]:
    """Yield every kind of file that is measured."""
    yield from _by_icc_profile()
    yield from _by_png_chunks()
    yield from _by_nclx()
    yield from _by_mode()


def _profile() -> bytes:
    found = colour_space(12, 13)
    content = found.profile() if found else None
    if content is None:
        raise RuntimeError("no such colour space")
    return content


def _by_icc_profile() -> Iterator[Kind]:
    plain, wide, deep = SRGB.stored(255), P3.stored(255), P3.stored(65535)
    told, profile = "ICC profile, Display P3", _profile()
    ways: dict[str, dict[str, Any]] = {
        "JPEG": {"quality": 100, "subsampling": 0},
        "PNG": {},
        "WebP": {"lossless": True},
        "TIFF": {},
    }
    for name, options in ways.items():
        content = files.saved(plain, name, **options)
        yield Kind(name, 8, "nothing: sRGB", content, plain, SRGB.colour)
        content = files.saved(wide, name, icc_profile=profile, **options)
        yield Kind(name, 8, told, content, wide, P3.colour)
    for name in ("BMP", "GIF"):
        yield Kind(name, 8, "nothing: sRGB", files.saved(plain, name), plain, SRGB.colour)
    # Pillow's AVIF is never without loss: its levels are those that OpenCV finds.
    content = files.saved(wide, "AVIF", icc_profile=profile, quality=100, subsampling="4:4:4")
    found = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB)
    yield Kind("AVIF", 8, told, content, np.asarray(found, np.uint8), P3.colour)
    yield Kind("PNG", 16, told, files.png(deep, files.iccp(profile)), deep, P3.colour)
    tags = {34675: (1, tuple(profile))}
    for name, options in (
        ("TIFF", {}),
        ("TIFF, big-endian", {"big_endian": True}),
        ("TIFF in planes", {"planar": True}),
        ("TIFF in planes, deflated", {"planar": True, "deflate": True}),
    ):
        yield Kind(name, 16, told, files.tiff(deep, tags=tags, **options), deep, P3.colour)


def _by_png_chunks() -> Iterator[Kind]:
    for bits in (8, 16):
        rows = [((files.cicp(*codes),), "cICP", space) for codes, space in CODES.items()]
        rows += [
            ((files.cicp(12, 13, full_range=False),), "cICP", _narrow(P3)),
            ((files.gama(1 / 2.2), files.chrm()), "gAMA and cHRM", P3),
            ((files.gama(1.0),), "gAMA", LINEAR),
            ((files.gama(1 / 1.8),), "gAMA", _power("1/1.8", "srgb-linear", 1.8)),
        ]
        for chunks, told, space in rows:
            levels = space.stored((1 << bits) - 1)
            content = files.png(levels, *chunks)
            yield Kind("PNG", bits, f"{told}, {space.name}", content, levels, space.colour)


def _by_nclx() -> Iterator[Kind]:
    for bits in (8, 10, 12):
        for codes, space in CODES.items():
            levels = space.stored((1 << bits) - 1)
            content = files.avif(levels, bits, codes)
            yield Kind("AVIF", bits, f"nclx, {space.name}", content, levels, space.colour)


GREYS: Final = squares(np.array((0, 20, 60, 120, 128, 200, 255), np.uint8))
INKS: Final = squares(
    np.array([(0, 0, 0, 0), (0, 200, 180, 20), (180, 90, 10, 60), (30, 60, 90, 120)], np.uint8)
)
LABS: Final = squares(
    np.array([(128, 0, 0), (179, 20, 20), (102, 10, 216), (204, 5, 60), (76, 25, 15)], np.uint8)
)


def _by_mode() -> Iterator[Kind]:
    def of_grey(levels: tuple[float, ...]) -> Color:
        return Color("srgb", levels * 3)

    deep = GREYS.astype(np.uint16) * 257
    for name, content in {
        "JPEG": files.saved(GREYS, "JPEG", quality=100),
        "PNG": files.png(GREYS),
        "TIFF": files.tiff(GREYS, 1),
    }.items():
        yield Kind(name, 8, "grey", content, GREYS, of_grey)
    for name, content in {"PNG": files.png(deep), "TIFF": files.tiff(deep, 1)}.items():
        yield Kind(name, 16, "grey", content, deep, of_grey)
    for name, content in {
        "JPEG": files.saved(INKS, "JPEG", "CMYK", quality=100, subsampling=0),
        "TIFF": files.tiff(INKS, 5),
    }.items():
        yield Kind(name, 8, "CMYK, no profile", content, INKS, _cmyk)
    for name, deflate in {"TIFF": False, "TIFF, deflated": True}.items():
        yield Kind(name, 8, "CIELAB", files.tiff(LABS, 8, deflate=deflate), LABS, _cielab)


def _cmyk(inks: tuple[float, ...]) -> Color:
    return Color("cmyk", inks)


def _cielab(levels: tuple[float, ...]) -> Color:
    """Return the colour of bytes as an 8-bit CIELAB TIFF has them."""
    stored = [round(level * 255) for level in levels]
    a, b = ((value + 128) % 256 - 128 for value in stored[1:])
    return Color("lab", [stored[0] / 2.55, a, b])


if __name__ == "__main__":
    raise SystemExit(main())

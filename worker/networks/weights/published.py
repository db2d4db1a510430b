"""Published weights: files that others have released, which a user may fetch but we do not ship.

Knows nothing of Keras or HTTP, so that listing and checking is quick.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from shared.errors import WeightsError
from worker.networks.weights.pin import pin_path, read_pin

HDF5_SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
"""The first 8 bytes of every HDF5 file that has no user block, as Keras writes them."""

_CHUNK_BYTES: Final = 1 << 20


@dataclass(frozen=True)
class Published:
    """One file as its authors released it.

    ``sha256`` and ``md5`` are lower-case hex digests, None where no trustworthy source names one;
    ``md5_source`` says who names the md5. Two files of one md5 can be made,
    but not another file with the md5 of a given one, so it does for telling a changed file.
    """

    name: str
    file: str
    url: str
    size_bytes: int
    licence: str
    source: str
    sha256: str | None = None
    md5: str | None = None
    md5_source: str = "its publisher"

    @property
    def fetch_command(self) -> str:
        """What a user types to get it."""
        return f"`colourway weights fetch {self.name}`"


PUBLISHED: Final = {
    "coco": Published(
        name="coco",
        file="mask_rcnn_coco.h5",
        url="https://github.com/matterport/Mask_RCNN/releases/download/v2.0/mask_rcnn_coco.h5",
        size_bytes=257_557_808,
        licence="MIT",
        source=(
            "Waleed Abdulla, Mask R-CNN for object detection and instance segmentation on Keras "
            "and TensorFlow, 2017, https://github.com/matterport/Mask_RCNN, release 2.0: "
            "ResNet-101, trained on MS COCO"
        ),
        md5="e98aaff6f99e307b5e2a8a3ff741a518",
        md5_source="NVIDIA's TensorRT sample sampleUffMaskRCNN",
    )
}
"""Every published file that is known, by name."""


@dataclass(frozen=True)
class Known:
    """A digest that a file must have, and who says so."""

    kind: Literal["sha256", "md5"]
    digest: str
    says: str


@dataclass(frozen=True)
class CheckedFile:
    """Where a fetched file is, and its sha256."""

    path: Path
    sha256: str


def find_published(name: str) -> Published:
    """The entry of that name.

    Raises:
        WeightsError: there is none.
    """
    if name not in PUBLISHED:
        known = ", ".join(sorted(PUBLISHED))
        raise WeightsError(f"no published weights are called {name!r}; known: {known}")
    return PUBLISHED[name]


def checked_file(name: str, folder: Path) -> CheckedFile:
    """Fetched weights after a whole check, for whoever loads them; reads the file once.

    Args:
        name: a key of ``PUBLISHED``, such as ``coco``.
        folder: where they were fetched to; :attr:`shared.settings.Settings.published_weights`.

    Raises:
        WeightsError: there are none of that name, they are not fetched, or they are damaged; the
            message says which command fetches them.
    """
    published = find_published(name)
    sha256 = check(published, folder)
    return CheckedFile(folder / published.file, sha256)


def check(published: Published, folder: Path) -> str:
    """Compare a fetched file with its published size and with every digest known of it.

    Returns:
        Its sha256.

    Raises:
        WeightsError: it is not there, cannot be read, has another size or digest, is no HDF5 file,
            or there is no digest to compare with.
    """
    path = folder / published.file
    if not path.is_file():
        raise WeightsError(
            f"the published weights {published.name} are not at {path}; "
            f"get them with {published.fetch_command}"
        )
    known = known_digests(published, path)
    if not known:
        raise WeightsError(
            f"nothing is known that {path} could be compared with; {published.fetch_command} "
            "checks its size and form and records its sha256"
        )
    advice = f"the file is damaged or was changed; {published.fetch_command} --force gets it anew"
    return compare(published, path, known, advice)


def known_digests(published: Published, path: Path, asked: str | None = None) -> list[Known]:
    """What a file's digests must be: the one that the user asks for, else all on record.

    Args:
        published: the entry.
        path: where the file is or will be; its pin lies beside it.
        asked: sha256 that the user insists on. It stands above all others, so that a user who
            knows better can say so; once recorded, it still does.

    Raises:
        WeightsError: the pin cannot be read.
    """
    if asked:
        return [Known("sha256", asked, "you ask for")]
    known: list[Known] = []
    if pin := read_pin(path):
        known.append(Known("sha256", pin.sha256, f"{pin_path(path)} recorded on {pin.day}"))
        if pin.asked_for:
            return known
    if published.sha256:
        known.append(Known("sha256", published.sha256, "its publisher names"))
    if published.md5:
        known.append(Known("md5", published.md5, f"{published.md5_source} names"))
    return known


def compare(published: Published, path: Path, known: list[Known], advice: str) -> str:
    """Check a file's size, signature and digests; gives its sha256.

    Args:
        published: what it should be.
        path: the file, under whatever name.
        known: digests that it must have.
        advice: what to do where it is another file; ends the error.

    Raises:
        WeightsError: it is another file, or cannot be read; a wrong digest is named beside the
            right one.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(len(HDF5_SIGNATURE))
        if size != published.size_bytes:
            raise WeightsError(
                f"{path} has {size:,} bytes instead of {published.size_bytes:,}: {advice}"
            )
        if head != HDF5_SIGNATURE:
            raise WeightsError(f"{path} is no HDF5 file, it begins with {head!r}: {advice}")
        found = _digests(path)
    except OSError as error:
        raise WeightsError(f"cannot read {path}: {error.strerror}") from error
    for one in known:
        if found[one.kind] != one.digest:
            raise WeightsError(
                f"{path} has {one.kind} {found[one.kind]}, but {one.says} {one.digest}: {advice}"
            )
    return found["sha256"]


def _digests(path: Path) -> dict[str, str]:
    """Both digests in one reading."""
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            sha256.update(chunk)
            md5.update(chunk)
    return {"sha256": sha256.hexdigest(), "md5": md5.hexdigest()}

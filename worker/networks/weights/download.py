"""The download of a published weights file: what it would do, and doing it."""

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx2

from shared.errors import WeightsError
from worker.networks.weights.partial import Partial
from worker.networks.weights.pin import Pin, pin_path, read_pin, write_pin
from worker.networks.weights.published import Known, Published, compare, known_digests
from worker.networks.weights.transfer import Patience, SilentWatcher, Transfer, Watcher
from worker.networks.weights.web_url import parse_url, show_url


@dataclass(frozen=True)
class DownloadPlan:
    """What a download would do; sizes in bytes. ``present`` is True where the file is there."""

    url: str
    path: Path
    present: bool
    size_bytes: int
    here_bytes: int
    free_bytes: int


@dataclass(frozen=True)
class FetchedWeights:
    """What a download did.

    ``received_bytes`` came over the network, 0 where the file was there. ``known`` is what its
    digests were compared with; nothing, where none is known. ``pinned`` is True where its
    sha256 was recorded, False where it already was.
    """

    path: Path
    size_bytes: int
    sha256: str
    received_bytes: int
    known: list[Known]
    pinned: bool


@dataclass(frozen=True)
class Download:
    """One published file into one folder.

    Args:
        published: which.
        folder: made when first needed.
        url: a mirror; the publisher's without.
        sha256: lower-case digest to insist on, above all others that are on record.
        force: fetch from the beginning even where the file or a part of it is there; the old file
            stays until the new one is whole.
        patience: with the server.
    """

    published: Published
    folder: Path
    url: str | None = None
    sha256: str | None = None
    force: bool = False
    patience: Patience = field(default_factory=Patience)

    @property
    def path(self) -> Path:
        """Where the file will be."""
        return self.folder / self.published.file

    def plan(self) -> DownloadPlan:
        """Look, and change nothing.

        Raises:
            WeightsError: the URL makes no sense, or the folder cannot be looked at.
        """
        part = Partial(self.path).path
        try:
            present = self.path.is_file()
            here = part.stat().st_size if part.is_file() and not self.force else 0
            free = shutil.disk_usage(_existing(self.folder)).free
        except OSError as error:
            raise WeightsError(
                f"cannot look at {self.folder}: {error.strerror}; choose another with --into"
            ) from error
        shown = show_url(parse_url(self._url))
        return DownloadPlan(shown, self.path, present, self.published.size_bytes, here, free)

    def run(self, watcher: Watcher | None = None) -> FetchedWeights:
        """Fetch the file unless it is there, check it, and record its sha256 if none is recorded.

        Raises:
            WeightsError: it cannot be had, is another file than the one on record, or the disk has
                no room. A file that was there is never lost by that.
        """
        plan = self.plan()
        known = known_digests(self.published, self.path, self.sha256)
        if plan.present and not self.force:
            advice = "fetch it anew with --force, or say which sha256 you want with --sha256"
            sha256 = compare(self.published, self.path, known, advice)
            received = 0
        else:
            sha256, received = self._fetch(plan, known, watcher or SilentWatcher())
        pinned = self._pin(plan.url if received else None, sha256)
        return FetchedWeights(self.path, self.published.size_bytes, sha256, received, known, pinned)

    @property
    def _url(self) -> str:
        return self.url or self.published.url

    def _fetch(self, plan: DownloadPlan, known: list[Known], watcher: Watcher) -> tuple[str, int]:
        size = self.published.size_bytes
        missing = size - plan.here_bytes
        if missing > plan.free_bytes:
            raise WeightsError(
                f"{plan.path.parent} has room for {plan.free_bytes:,} bytes, {missing:,} are to "
                "come; make room, or choose another folder with --into"
            )
        timeout = httpx2.Timeout(self.patience.silence_s)
        with (
            Partial(self.path) as partial,
            httpx2.Client(follow_redirects=True, timeout=timeout) as client,
        ):
            if self.force or partial.size > size:
                partial.empty()
            watcher.say(f"fetching {size - partial.size:,} bytes from {plan.url}")
            transfer = Transfer(
                client=client,
                url=self._url,
                size_bytes=size,
                partial=partial,
                watcher=watcher,
                patience=self.patience,
            )
            transfer.run()
            try:
                sha256 = compare(self.published, partial.path, known, self._advice(plan.url))
            except WeightsError:
                partial.empty()  # it is whole and wrong: nothing to go on with
                raise
            partial.become_target()
        return sha256, transfer.received

    def _advice(self, shown: str) -> str:
        return (
            f"{shown} has another file than the one on record, and it was not kept; try again, "
            "name another mirror with --url, or, if you know better, the right digest with --sha256"
        )

    def _pin(self, url: str | None, sha256: str) -> bool:
        if self._is_recorded(sha256):
            return False
        now = datetime.now(UTC).isoformat(timespec="seconds")
        published, asked_for = self.published, self.sha256 is not None
        pin = Pin(published.file, published.size_bytes, sha256, url, now, asked_for)
        try:
            write_pin(self.path, pin)
        except OSError as error:
            raise WeightsError(
                f"{self.path} is here, but its sha256 {sha256} cannot be recorded in "
                f"{pin_path(self.path)}: {error.strerror}; run the same command again"
            ) from error
        return True

    def _is_recorded(self, sha256: str) -> bool:
        try:
            pin = read_pin(self.path)
        except WeightsError:
            if not self.sha256:
                raise
            return False  # the user's word stands above a record that cannot be read
        if pin is None or pin.sha256 != sha256:
            return False
        return pin.asked_for or not self.sha256


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    folder = folder.absolute()
    return next(place for place in (folder, *folder.parents) if place.exists())

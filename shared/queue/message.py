"""The notification: the only message that travels through the broker."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self, cast

from shared.contracts.jobs import LARGEST_ID
from shared.errors import NotificationError

MOST_JOBS: Final = 1000
"""The most jobs that one notification names; ``COLOURWAY_CHUNK_SIZE`` can be no more."""


@dataclass(frozen=True, slots=True)
class Notification:
    """Tells a worker that these jobs are due in the ledger."""

    job_ids: tuple[int, ...]
    v: int = 1

    def to_message(self) -> dict[str, object]:
        """Return the notification as plain JSON values: ``{"v": 1, "job_ids": [...]}``."""
        return {"v": self.v, "job_ids": list(self.job_ids)}

    @classmethod
    def from_message(cls, raw: object) -> Self:
        """Read a notification from decoded JSON.

        Raises :class:`~shared.errors.NotificationError`, with the raw data, on anything but version
        1 with one to ``MOST_JOBS`` job ids (whole numbers from 1 to ``LARGEST_ID``). Unknown keys
        are ignored.
        """
        if not isinstance(raw, Mapping):
            raise NotificationError("expected an object", raw)
        message = cast("Mapping[object, object]", raw)
        version = message.get("v")
        if type(version) is not int or version != 1:
            raise NotificationError(f"expected version 1, got {version!r:.40}", message)
        job_ids = message.get("job_ids")
        if not isinstance(job_ids, list | tuple) or not job_ids:
            raise NotificationError("expected a list of job ids that is not empty", message)
        if len(cast("list[object]", job_ids)) > MOST_JOBS:
            raise NotificationError(f"it names more than {MOST_JOBS:,} jobs", message)
        ids: list[int] = []
        for job_id in cast("list[object] | tuple[object, ...]", job_ids):
            # A bool is an int in Python, and would be job 1.
            if type(job_id) is not int or not 1 <= job_id <= LARGEST_ID:
                raise NotificationError(f"{job_id!r:.40} is no job id", message)
            ids.append(job_id)
        return cls(job_ids=tuple(ids))

"""The table of workers, which each of them keeps one row of."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from shared.contracts.jobs import LONGEST_NAME
from shared.contracts.workers import LONGEST_HOST, Activity
from shared.database.base import Row
from shared.database.columns import ID_COLUMN


class RunningWorker(Row):
    """A worker; its columns are those of :class:`shared.contracts.workers.WorkerState`."""

    __tablename__ = "workers"

    host: Mapped[str] = mapped_column(String(LONGEST_HOST), primary_key=True)
    pid: Mapped[int] = mapped_column(ID_COLUMN, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    version: Mapped[str] = mapped_column(String(LONGEST_NAME))
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    activity: Mapped[Activity]
    since: Mapped[datetime]
    loaded: Mapped[bool]
    pictures: Mapped[int]
    # No foreign key: it would lock the batch for as long as the row is written.
    batch_id: Mapped[int | None] = mapped_column(ID_COLUMN)
    jobs: Mapped[int | None]

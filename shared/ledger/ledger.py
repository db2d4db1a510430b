"""The ledger: what must be done, who is at it, and how it ended.

A message on the broker is only a doorbell and may come twice, late or never. Whatever matters is
decided here, in short transactions: a job is leased before it is worked on, its attempt is counted
before a byte is fetched, and what it gave is written only while its lease still holds.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, and_, func, select, update

from shared.contracts.fingerprint import Unchanged
from shared.contracts.jobs import Claim, JobState, Queue
from shared.contracts.results import PictureResult
from shared.contracts.stages import Code, Stage
from shared.database.engine import among, outlasting, reading
from shared.database.models import OPEN, Job, JobCount, utc_now
from shared.errors import StageError
from shared.ledger import claims, recording
from shared.ledger.counts import count_jobs, fold
from shared.ledger.host_backoff import LONGEST_WAIT_S, HostBackoffs, host_of
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Tally:
    """How many jobs of a batch stand in one state with one code."""

    batch_id: int | None
    state: JobState
    code: Code | None
    jobs: int


class Ledger:
    """The jobs of one database. One instance may serve many threads.

    ``clock`` returns aware timestamps; tests hand in their own. What a worker calls outlasts a
    restart of the database. Where the connection broke just after a commit, a claim takes other
    jobs, those taken coming back when their lease ends; and a result counts as one too late.
    """

    def __init__(
        self, engine: Engine, settings: Settings, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._clock = clock
        self._backoffs = HostBackoffs(settings)

    @outlasting
    def claim(self, job_ids: Sequence[int] | None = None, limit: int = 32) -> list[Claim]:
        """Lease due jobs, of those given or of all, and count the attempt; both is committed.

        Returns either up to ``limit`` jobs at their first attempt, or exactly one *suspect*: a job
        that was attempted before may have killed its worker, so it runs alone. Suspects come when
        no fresh job is left; call again until nothing comes. A job without attempts left is
        quarantined instead, and one whose host asked to be left alone is put off, uncounted.
        """
        pool = claims.Pool(self._clock(), self._settings.lease_s, job_ids)
        if fresh := self._admitted(pool, Job.attempts == 0, limit):
            return fresh
        self._quarantine_exhausted(pool)
        suspects = and_(Job.attempts > 0, Job.attempts < self._settings.max_attempts)
        return self._admitted(pool, suspects, 1)

    def finish(self, claim: Claim, result: PictureResult) -> bool:
        """Record a result: job done, picture enriched, product answered, all or nothing.

        Returns False, with nothing of the result written, where the lease was lost or the picture
        has been replaced since.
        """
        return self.finish_many([(claim, result)]) == [True]

    @outlasting
    def finish_many(self, finished: Sequence[tuple[Claim, PictureResult]]) -> list[bool]:
        """Record several results in one transaction, each as :meth:`finish` does.

        Returns for each whether it was written: one whose lease was lost costs itself only.
        """
        with self._engine.begin() as connection:
            written = recording.record_results(connection, finished, self._clock())
        self._came_through([claim for claim, _ in finished])
        return written

    @outlasting
    def unchanged(self, found: Sequence[tuple[Claim, Unchanged]]) -> list[JobState | None]:
        """Record that rechecks found the same pictures: what those gave before stands.

        Returns for each its outcome; None where the lease was lost or the picture was replaced.
        """
        with self._engine.begin() as connection:
            written = recording.record_unchanged(connection, found, self._clock())
        self._came_through([claim for claim, _ in found])
        return written

    @outlasting
    def fail(
        self, claim: Claim, error: StageError, timings_ms: Mapping[str, float] | None = None
    ) -> JobState | None:
        """Record an attempt that gave no result, and return what becomes of the job.

        ``retry`` while attempts are left and the error may pass, after a wait that doubles each
        time; ``quarantined`` when they are used up, under the last attempt's code; ``failed`` where
        no attempt will ever help; ``no_person`` for that code. None where the lease was lost or the
        picture has been replaced. Earlier results stay as they are.

        ``fetch_throttled`` pauses the picture's host and counts no attempt
        (:mod:`shared.ledger.host_backoff`).
        """
        if error.code is Code.FETCH_THROTTLED and host_of(claim.url):
            return self.defer([claim], error)
        now = self._clock()
        state = self._state_after(claim, error)
        with self._engine.begin() as connection:
            if state is JobState.RETRY:
                wait = timedelta(seconds=self._wait_s(claim.attempts, error.retry_after_s))
                written = recording.record_retry(connection, claim, error, now + wait)
            else:
                ending = recording.Ending.of(state, error, timings_ms)
                written = recording.record_end(connection, claim, ending, now)
        if not error.retry:
            self._came_through([claim])
        return state if written else None

    @outlasting
    def no_person(
        self,
        claim: Claim,
        error: StageError | None = None,
        timings_ms: Mapping[str, float] | None = None,
    ) -> bool:
        """Record that the picture shows nobody, and no product on a plain backdrop either.

        Earlier results stay. Returns False where the lease was lost or the picture was replaced.
        """
        if error is None:
            error = StageError(Stage.MASK, Code.NO_PERSON, "nobody in the picture")
        ending = recording.Ending.of(JobState.NO_PERSON, error, timings_ms)
        with self._engine.begin() as connection:
            return recording.record_end(connection, claim, ending, self._clock())

    @outlasting
    def defer(self, held: Sequence[Claim], error: StageError) -> JobState | None:
        """Pause the one host of these claims, as it asked for, and put them off, uncounted.

        Returns ``retry``; ``quarantined`` where the host has let nothing through for too long; None
        where the leases were lost.
        """
        host = host_of(held[0].url) if held else None
        if host is None:
            return None
        now = self._clock()
        with self._engine.begin() as connection:
            backoff = self._backoffs.begin(connection, host, error.retry_after_s, now)
        # Not in one transaction: who records a picture of theirs may be waiting for that row.
        with self._engine.begin() as connection:
            return self._backoffs.defer(connection, held, backoff, error, now)

    @outlasting
    def release(self, claims_held: Iterable[Claim]) -> None:
        """Hand leases back without counting the attempts: for a clean shutdown."""
        with self._engine.begin() as connection:
            for claim in sorted(claims_held, key=lambda claim: claim.job_id):
                claims.release(connection, claim)

    def break_leases(self) -> int:
        """End every lease now, attempts counted, and return how many there were.

        Only for a process that knows it is the only one: embedded mode after a crash, which would
        otherwise wait for the leases of its dead predecessor.
        """
        now = self._clock()
        with self._engine.begin() as connection:
            broken = connection.execute(
                update(Job)
                .where(OPEN, Job.state == JobState.LEASED, Job.lease_until > now)
                .values(lease_until=now)
            )
        return broken.rowcount

    def due(
        self, limit: int, suspects: bool | None = None, queue: Queue | None = None
    ) -> list[int]:
        """Return ids of due jobs for which no doorbell has rung lately, longest unrung first.

        With ``suspects`` True only those that must run alone, with False only the others; with
        ``queue`` only those whose doorbells wait there, which the index makes quick.
        """
        now = self._clock()
        lately = now - timedelta(seconds=self._settings.redispatch_after_s)
        # In the order of the index, or PostgreSQL would walk through all finished jobs.
        query = select(Job.id).where(claims.is_due(now)).order_by(Job.dispatched_at, Job.id)
        if suspects is not None:
            query = query.where(Job.attempts > 0 if suspects else Job.attempts == 0)
        if queue is not None:
            query = query.where(Job.queue == queue)
        # Two queries, for "never or long ago" in one would use no index.
        never = query.where(Job.dispatched_at.is_(None))
        long_ago = query.where(Job.dispatched_at <= lately)
        with reading(self._engine).begin() as connection:
            ids = list(connection.scalars(never.limit(limit)))
            if len(ids) < limit:
                ids += connection.scalars(long_ago.limit(limit - len(ids)))
        return ids

    def mark_dispatched(self, job_ids: Sequence[int]) -> None:
        """Note that a doorbell rings for these jobs now."""
        self._set_dispatched(job_ids, self._clock())

    def unmark_dispatched(self, job_ids: Sequence[int]) -> None:
        """Note that no doorbell has rung for these jobs after all."""
        self._set_dispatched(job_ids, None)

    def _set_dispatched(self, job_ids: Sequence[int], at: datetime | None) -> None:
        if not job_ids:
            return
        with self._engine.begin() as connection:
            # A job that somebody holds is just being decided upon, and needs no mark. Waiting for
            # it, while holding others, could be a deadlock with who records several.
            # Nor does one that has ended: its row stays as it was recorded.
            free = select(Job.id).where(OPEN, among(connection, Job.id, job_ids))
            ids = list(connection.scalars(free.with_for_update(key_share=True, skip_locked=True)))
            connection.execute(
                update(Job).where(among(connection, Job.id, ids)).values(dispatched_at=at)
            )

    def status(self, batch_id: int | None = None) -> list[Tally]:
        """Count the jobs per batch, state and code, of one batch or of all."""
        query = count_jobs().order_by(JobCount.batch_id, JobCount.state, JobCount.code)
        if batch_id is not None:
            query = query.where(JobCount.batch_id == batch_id)
        with reading(self._engine).begin() as connection:
            return [Tally(*row) for row in connection.execute(query)]

    def fold_counts(self) -> None:
        """Keep the stored counts short, so that :meth:`status` stays quick."""
        fold(self._engine)

    def busy_workers(self) -> int:
        """Count the leases that still run: a worker holds one at a time, for a chunk of jobs."""
        held = and_(
            OPEN,
            Job.attempts > 0,  # as every leased job: the index finds them among those that wait
            Job.state == JobState.LEASED,
            Job.lease_until > self._clock(),
        )
        query = select(func.count(Job.lease_token.distinct())).where(held)
        with reading(self._engine).begin() as connection:
            return connection.scalar(query) or 0

    def _quarantine_exhausted(self, pool: claims.Pool) -> None:
        exhausted = Job.attempts >= self._settings.max_attempts
        # Leased first, without counting, so that no late worker comes between.
        while given_up := self._take(replace(pool, counts=0), exhausted, 100):
            for claim in given_up:
                ending = recording.Ending(
                    JobState.QUARANTINED,
                    Code.ATTEMPTS_EXHAUSTED,
                    f"{claim.attempts} attempts ended without a word; "
                    "the picture may kill its worker",
                )
                with self._engine.begin() as connection:
                    recording.record_end(connection, claim, ending, pool.now)

    def _admitted(self, pool: claims.Pool, which: ColumnElement[bool], limit: int) -> list[Claim]:
        """Lease jobs whose hosts may be asked; those of paused hosts are put off on the way."""
        while True:
            with self._engine.begin() as connection:
                taken = claims.take(connection, pool, which, limit)
                admitted = self._backoffs.admit(connection, taken, pool.now)
            if admitted or not taken:
                return admitted

    def _came_through(self, recorded: Sequence[Claim]) -> None:
        for url in {claim.url for claim in recorded if self._backoffs.knows(claim.url)}:
            with self._engine.begin() as connection:
                self._backoffs.end(connection, url, self._clock())

    def _take(self, pool: claims.Pool, which: ColumnElement[bool], limit: int) -> list[Claim]:
        with self._engine.begin() as connection:
            return claims.take(connection, pool, which, limit)

    def _state_after(self, claim: Claim, error: StageError) -> JobState:
        if error.code is Code.NO_PERSON:
            return JobState.NO_PERSON
        if not error.retry:
            return JobState.FAILED
        if claim.attempts < self._settings.max_attempts:
            return JobState.RETRY
        return JobState.QUARANTINED

    def _wait_s(self, attempts: int, retry_after_s: float | None) -> float:
        wait_s = min(LONGEST_WAIT_S, self._settings.backoff_s * 2.0 ** min(attempts - 1, 30))
        # Jobs that failed together come back apart. No secret hangs on this number.
        wait_s *= random.uniform(0.5, 1.0)  # noqa: S311
        return min(LONGEST_WAIT_S, max(wait_s, retry_after_s or 0.0))

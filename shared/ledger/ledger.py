"""The ledger: which jobs there are, who works on them, and how they ended.

A message on the broker only notifies, and may come twice, late or never. The ledger decides, in
short transactions: a job is leased before it is worked on, and its attempt is counted before a byte
is fetched. Fencing: a claim may write only while its lease token matches and the picture is not
newer.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, and_, func, select, update

from shared.contracts.fingerprint import Unchanged
from shared.contracts.jobs import Claim, JobState, Queue
from shared.contracts.results import PictureResult
from shared.contracts.stages import WORKER_WAITS, Code
from shared.database.engine import among, outlasting, reading
from shared.database.models import OPEN, Job, JobCount, utc_now
from shared.errors import StageError
from shared.ledger import claims, recording
from shared.ledger.counts import count_jobs, fold
from shared.ledger.host_backoff import LONGEST_WAIT_S, HostBackoffs, host_of
from shared.metrics.counting import picture_ended
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Tally:
    """How many jobs of a batch have one state and one code."""

    batch_id: int | None
    state: JobState
    code: Code | None
    jobs: int


class Ledger:
    """The jobs of one database. One instance may serve many threads.

    ``clock`` returns aware timestamps; tests pass their own. The methods that a worker calls are
    retried while the database restarts. Where the connection broke just after a commit, a claim
    leases other jobs (the first ones come back when their lease ends), and a result counts as late.
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
        quarantined instead, and one whose host is in backoff is deferred, uncounted.
        """
        pool = claims.Claimable(self._clock(), self._settings.lease_s, job_ids)
        if fresh := self._admitted(pool, Job.attempts == 0, limit):
            return fresh
        self._quarantine_exhausted(pool)
        suspects = and_(Job.attempts > 0, Job.attempts < self._settings.max_attempts)
        return self._admitted(pool, suspects, 1)

    def finish(self, claim: Claim, result: PictureResult) -> bool:
        """Record a result: job done, picture enriched, product answered, all or nothing.

        Returns False, and writes nothing of the result, where the lease was lost or the picture was
        replaced.
        """
        return self.finish_many([(claim, result)]) == [True]

    @outlasting
    def finish_many(self, finished: Sequence[tuple[Claim, PictureResult]]) -> list[bool]:
        """Record several results in one transaction, each as :meth:`finish` does.

        Returns for each whether it was written; one that was fenced off does not affect the others.
        """
        with self._engine.begin() as connection:
            written = recording.record_results(connection, finished, self._clock())
        self._came_through([claim for claim, _ in finished])
        return written

    @outlasting
    def unchanged(self, found: Sequence[tuple[Claim, Unchanged]]) -> list[JobState | None]:
        """Record that rechecks found the same pictures: their earlier outcomes stay.

        Returns the outcome of each; None where the lease was lost or the picture was replaced.
        """
        with self._engine.begin() as connection:
            written = recording.record_unchanged(connection, found, self._clock())
        self._came_through([claim for claim, _ in found])
        return written

    @outlasting
    def fail(
        self, claim: Claim, error: StageError, timings_ms: Mapping[str, float] | None = None
    ) -> JobState | None:
        """Record an attempt without a result, and return the job's new state.

        ``retry`` while attempts are left and the error may pass, after a wait that doubles each
        time; ``quarantined`` when they are used up, under the last attempt's code; ``failed`` where
        no attempt can help; ``no_person`` for that code. None where the lease was lost or the
        picture was replaced. Earlier results stay as they are.

        An error that blames the host, such as ``fetch_throttled``, begins a backoff and counts no
        attempt (:mod:`shared.ledger.host_backoff`); neither does one that blames the worker.
        """
        if self.host_has_enough(claim, error):
            return self.defer([claim], error)
        now = self._clock()
        if error.code in WORKER_WAITS:
            until = now + timedelta(seconds=self._wait_s(1, None))
            with self._engine.begin() as connection:
                return JobState.RETRY if claims.defer(connection, [claim], until, error) else None
        state = self._state_after(claim, error)
        with self._engine.begin() as connection:
            if state is JobState.RETRY:
                wait = timedelta(seconds=self._wait_s(claim.attempts, error.retry_after_s))
                written = recording.record_retry(connection, claim, error, now + wait)
            else:
                end = recording.JobEnd.of(state, error, timings_ms)
                written = recording.record_end(connection, claim, end, now)
        if not error.retry:
            self._came_through([claim])
        return state if written else None

    def host_has_enough(self, claim: Claim, error: StageError) -> bool:
        """Return whether an error says that the picture's host must be left alone."""
        return self._backoffs.has_enough(claim, error)

    @outlasting
    def defer(self, leased: Sequence[Claim], error: StageError) -> JobState | None:
        """Begin a backoff of the claims' one host, as it asked for, and defer them, uncounted.

        Returns ``retry``; ``quarantined`` where it let nothing through for too long; None where the
        leases were lost.
        """
        host = host_of(leased[0].url) if leased else None
        if host is None:
            return None
        now = self._clock()
        with self._engine.begin() as connection:
            backoff = self._backoffs.begin(connection, host, error.retry_after_s, now)
        # Not in one transaction: whoever records one of their pictures may wait for that row.
        with self._engine.begin() as connection:
            return self._backoffs.defer(connection, leased, backoff, error, now)

    @outlasting
    def release(self, leased: Iterable[Claim]) -> None:
        """Release leases without counting the attempts: for a clean shutdown."""
        with self._engine.begin() as connection:
            for claim in sorted(leased, key=lambda claim: claim.job_id):
                claims.release(connection, claim)

    def break_leases(self) -> int:
        """End every lease now, attempts counted, and return how many there were.

        Only for a process that knows it is the only worker: embedded mode after a crash, which
        would otherwise wait until the leases of the crashed process run out.
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
        """Return ids of due jobs that were not dispatched lately, the longest waiting first.

        With ``suspects`` True only those that must run alone, with False only the others; with
        ``queue`` only those whose notifications wait there, which the index makes quick.
        """
        now = self._clock()
        lately = now - timedelta(seconds=self._settings.redispatch_after_s)
        # In the order of the index, or PostgreSQL would walk through all finished jobs.
        query = select(Job.id).where(claims.is_due(now)).order_by(Job.dispatched_at, Job.id)
        if suspects is not None:
            query = query.where(Job.attempts > 0 if suspects else Job.attempts == 0)
        if queue is not None:
            query = query.where(Job.queue == queue)
        # Two queries: "never or long ago" in one would use no index.
        never = query.where(Job.dispatched_at.is_(None))
        long_ago = query.where(Job.dispatched_at <= lately)
        with reading(self._engine).begin() as connection:
            ids = list(connection.scalars(never.limit(limit)))
            if len(ids) < limit:
                ids += connection.scalars(long_ago.limit(limit - len(ids)))
        return ids

    def mark_dispatched(self, job_ids: Sequence[int]) -> None:
        """Note that these jobs are dispatched now."""
        self._set_dispatched(job_ids, self._clock())

    def unmark_dispatched(self, job_ids: Sequence[int]) -> None:
        """Note that these jobs were not dispatched after all."""
        self._set_dispatched(job_ids, None)

    def _set_dispatched(self, job_ids: Sequence[int], at: datetime | None) -> None:
        if not job_ids:
            return
        with self._engine.begin() as connection:
            # A locked job is just being claimed or recorded, and needs no mark. To wait for it
            # while holding others could deadlock with a worker that records several. A job that has
            # ended needs none either: its row stays as it was recorded.
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
        """Count the leases that still run: a worker has one at a time, for a chunk of jobs."""
        leased = and_(
            OPEN,
            Job.attempts > 0,  # true of every leased job, and the index needs it
            Job.state == JobState.LEASED,
            Job.lease_until > self._clock(),
        )
        query = select(func.count(Job.lease_token.distinct())).where(leased)
        with reading(self._engine).begin() as connection:
            return connection.scalar(query) or 0

    def _quarantine_exhausted(self, pool: claims.Claimable) -> None:
        exhausted = Job.attempts >= self._settings.max_attempts
        # Leased first, without counting, so that no late worker writes in between.
        while given_up := self._take(replace(pool, counts=0), exhausted, 100):
            for claim in given_up:
                end = recording.JobEnd(
                    JobState.QUARANTINED,
                    Code.ATTEMPTS_EXHAUSTED,
                    f"{claim.attempts} attempts ended without an outcome; "
                    "the picture may kill its worker",
                )
                with self._engine.begin() as connection:
                    recording.record_end(connection, claim, end, pool.now)
                picture_ended(end.state, end.code)

    def _admitted(
        self, pool: claims.Claimable, which: ColumnElement[bool], limit: int
    ) -> list[Claim]:
        """Lease jobs whose hosts may be fetched from; jobs of hosts in backoff are deferred."""
        while True:
            with self._engine.begin() as connection:
                taken = claims.take(connection, pool, which, limit)
                admitted = self._backoffs.admit(connection, taken, pool.now)
            if admitted or not taken:
                return admitted

    def _came_through(self, recorded: Sequence[Claim]) -> None:
        for claim in recorded:
            self._backoffs.heard_from(claim.url)
        for url in {claim.url for claim in recorded if self._backoffs.knows(claim.url)}:
            with self._engine.begin() as connection:
                self._backoffs.end(connection, url, self._clock())

    def _take(self, pool: claims.Claimable, which: ColumnElement[bool], limit: int) -> list[Claim]:
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
        # Jittered, so that jobs which failed together come back apart. No secret depends on it.
        wait_s *= random.uniform(0.5, 1.0)  # noqa: S311
        return min(LONGEST_WAIT_S, max(wait_s, retry_after_s or 0.0))

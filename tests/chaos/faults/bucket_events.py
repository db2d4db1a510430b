"""A real SeaweedFS whose buckets live on while its events come doubled, late and in any order."""

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from shared.contracts.jobs import JobState
from tests.chaos.check import FINAL, Count, Wanted
from tests.chaos.rig import Rig
from tests.chaos.scenario import scenario
from tests.chaos.servers.pictures import content_of
from tests.chaos.servers.server import query
from tests.chaos.upload_hook import UploadHook
from tests.support.bucket_life import BucketLife
from tests.support.services.seaweedfs import SeaweedFS, seaweedfs

BUCKETS: Final = {"plain": False, "with-versions": True}
"""The buckets, and whether they keep versions."""
SENDERS: Final = 8


@scenario("bucket-events", store="folder")
def bucket_events(rig: Rig) -> None:
    """SeaweedFS's own events of random operations on two buckets, doubled and shuffled."""
    folder = rig.folder / "seaweedfs"
    folder.mkdir()
    with seaweedfs(folder) as store:
        rig.environment |= store.variables
        hook = UploadHook(rig)
        rig.environment["COLOURWAY_UPLOAD_KEYS"] = "{catalogue}/{sku}.png"
        rig.environment["COLOURWAY_ALLOWED_BUCKETS"] = "*"
        for bucket, versions in BUCKETS.items():
            store.new_bucket(bucket, versions=versions)
        store.events()
        with hook, ThreadPoolExecutor(SENDERS) as senders:
            rig.start(2)
            _live(rig, store, hook, senders)
            rig.finish()
        content = {
            f"s3://{bucket}/{key}": body
            for bucket in BUCKETS
            for key, body in store.content(bucket).items()
        }
    rig.check = Ending(content)


def _live(rig: Rig, store: SeaweedFS, hook: UploadHook, senders: ThreadPoolExecutor) -> None:
    """Let the buckets live, and send what each round told while the next one is on."""
    lives = [
        BucketLife(
            store, bucket, rig.chance, lambda number: content_of(f"/{number}"), versions=versions
        )
        for bucket, versions in BUCKETS.items()
    ]
    late: list[bytes] = []
    sending: list[Future[None]] = []
    rounds = rig.size(full=10, short=3)
    for turn in range(rounds):
        for life in lives:
            for _ in range(rig.jobs(full=1000, short=60) // rounds):
                rig.count(life.go_on())
        told = store.events()
        rig.injected.faults["events doubled"] += len(told)
        waiting = late + told * 2
        rig.chance.shuffle(waiting)
        # A third comes after what is still to happen.
        kept = len(waiting) // 3 if turn < rounds - 1 else 0
        late, now = waiting[:kept], waiting[kept:]
        sending += [senders.submit(hook.post, body) for body in now]
    for sent in sending:
        sent.result()


@dataclass(frozen=True)
class Ending:
    """What the buckets hold in the end, by URL: the catalogue must show exactly that."""

    content: dict[str, bytes]

    def __call__(self, wanted: Wanted) -> Count:
        count = Count()
        rows = query(wanted.database_url, "SELECT url, outcome, sha256 FROM product_images")
        shown = {str(url): (outcome, sha256) for url, outcome, sha256 in rows}
        for state, jobs in query(
            wanted.database_url, "SELECT state, count(*) FROM jobs GROUP BY state"
        ):
            count.jobs += int(str(jobs))
            count.done += int(str(jobs)) * (state == JobState.DONE)
        open_jobs = query(
            wanted.database_url, "SELECT id FROM jobs WHERE NOT state = ANY(%s)", FINAL
        )
        count.lost = count.note("jobs not in a final state", open_jobs)
        count.lost += count.note("objects without a picture", self.content.keys() - shown.keys())
        done = {url for url, (outcome, _) in shown.items() if outcome == JobState.DONE}
        count.lost += count.note(
            "objects whose picture is not done", (self.content.keys() & shown.keys()) - done
        )
        count.doubled = count.note("pictures twice", [None] * (len(rows) - len(shown)))
        count.stale = count.note("pictures without an object", shown.keys() - self.content.keys())
        right = {url: hashlib.sha256(body).hexdigest() for url, body in self.content.items()}
        other = [url for url in done & right.keys() if shown[url][1] != right[url]]
        count.stale += count.note("pictures of another content", other)
        return count

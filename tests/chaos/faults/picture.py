"""Pictures that kill their worker or take all memory, and pictures that are replaced in flight."""

import struct
import zlib
from typing import Final

from shared.contracts.jobs import JobState
from shared.contracts.stages import Stage
from tests.chaos.faults.worker import gates, wait_at_gate
from tests.chaos.rig import Rig
from tests.chaos.scenario import scenario
from tests.chaos.servers.bucket import Bucket
from tests.chaos.servers.pictures import Handler, Picture, colour_of, content_of
from tests.chaos.upload_hook import UploadHook, upload
from tests.chaos.workers.gate import Gate
from tests.support.services.postgres import connect

MEMORY_BYTES: Final = 1_000_000_000
BOMB_SIDE: Final = 16_000


@scenario("poison")
def poison(rig: Rig) -> None:
    """Pictures that kill the decoder (SIGSEGV) or take all memory, among many healthy ones."""
    healthy, each = rig.jobs(full=1000, short=60), rig.size(full=5, short=1)
    numbers = range(healthy + 2 * each)
    chosen = rig.chance.sample(numbers, 2 * each)
    deadly = [rig.shop.picture(number) for number in chosen[:each]]
    bombs = [rig.shop.picture(number) for number in chosen[each:]]
    rig.endings = {picture.url: JobState.QUARANTINED for picture in (*deadly, *bombs)}
    rig.environment |= {
        "CHAOS_HOOKS": "deadly-pictures",
        "CHAOS_DEADLY": ",".join(picture.sku for picture in deadly),
        "COLOURWAY_MAX_MEMORY_BYTES": str(MEMORY_BYTES),
        "COLOURWAY_MAX_IMAGE_PIXELS": str(BOMB_SIDE**2),
        "COLOURWAY_REDISPATCH_AFTER_S": "2",
    }
    bomb, at = _bomb(), {picture.url for picture in bombs}
    rig.shop.answers = lambda request: _answer_bomb(request, rig.shop.url(request.path) in at, bomb)
    rig.injected.faults["deadly"], rig.injected.faults["bombs"] = len(deadly), len(bombs)
    rig.enqueue(rig.shop.picture(number) for number in numbers)
    rig.start(2)
    rig.finish()
    ended = rig.query("SELECT attempts FROM jobs WHERE state = 'quarantined'")
    if ended != [(rig.max_attempts,)] * (2 * each):
        rig.problems.append(f"quarantined after {ended} attempts, {2 * each} were to be")


def _answer_bomb(request: Handler, is_bomb: bool, bomb: bytes) -> bool:
    if is_bomb:
        request.answer(200, bomb)
    return is_bomb


def _bomb() -> bytes:
    """Return a PNG of one bit a pixel: 32 KB, which become more than a gigabyte of RGB."""
    row = b"\0" + bytes(BOMB_SIDE // 8)
    header = struct.pack(">IIBBBBB", BOMB_SIDE, BOMB_SIDE, 1, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(row * BOMB_SIDE)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@scenario("replaced")
def replaced(rig: Rig) -> None:
    """A picture is replaced, by a feed or an upload, while a worker holds the old one's result."""
    gate, bucket = gates(rig), Bucket(rig.objects)
    rig.environment["COLOURWAY_LEASE_S"] = "600"  # no other worker is to record the old one
    _note_every_answer(rig)
    rig.start(2)
    with UploadHook(rig) as hook:
        for number in range(rig.jobs(full=20, short=1)):
            for old_first in (True, False):
                _replace_by_feed(rig, gate, 2 * number + old_first, old_first)
                _replace_by_upload(rig, gate, bucket, hook, 2 * number + old_first, old_first)
    rig.finish()


def _replace_by_feed(rig: Rig, gate: Gate, number: int, old_first: bool) -> None:
    old, new = rig.shop.picture(number, 1), rig.shop.picture(number, 2)
    gate.shut(Stage.RECORD, old.sku)
    rig.enqueue([old])
    wait_at_gate(rig, gate, Stage.RECORD)
    rig.enqueue([new])
    _open_gate(rig, gate, old, old_first)
    _never_answered(rig, old.sku, colour_of(f"/pictures/{number}/1.png"))


def _replace_by_upload(
    rig: Rig, gate: Gate, bucket: Bucket, hook: UploadHook, number: int, old_first: bool
) -> None:
    picture, before = bucket.picture(number), f"/before/{number}.png"
    rig.former.add(f"s3://{bucket.name}{before}")  # where such content would belong
    bucket.put(number, content_of(before))
    gate.shut(Stage.RECORD, picture.sku)
    rig.enqueue([picture])
    wait_at_gate(rig, gate, Stage.RECORD)
    bucket.put(number)
    hook.send([upload(bucket.name, bucket.key(number), "01")])
    _open_gate(rig, gate, picture, old_first)
    _never_answered(rig, picture.sku, colour_of(before))


def _open_gate(rig: Rig, gate: Gate, picture: Picture, old_first: bool) -> None:
    """Have the old picture's result written before or after the newer one's."""
    rig.count("old result first" if old_first else "new result first")
    if old_first:
        gate.open(Stage.RECORD)
    newer = (
        "SELECT 1 FROM jobs j JOIN product_images i ON i.id = j.image_id JOIN products p "
        "ON p.id = i.product_id WHERE p.sku = %s AND j.generation = 2 AND j.state = 'done'"
    )
    rig.wait_for("the newer picture", lambda: bool(rig.query(newer, picture.sku)))
    gate.open(Stage.RECORD)
    rig.wait_for("the older picture's job to end", lambda: rig.open() == 0)


def _note_every_answer(rig: Rig) -> None:
    """Have the database itself write down every colour that a product is ever given."""
    with connect(rig.database_url) as connection:
        connection.execute("CREATE TABLE answers (sku text, hex text)")
        connection.execute(
            "CREATE FUNCTION note_answer() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "INSERT INTO answers VALUES (NEW.sku, NEW.colour_hex); RETURN NULL; END $$"
        )
        connection.execute(
            "CREATE TRIGGER note_answer AFTER UPDATE OF colour_hex ON products "
            "FOR EACH ROW EXECUTE FUNCTION note_answer()"
        )


def _never_answered(rig: Rig, sku: str, colour: tuple[int, int, int]) -> None:
    """Note a problem where a product has ever had the old picture's colour."""
    red, green, blue = colour
    asked = "SELECT count(*) FROM answers WHERE sku = %s AND hex = %s"
    if rig.query(asked, sku, f"#{red:02x}{green:02x}{blue:02x}") != [(0,)]:
        rig.problems.append(f"{sku} was given the colour of the picture that had been replaced")

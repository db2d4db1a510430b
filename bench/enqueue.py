"""A million-row CSV into the ledger: rows/s, and the memory of the process that does it.

usage: python -m bench.enqueue [ROWS] [DATABASE_URL]     (no URL: a new SQLite file)
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.database import open_engine, upgrade

ROWS = 1_000_000
AIM_MB = 300
COMMAND = [sys.executable, "-c", "from colourway.cli import main; main()"]


def write_feed(path: Path, rows: int) -> None:
    """Write a feed whose skus come in no order, as from a shop's database."""
    step = 7919  # a prime that divides no round number, so that each sku comes once
    with path.open("w", encoding="utf-8") as file:
        file.write("sku,title,category,colour,image_link\n")
        for row in range(rows):
            number = row * step % rows
            file.write(
                f'SKU-{number:08d},"Dress, no. {number}",dresses,Sage,'
                f"https://pictures.shop.example/{number % 1000:03d}/{number:08d}-front.jpg\n"
            )


def enqueue(feed: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Run the command in a process of its own; return its seconds and its peak megabytes."""
    started = time.monotonic()
    with (feed.parent / "said.txt").open("w+", encoding="utf-8") as said:
        process = subprocess.Popen(
            [*COMMAND, "enqueue", str(feed)], env=os.environ | environment, stdout=said, stderr=said
        )
        _, status, used = os.wait4(process.pid, 0)  # the memory of this child alone
        if status:
            said.seek(0)
            raise SystemExit(f"enqueue failed: {said.read()}")
    return time.monotonic() - started, used.ru_maxrss / 1024


def main(rows: int = ROWS, database_url: str | None = None) -> None:
    """Enqueue a feed twice: everything is new, then nothing is."""
    with TemporaryDirectory() as folder:
        feed = Path(folder) / "feed.csv"
        write_feed(feed, rows)
        url = database_url or f"sqlite:///{folder}/colourway.db"
        upgrade(url)
        # No broker: it is the ledger that is measured. The command says so and goes on.
        environment = {"DATABASE_URL": url, "CELERY_BROKER_URL": "redis://127.0.0.1:1/0"}
        backend = open_engine(url).dialect.name
        print(f"{rows:,} rows, {feed.stat().st_size / 1e6:.0f} MB, into {backend}", flush=True)
        for what in ("everything new", "the same feed again"):
            seconds, peak_mb = enqueue(feed, environment)
            print(
                f"{what}: {rows / seconds:,.0f} rows/s ({seconds:.0f} s), "
                f"peak {peak_mb:.0f} MB (aim: < {AIM_MB} MB)",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS, *sys.argv[2:3])

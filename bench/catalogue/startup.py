"""Start-up of the producer's commands, and proof that none of them imports a network."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.database.engine import upgrade

RUNS = 5
HEAVY = ("tensorflow", "keras", "cv2", "PIL", "numpy", "pyarrow", "scipy")

TELL_MODULES = """
import json, sys
from colourway.cli import app
try:
    app(sys.argv[1:])
except SystemExit:
    pass
names = {name.partition(".")[0] for name in sys.modules}
print("\\nMODULES " + json.dumps(sorted(names)))
"""


def best_ms(arguments: list[str]) -> float:
    """Return the shortest of a few runs, in milliseconds."""
    times: list[float] = []
    for _ in range(RUNS):
        started = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - started)
    return min(times) * 1000


def heavy_modules(words: list[str], environment: dict[str, str]) -> list[str]:
    """Return which heavy packages a command has imported when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", TELL_MODULES, *words],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(json.loads(done.stdout.rpartition("MODULES ")[2]))
    return [name for name in HEAVY if name in loaded]


def main() -> int:
    """Print times and imports; 1 when a producer's command imported a network."""
    bare = best_ms(["-c", "pass"])
    help_page = ["-c", "from colourway.cli import main; main()", "enqueue", "--help"]
    print(f"python alone: {bare:.0f} ms; `colourway enqueue --help`: {best_ms(help_page):.0f} ms")
    failed = False
    with TemporaryDirectory() as folder:
        feed = Path(folder) / "feed.csv"
        feed.write_text("sku,image\nA,https://a.example/1.jpg\n", encoding="utf-8")
        url = f"sqlite:///{folder}/colourway.db"
        upgrade(url)
        environment = {"DATABASE_URL": url, "CELERY_BROKER_URL": "redis://127.0.0.1:1/0"}
        commands = (["enqueue", "--help"], ["enqueue", str(feed)], ["status"])
        for words in commands:
            found = heavy_modules(words, environment)
            shown = " ".join("FEED" if word == str(feed) else word for word in words)
            print(
                f"`colourway {shown}` imports of {', '.join(HEAVY)}: {', '.join(found) or 'none'}"
            )
            failed |= "tensorflow" in found or "keras" in found
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

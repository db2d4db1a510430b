"""A producer's machine has neither networks nor pictures, and its commands start at once."""

import json
import os
import subprocess
import sys
from pathlib import Path

from shared.database.engine import upgrade

HEAVY = {"tensorflow", "keras", "cv2", "PIL", "numpy", "pyarrow", "scipy", "worker"}
UPLOADS = {"boto3", "botocore", "fastapi", "starlette", "uvicorn"}
"""What the commands for upload events need, and only where they run."""

CALL = """
import json, sys
from colourway.cli import app
from typer.main import get_command
for words in json.loads(sys.argv[1]):
    try:
        get_command(app)(words)
    except SystemExit as ended:
        assert not ended.code, words
print("MODULES " + json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_enqueue_and_status_import_nothing_of_the_worker(tmp_path: Path) -> None:
    feed = tmp_path / "feed.csv"
    feed.write_text("sku,image\nA,https://a.example/1.jpg\n", encoding="utf-8")
    url = f"sqlite:///{tmp_path / 'colourway.db'}"
    upgrade(url)
    calls = [
        ["enqueue", "--help"],
        ["enqueue", str(feed)],
        ["status"],
        ["dispatch", "--help"],
        ["backfill", "--missing"],
        ["retry", "--catalogue", "default"],
        ["quarantine", "list"],
        ["failures", "--out", "-"],
    ]
    calls += [["listen", "--help"], ["serve", "--help"]]
    merchant = str(tmp_path / "merchant.tsv")
    calls += [["export", "--out", merchant, "--all"], ["validate-feed", merchant]]
    environment = {"DATABASE_URL": url, "CELERY_BROKER_URL": "redis://127.0.0.1:1/0"}
    done = subprocess.run(
        [sys.executable, "-c", CALL, json.dumps(calls)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "jobs added: 1" in done.stdout
    assert set(json.loads(done.stdout.rpartition("MODULES ")[2])) & (HEAVY | UPLOADS) == set()

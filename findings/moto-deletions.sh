#!/usr/bin/env bash
# moto's buckets with versions say nothing of deletions, and tell a multipart upload twice.
#
# Expected: S3 tells each change of an object by one event: ObjectRemoved:DeleteMarkerCreated for a
#     delete marker, ObjectRemoved:Delete for a version. What is put into a bucket with versions
#     bears its versionId, and every event a sequencer, which alone tells the order of two.
# What happens: moto sends the right events from a plain bucket. From one with versions it sends the
#     puts and nothing else: no event for a delete marker, for a version that is removed, or for
#     several objects removed by one request. No event has a sequencer or a versionId. One multipart
#     upload is told as a Put and as a CompleteMultipartUpload, in both buckets.
# Versions: moto 5.2.5, boto3 1.44.5.
# Why it matters: a listener that is tested on moto alone looks right and has never met the three
#     things that make events hard: deletions, versions and order.
# What Colourway does: it tests the queue on moto, and deletions, versions and sequencers on messages
#     as Amazon documents them. An event without a sequencer is ordered by its time, and one that
#     comes twice with the same eTag changes nothing.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check "moto[s3,sqs]==5.2.5" boto3==1.44.5 \
    botocore==1.44.5
cd "$work"
"$work/venv/bin/python" - <<'EOF'
import json
import sys

import boto3
import moto

EVENTS = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
PLACE = {"region_name": "us-east-1", "aws_access_key_id": "none", "aws_secret_access_key": "none"}


def events_of(bucket, versions):
    """What each change of a bucket is told by: the change, and its events."""
    s3, sqs = boto3.client("s3", **PLACE), boto3.client("sqs", **PLACE)
    queue = sqs.create_queue(QueueName=bucket)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    wanted = {"QueueArn": arn["Attributes"]["QueueArn"], "Events": EVENTS}
    s3.create_bucket(Bucket=bucket)
    if versions:
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [wanted]}
    )

    def heard():
        records = []
        while messages := sqs.receive_message(QueueUrl=queue).get("Messages"):
            for message in messages:
                records += json.loads(message["Body"]).get("Records", [])
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        extras = sorted({"sequencer", "versionId"} & {k for r in records for k in r["s3"]["object"]})
        return [record["eventName"] for record in records] + extras

    def multipart():
        name = {"Bucket": bucket, "Key": "large.jpg"}
        name["UploadId"] = s3.create_multipart_upload(**name)["UploadId"]
        part = {"PartNumber": 1, "ETag": s3.upload_part(**name, PartNumber=1, Body=b"x")["ETag"]}
        s3.complete_multipart_upload(**name, MultipartUpload={"Parts": [part]})

    heard()  # the test event
    first = s3.put_object(Bucket=bucket, Key="a.jpg", Body=b"1").get("VersionId")
    told = {"put": heard()}
    s3.delete_object(Bucket=bucket, Key="a.jpg")
    told["delete"] = heard()
    if versions:
        s3.delete_object(Bucket=bucket, Key="a.jpg", VersionId=first)
        told["delete a version"] = heard()
    s3.put_object(Bucket=bucket, Key="b.jpg", Body=b"1")
    heard()
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "b.jpg"}]})
    told["delete by list"] = heard()
    multipart()
    told["multipart upload"] = heard()
    return told


print("moto", moto.__version__, "boto3", boto3.__version__)
with moto.mock_aws():
    plain, kept = events_of("plain", versions=False), events_of("kept", versions=True)
for name, told in (("plain bucket", plain), ("bucket with versions", kept)):
    for change, events in told.items():
        print(f"{name}: {change} -> {events or 'nothing'}")
PUT, GONE = ["ObjectCreated:Put"], ["ObjectRemoved:Delete"]
TWICE = [*PUT, "ObjectCreated:CompleteMultipartUpload"]
as_recorded = {"put": PUT, "delete": GONE, "delete by list": GONE, "multipart upload": TWICE}
if plain != as_recorded:
    sys.exit("CHANGED: the plain bucket tells something else.")
silent = {"delete": [], "delete a version": [], "delete by list": []}
if kept != as_recorded | silent:
    sys.exit("CHANGED: the bucket with versions tells something else.")
print("As recorded: with versions no deletion is told; no order; a multipart upload comes twice.")
EOF

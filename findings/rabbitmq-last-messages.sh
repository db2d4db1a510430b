#!/usr/bin/env bash
# RabbitMQ drops the last messages to a quorum queue where their channel is closed soon after.
#
# Expected: a channel does what it is told in order. What was published before a channel is closed
#     in order (channel.close, not a connection that breaks) is in the queue, confirmed or not: the
#     broker never went away, and no replica was lost.
# What happens: where the queue has not kept up, the end of the channel overtakes what was published
#     on it (Ra's pull request 396 would keep their order). The queue forgets the channel, and drops
#     what comes from it afterwards; nothing is logged. With nine messages waiting nine are lost,
#     and none where the channel stays open meanwhile.
# Versions: RabbitMQ 3.10.8 (Ra 2.2.0), py-amqp 5.4.2.
# Why it matters: a script or a test that publishes and ends loses messages now and then, on a busy
#     machine alone.
# What Colourway does: everything it publishes is confirmed. A message that a worker refuses is
#     acknowledged once the broker has confirmed the copy that is kept.
#
# Needs a RabbitMQ at 127.0.0.1:5672 with its user guest, and the right to use rabbitmqctl. A queue
# is made to lag by suspending its process, in a virtual host that is made and removed here.
set -euo pipefail
work=$(mktemp -d)
vhost=colourway-finding-$$
trap 'rm -rf "$work"; rabbitmqctl -q delete_vhost "$vhost" || true' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check amqp==5.4.2
rabbitmqctl -q add_vhost "$vhost"
rabbitmqctl -q set_permissions -p "$vhost" guest '.*' '.*' '.*'
"$work/venv/bin/python" - "$vhost" <<'PYTHON'
import subprocess
import sys
import time

import amqp

VHOST = sys.argv[1]
QUORUM = {"x-queue-type": "quorum"}
MESSAGES = 10


def control(*arguments):
    return subprocess.run(
        ["rabbitmqctl", "-q", *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


def connect(**options):
    connection = amqp.Connection("127.0.0.1:5672", virtual_host=VHOST, **options)
    connection.connect()
    return connection


def taken_in(queue, close_early):
    """How many of ten messages are in a queue that lagged while all but the first were sent."""
    process = f"whereis('{VHOST}_{queue}')"
    publisher = connect()
    channel = publisher.channel()
    channel.queue_declare(queue, durable=True, auto_delete=False, arguments=QUORUM)
    for number in range(MESSAGES):
        if number == 1:
            control("eval", f"sys:suspend({process}).")
        channel.basic_publish(amqp.Message(str(number)), routing_key=queue)
    if close_early:
        channel.close()
        publisher.close()
    control("eval", f"sys:resume({process}).")
    time.sleep(5)
    publisher.close()
    reader = connect()
    count = reader.channel().queue_declare(queue, passive=True).message_count
    reader.close()
    return count


print("RabbitMQ", control("version"), "py-amqp", amqp.__version__)
early, late = taken_in("early", close_early=True), taken_in("late", close_early=False)
print(f"channel closed while the queue lagged: {early} of {MESSAGES} messages are there")
print(f"channel closed afterwards: {late} of {MESSAGES} messages are there")
if (early, late) != (1, MESSAGES):
    sys.exit("CHANGED: another number of messages is there.")
print("As recorded: what the queue had not taken in when its channel ended is lost.")
PYTHON

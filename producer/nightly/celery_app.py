"""The producer's Celery application: ``celery -A producer.app worker --beat``.

It does nightly runs and nothing else: notifications are for workers, which have the networks.
"""

from producer.nightly import tasks
from shared.queue.celery_app import app, producer_queue
from shared.settings import get_settings

queue = producer_queue(get_settings())

app.conf.update(
    # One run at a time, in the process that receives the message.
    worker_pool="solo",
    # It answers no heartbeat meanwhile.
    broker_heartbeat=0,
    # The others stay known, so that beat can ask for sweeps.
    task_queues=[*app.conf.task_queues, queue],
)
app.amqp.queues.select([queue.name])

__all__ = ["app", "tasks"]

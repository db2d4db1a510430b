"""The queue: the one message, the Celery application, and when messages are due."""

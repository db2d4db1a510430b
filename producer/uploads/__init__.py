"""Upload events: read, checked and put in order, from SQS or by web hook."""

"""Reading a shop's feed: CSV, JSON Lines or Parquet, one row at a time.

:func:`producer.feeds.source.open_feed` gives records, :mod:`producer.feeds.products` turns them
into products. A row that cannot be used becomes a :class:`~producer.feeds.record.Rejected` in its
place, and the rest goes on.
"""

"""The formats of a feed: CSV, JSON Lines, Parquet, XML and Excel, each read row by row."""

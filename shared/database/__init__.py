"""The database: engine, tables, and writing many rows at once."""

"""Pages for people: the report of a run, an audit, a diff."""

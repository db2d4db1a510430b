"""Operations: batches, workers, quarantine, staged backfills and uploads."""

"""The words and values that producer, ledger and worker exchange."""

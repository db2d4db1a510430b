"""The enums and values that producer, ledger and worker exchange."""

"""The ledger: what must be done and what was done, who may write, and when."""

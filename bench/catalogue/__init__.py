"""What products and the ledger cost: enqueue, dispatch, claim, record, rename, start-up."""

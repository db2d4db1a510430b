"""The servers of the fault suite, and proxies that stand before them."""

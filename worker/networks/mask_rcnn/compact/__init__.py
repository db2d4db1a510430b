"""The compact person network: what differs from the released one."""

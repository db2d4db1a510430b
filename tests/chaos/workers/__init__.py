"""The worker processes of the fault suite: how they are started, watched and made to crash."""

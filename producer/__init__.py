"""Everything that fills the ledger: feeds, enqueue, dispatch and their commands.

Nothing here imports TensorFlow, OpenCV or NumPy, so a producer starts at once.
"""

"""Everything that fills the ledger: feeds, enqueue, dispatch and their commands.

Nothing here imports TensorFlow, Keras, OpenCV or Pillow, and what needs NumPy or pyarrow imports it
only when it runs, so that a producer's commands start at once.
"""

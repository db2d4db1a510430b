"""Everything that fills the ledger: feeds, enqueue, dispatch and their commands.

Nothing here imports TensorFlow, Keras, OpenCV or Pillow. NumPy and pyarrow are imported only by the
parts that need them, such as rename and Parquet feeds, so most commands start without them.
"""

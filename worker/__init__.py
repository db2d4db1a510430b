"""The side that turns pictures into crops and colours."""

import os

# Before anything imports TensorFlow, which leaves it off on processors without AVX512-VNNI: there
# the networks would take 1.3 to 1.4 times as long. Whoever has set it keeps what is set.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

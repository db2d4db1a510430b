"""Loading kept graphs needs neither Keras nor TensorFlow's Python."""

import subprocess
import sys

CODE = """
import sys
import worker.networks.graph_cache
import worker.networks.mask_rcnn.finder
import worker.analysis.networks
print(*sorted({"keras", "tensorflow"} & set(sys.modules)))
"""


def test_what_a_start_imports_brings_no_framework() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""

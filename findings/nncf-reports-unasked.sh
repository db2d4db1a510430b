#!/usr/bin/env bash
# NNCF reports each quantisation to its makers' web analytics, without a question first.
#
# Expected: openvino-telemetry, which pip installs with OpenVINO and NNCF, asks once at a terminal
#     and stays silent until somebody agrees; that is how OpenVINO's own tools use it, and its
#     consent file is missing here.
# What happens: NNCF opens it with enable_opt_in_dialog=False, and then a missing consent file counts
#     as consent. nncf.quantize() writes a client id under ~/intel and sends its events to
#     www.google-analytics.com, by a process of its own. Nothing is printed. Where the variable CI
#     is "true", or pytest is imported, nothing is sent, so tests do not notice.
# Versions: NNCF 3.4.0, openvino-telemetry 2025.2.0, OpenVINO 2026.4.1.
# Why it matters: who quantises a customer's networks on a host that may reach the internet tells
#     others about it, and leaves an identity behind, without knowing.
# What Colourway does: the package is kept from being imported by whatever imports OpenVINO or NNCF;
#     both then report nothing. A test holds it so.
#
# Nothing is sent from here either: every use of the network raises an error.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check \
  nncf==3.4.0 openvino==2026.4.1 openvino-telemetry==2025.2.0
mkdir "$work/home"
cd "$work/home"
cat > "$work/quantise.py" <<'PYTHON'
import sys
import time
from importlib.metadata import version


def refuse(event, arguments):
    if event == "socket.getaddrinfo":
        with open("asked", "a", encoding="utf-8") as asked:
            print(arguments[0], file=asked)
        raise OSError("no network here")


sys.addaudithook(refuse)  # holds in processes forked from this one, too

import nncf
import numpy as np
import openvino
from openvino import opset13 as ops

shown = ops.parameter([1, 3, 8, 8], np.float32)
kernels = ops.constant(np.ones((4, 3, 1, 1), np.float32))
convolved = ops.convolution(shown, kernels, [1, 1], [0, 0], [0, 0], [1, 1])
model = openvino.Model([convolved], [shown], "tiny")
nncf.quantize(model, nncf.Dataset([np.ones((1, 3, 8, 8), np.float32)] * 4), subset_size=4)
time.sleep(3)
print("NNCF", version("nncf"), "with openvino-telemetry", version("openvino-telemetry"))
PYTHON
env -u CI HOME="$work/home" "$work/venv/bin/python" "$work/quantise.py" 2>/dev/null | grep NNCF
echo "files left at home: $(cd "$work/home" && find . -type f ! -name asked | sort | tr '\n' ' ')"
echo "hosts asked for: $(sort -u "$work/home/asked" 2>/dev/null | tr '\n' ' ')"
if ! grep -qsx www.google-analytics.com "$work/home/asked" ||
  ! test -s "$work/home/intel/openvino_ga_cid"; then
  echo "CHANGED: nothing is reported without a question"
  exit 1
fi
echo "as described: reported without a question"

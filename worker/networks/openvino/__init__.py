"""Networks as models of OpenVINO, which runs them on processors."""

import sys

# OpenVINO and NNCF bring a package that reports their use to their makers, NNCF's without being
# asked to. Without it they report nothing, which both foresee.
sys.modules.setdefault("openvino_telemetry", None)  # pyright: ignore[reportArgumentType]

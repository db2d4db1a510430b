"""``make sbom``: its command, run on the producer's pins, lists each of them with its hashes."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support import ROOT


def test_it_lists_every_pin_with_its_hashes(tmp_path: Path) -> None:
    made = tmp_path / "producer.cdx.json"
    text = (ROOT / "Makefile").read_text("utf-8").replace("\\\n", " ")
    (line,) = re.findall(r"\$\(BIN\)/cyclonedx-py (.+?) \|\| exit 1", text)
    words = shlex.split(line.replace("$$pins", "producer").replace("dist/sbom", str(tmp_path)))
    program = Path(sys.executable).with_name("cyclonedx-py")
    subprocess.run([program, *words], check=True, cwd=ROOT, capture_output=True, timeout=120)
    listed: dict[str, Any] = json.loads(made.read_text("utf-8"))
    assert listed["bomFormat"] == "CycloneDX"
    assert listed["metadata"]["component"]["name"] == "colourway"
    pins = (ROOT / "requirements/producer.txt").read_text("utf-8")
    pinned = set(re.findall(r"^([a-z0-9.\-]+)(?:\[.*\])?==([^ ;]+)", pins, re.M))
    assert {(each["name"], each["version"]) for each in listed["components"]} == pinned
    for each in listed["components"]:
        sources = each["externalReferences"]
        assert any(source.get("hashes") for source in sources), each["name"]
        assert each["purl"].startswith(f"pkg:pypi/{each['name']}@")

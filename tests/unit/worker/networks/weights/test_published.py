"""Published weights: what is known of them, and where they are looked for."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from shared.errors import WeightsError
from shared.settings import get_settings
from worker.networks.weights.published import PUBLISHED, check, checked_file, find_published
from worker.networks.weights.web_url import parse_url, show_url


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_entry_is_complete(name: str):
    published = find_published(name)
    assert published.name == name
    assert published.url.startswith("https://")
    assert published.url.endswith(f"/{published.file}")
    assert published.size_bytes > 0
    assert published.licence
    assert published.source
    for digest, length in ((published.sha256, 64), (published.md5, 32)):
        assert digest is None or (len(digest) == length and set(digest) <= set("0123456789abcdef"))


def test_an_absent_file_names_the_command(tmp_path: Path):
    folder = get_settings(home=tmp_path).published_weights
    with pytest.raises(WeightsError, match="colourway weights fetch coco") as caught:
        checked_file("coco", folder)
    assert str(tmp_path / "weights" / "mask_rcnn_coco.h5") in str(caught.value)
    with pytest.raises(WeightsError, match="'pascal'; known: coco"):
        checked_file("pascal", folder)


def test_a_wrong_size_is_told_before_anything_is_read(tmp_path: Path):
    (tmp_path / "mask_rcnn_coco.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(WeightsError, match="8 bytes instead of 257,557,808"):
        check(find_published("coco"), tmp_path)


def test_looking_needs_neither_networks_nor_http():
    script = """import json, sys, worker.networks.weights.published
print(json.dumps(sorted(sys.modules)))"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert not {"keras", "numpy", "httpx2", "h5py"} & set(json.loads(done.stdout))


@pytest.mark.parametrize("text", ["", "file.h5", "ftp://a/b", "http://", "http://a:b:c/", "//a/b"])
def test_what_is_no_web_url_is_refused(text: str):
    with pytest.raises(WeightsError, match="--url must be"):
        parse_url(text)


def test_urls_are_shown_without_secrets():
    url = parse_url("https://me:s3cret@host:8443/a%20b.h5?signature=x#y")
    assert show_url(url) == "https://host:8443/a%20b.h5"

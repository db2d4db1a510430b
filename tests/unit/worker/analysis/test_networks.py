"""Which networks a weights folder has."""

import json
from pathlib import Path

from shared.settings import get_settings
from worker.analysis.networks import load_worn_piece, networks_of


def folder_with(folder: Path, *names: str) -> Path:
    facts = {"file": "none.npz", "sha256": "0" * 64}
    (folder / "manifest.json").write_text(json.dumps(dict.fromkeys(names, facts)))
    return folder


def test_the_network_for_pieces_need_not_be_there(tmp_path: Path) -> None:
    """Folders that were made before it go on working."""
    weights = folder_with(tmp_path, "mask_rcnn", "pix2pix")
    assert networks_of(weights) == ("mask_rcnn", "pix2pix")
    assert load_worn_piece(get_settings(weights=weights), "int8") is None


def test_others_are_not_ours(tmp_path: Path) -> None:
    weights = folder_with(tmp_path, "mask_rcnn", "other", "pix2pix", "worn_piece")
    assert networks_of(weights) == ("mask_rcnn", "pix2pix", "worn_piece")

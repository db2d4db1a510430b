"""What a decoder answers is believed in nothing; that none can be started is said."""

from pathlib import Path

import pytest

from shared.contracts.stages import Code
from shared.errors import SettingsError
from tests.support.decoder_pools import PNG, pool_of, refusal
from worker.stages.decoder.pool import DecoderPool


def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *lines: str) -> DecoderPool:
    """A pool whose processes do what these lines of shell say."""
    program = tmp_path / "decoder"
    program.write_text("\n".join(("#!/bin/sh", *lines)))
    program.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(program))
    return pool_of(fetch_threads=1, decode_timeout_s=20.0)


READY = """echo '{"kind": "ready", "lacks": []}'; read request"""
LIES = {
    "no JSON": "echo decoded",
    "more pixels than allowed": """echo '{"kind": "decoded", "size_hw": [100000, 100000],
        "has_alpha": false, "photo_hw": null, "used_s": 0}' | tr -d '\\n'; echo""",
    "no pixels": """echo '{"kind": "decoded", "size_hw": [-1, -1], "has_alpha": false,
        "photo_hw": null, "used_s": 0}' | tr -d '\\n'; echo""",
    "a part that is larger": """echo '{"kind": "decoded", "size_hw": [9, 9], "has_alpha": false,
        "photo_hw": [3, 3], "used_s": 0}' | tr -d '\\n'; echo""",
    "a code of other stages": """echo '{"kind": "refused", "code": "ok", "message": "",
        "used_s": 0}' | tr -d '\\n'; echo""",
    "a line without end": "yes | tr -d '\\n'",
    "ready once more": READY,
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_decoder_is_believed_in_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lie: str
) -> None:
    error = refusal(stand_in(tmp_path, monkeypatch, READY, lie, "sleep 60"), PNG)
    assert error.code is Code.DECODER_DIED
    assert "makes no sense" in error.message
    assert not error.retry


def test_where_none_can_be_started_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = stand_in(tmp_path, monkeypatch, "echo 'no module named cv2' >&2; exit 1")
    with pytest.raises(SettingsError, match=r"no module named cv2; COLOURWAY_DECODER=inline"):
        pool.require()
    error = refusal(pool, PNG)
    assert (error.code, error.retry) == (Code.DECODER_UNAVAILABLE, True)

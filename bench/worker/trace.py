"""A picture's trace, from the feed to the ledger, drawn from a real run.

usage: python -m bench.worker.trace [PICTURE]

Runs six drawn figures through `colourway run`, whose spans a receiver of OpenTelemetry's protocol
gets, prints the trace of the last, and draws it: docs/images/trace.svg unless another is named.
"""

import os
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path
from typing import Final

from tests.support.otlp_receiver import OtlpReceiver, ReceivedSpan
from tests.support.picture_server import PictureServer
from tests.support.pictures import encode
from worker.lookbook.look import render

PICTURE: Final = Path("docs/images/trace.svg")
SEEDS: Final = (0, 1, 2, 3, 4, 5)
WIDTH: Final = 900
LEFT: Final = 130
RIGHT: Final = 90
ROW: Final = 26
COLOURS: Final = {"enqueue": "#6b7a8f", "picture": "#c0cad8", "record": "#5a8f6b"}
NETWORKS: Final = ("mask", "segment")


def main(path: Path) -> None:
    """Run, print and draw."""
    spans = traced_run()
    enqueue = next(span for span in spans if span.name == "enqueue")
    last = max((span for span in spans if span.name == "picture"), key=lambda one: one.ended_ns)
    parts = [span for span in spans if span.parent_id == last.span_id]
    trace = [enqueue, last, *sorted(parts, key=lambda span: span.began_ns)]
    for span in trace:
        print(f"{span.name:10} {_ms(span.began_ns, trace):8.1f} ms + {_took_ms(span):7.1f} ms")
    if path.parent.is_dir():
        path.write_text(drawn(trace), encoding="utf-8")


def traced_run() -> list[ReceivedSpan]:
    """Return the spans of a run; before its first picture the networks load."""
    with tempfile.TemporaryDirectory() as name, OtlpReceiver() as receiver:
        folder = Path(name)
        for seed in SEEDS:
            pixels = render(seed, "figure", scene="studio").pixels
            (folder / f"{seed}.jpg").write_bytes(encode(pixels, "JPEG", quality=92))
        with PictureServer(folder) as server:
            rows = [f"A-{seed},{server.url(f'/pictures/{seed}.jpg')}" for seed in SEEDS]
            (folder / "feed.csv").write_text("\n".join(["sku,image_url", *rows]))
            command = "from colourway.cli import main; main()"
            subprocess.run(
                [sys.executable, "-c", command, "run", str(folder / "feed.csv"), "--quiet"],
                env=os.environ
                | receiver.environment
                | {"COLOURWAY_HOME": name, "COLOURWAY_ALLOWED_NETWORKS": "127.0.0.0/8"},
                check=True,
                stdout=subprocess.DEVNULL,
            )
        return list(receiver.spans)


def drawn(trace: list[ReceivedSpan]) -> str:
    """Return a picture of spans: one a row, over time; the wait for the networks is cut out."""
    height = ROW * (len(trace) + 1)
    enqueue, picture, *_ = trace
    head_ms = _took_ms(enqueue)
    gap_ms = _ms(picture.began_ns, trace) - head_ms
    scale = (WIDTH - LEFT - RIGHT) / (head_ms + 0.04 * _took_ms(picture) + _took_ms(picture))
    jump = 0.04 * _took_ms(picture)
    lines: list[str] = []
    for row, span in enumerate(trace):
        at_ms = _ms(span.began_ns, trace)
        x = LEFT + scale * (at_ms if span is enqueue else at_ms - gap_ms + jump)
        y, width = ROW * row + 8, max(2.0, scale * _took_ms(span))
        colour = COLOURS.get(span.name, "#b5563c" if span.name in NETWORKS else "#4a6fa5")
        indent = 0 if row == 0 else 10 if row == 1 else 20
        lines += [
            f'<text x="{8 + indent}" y="{y + 13}">{escape(span.name)}</text>',
            f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="17" fill="{colour}"/>',
            f'<text x="{x + width + 5:.1f}" y="{y + 13}">{_took_ms(span):,.1f} ms</text>',
        ]
    note = f"between enqueue and picture: {gap_ms / 1000:,.1f} s, in which the networks load"
    lines.append(f'<text x="{LEFT}" y="{height - 8}" fill="#777">{note}</text>')
    title = "<title>A trace of one picture, from the enqueue to the record</title>"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'font-family="sans-serif" font-size="12">\n'
        f'{title}\n<rect width="{WIDTH}" height="{height}" fill="white"/>\n'
        + "\n".join(lines)
        + "\n</svg>\n"
    )


def _ms(moment_ns: int, trace: list[ReceivedSpan]) -> float:
    return (moment_ns - trace[0].began_ns) / 1e6


def _took_ms(span: ReceivedSpan) -> float:
    return (span.ended_ns - span.began_ns) / 1e6


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE)

"""Run the benchmarks, each in a process of its own so that none warms up or fattens the next.

usage: python -m bench [NAME ...]     (no name: all of them)
"""

import ast
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).parent


def titles() -> dict[str, str]:
    """Name → first docstring line of every benchmark; files named `_…` only support others."""
    files = sorted(path for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))
    return {path.stem: _title(path) for path in files}


def _title(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or path.stem
    return docstring.partition("\n")[0]


def main(names: list[str]) -> int:
    """Run the named benchmarks in alphabetical order; 1 when one failed, 2 for an unknown name."""
    known = titles()
    if unknown := sorted(set(names) - set(known)):
        print(f"No benchmark is called {', '.join(unknown)}. There are: {', '.join(known)}.")
        return 2
    failed: list[str] = []
    for name in [name for name in known if not names or name in names]:
        print(f"\n=== {name}: {known[name]}", flush=True)
        started = time.monotonic()
        done = subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False)
        print(f"--- {name}: {time.monotonic() - started:.0f} s", flush=True)
        if done.returncode:
            failed.append(name)
    if failed:
        print(f"\nFailed: {', '.join(failed)}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

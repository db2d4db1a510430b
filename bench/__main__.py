"""Run the benchmarks, each in a process of its own so that none warms up or fattens the next.

usage: python -m bench [NAME ...]            (no name: all of them; a folder's name: all in it)
       python -m bench NAME -- WORD ...      (words for that one, such as --photos 10)
"""

import ast
import os
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).parent
GROUPS = ("catalogue", "naming", "pictures", "uploads", "web", "worker")


def benchmarks() -> dict[str, Path]:
    """Name → file of every benchmark, in alphabetical order."""
    files = [path for group in GROUPS for path in (FOLDER / group).glob("*.py")]
    return {
        path.stem: path
        for path in sorted(files, key=lambda path: path.stem)
        if path.stem != "__init__"
    }


def _title(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or path.stem
    return docstring.partition("\n")[0]


def main(names: list[str], words: list[str]) -> int:
    """Run the named benchmarks in alphabetical order; 1 when one failed, 2 for wrong usage.

    ``words`` are handed on to the one that is named.
    """
    known = benchmarks()
    folders = {name: path.parent.name for name, path in known.items()}
    names = [
        each
        for name in names
        for each in ([one for one in known if folders[one] == name] or [name])
    ]
    if words and len(names) != 1:
        print(f"Name the one benchmark that {' '.join(words)} is for.")
        return 2
    if unknown := sorted(set(names) - set(known)):
        print(f"No benchmark is called {', '.join(unknown)}. There are: {', '.join(known)}.")
        return 2
    # Of TensorFlow's log lines its errors, and four that it writes before it has read this.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    failed: list[str] = []
    for name in [name for name in known if not names or name in names]:
        path = known[name]
        print(f"\n=== {name}: {_title(path)}", flush=True)
        started = time.monotonic()
        module = f"bench.{path.parent.name}.{name}"
        done = subprocess.run([sys.executable, "-m", module, *words], check=False)
        print(f"--- {name}: {time.monotonic() - started:.0f} s", flush=True)
        if done.returncode:
            failed.append(name)
    if failed:
        print(f"\nFailed: {', '.join(failed)}.")
    return 1 if failed else 0


if __name__ == "__main__":
    given = sys.argv[1:]
    split = given.index("--") if "--" in given else len(given)
    sys.exit(main(given[:split], given[split + 1 :]))

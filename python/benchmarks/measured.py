"""What every benchmark does: a repository made by the program, and times of calls."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PROGRAM = os.environ.get("DV_PROGRAM") or str(Path(__file__).resolve().parents[2] / "bin" / "dv")


def repository(folder: Path) -> None:
    """All that is in a folder becomes a version."""
    environment = {**os.environ, "HOME": str(folder.parent), "NO_COLOR": "1"}
    name, email = (["config", "set", f"user.{what}", f"ada@{what}.example"] for what in ("name", "email"))
    for words in (["init"], name, email, ["commit", "--quiet", "-m", "all"]):
        subprocess.run([PROGRAM, *words], cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)


def seconds(work: Callable[[], Any], times: int = 3) -> float:
    """Of the fastest of several."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)

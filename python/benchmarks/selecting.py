"""`where` and `files` of the default branch of a repository, each in a process of its own.

python selecting.py REPOSITORY [EXPRESSION]
"""

import resource
import subprocess
import sys
import time

import dvdata as dv

EXPRESSION = "line = 'AICS-23' AND size < 1e6"


def ask(url: str, expression: str) -> None:
    """'' stands for a DataFrame of everything."""
    start = time.perf_counter()
    package = dv.open(url).head
    found = len(package.where(expression)) if expression else len(package.files)
    taken = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    processor = time.process_time()
    what = expression or "all, as a DataFrame"
    print(f"{found:,} of {what}: {taken:.2f} s, {processor:.2f} s of CPU, at most {peak:.0f} MB")


if __name__ == "__main__":
    if len(sys.argv) == 4:
        ask(sys.argv[1], sys.argv[3])
    else:
        for expression in (sys.argv[2] if len(sys.argv) > 2 else EXPRESSION, ""):
            subprocess.run([sys.executable, __file__, sys.argv[1], "ask", expression], check=True)

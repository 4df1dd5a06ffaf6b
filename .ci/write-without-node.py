"""What a notebook does on a machine without Node: dv-data[cli] is installed, and a commit is written and read."""

import shutil
import sys
from pathlib import Path

import pandas as pd

import dvdata as dv
from dvdata import program

assert shutil.which("node") is None, "there is a node on PATH: this shows nothing"
data = Path(sys.argv[1])
data.mkdir()
(data / "notes.txt").write_text("first")
program.run("init", cwd=data)
program.run("config", "--global", "user.name", "CI")
program.run("config", "--global", "user.email", "ci@example.org")
program.run("commit", "-m", "First", cwd=data)

repo = dv.open(data)
frame = pd.DataFrame({"cell": [1, 2, 3], "line": ["AICS-23", "AICS-12", "AICS-7"]})
with repo.branch("tables").transaction("A table", create=True) as tx:
    tx["cells.parquet"] = frame
pd.testing.assert_frame_equal(repo["tables"]["cells.parquet"](), frame, check_dtype=False)
(rows,) = program.run("query", "--at", "tables", "SELECT count(*) AS n FROM 'cells.parquet'", cwd=data).documents
assert rows["n"] == 3, rows
assert program.run("fsck", "--deep", cwd=data).status == 0
print(f"a commit without Node: {tx.commit}")

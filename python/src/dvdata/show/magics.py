"""`%dv` in IPython: the program's verbs where the notebook is, their results as objects.

    %load_ext dv
    %dv status
    %dv log -n 5
    %dv diff main~1 main -- cells.csv
    rows = %dv query "SELECT line, count(*) FROM files GROUP BY line"

`status`, `log`, `diff`, `profile` and `check` give reports, `query` a DataFrame, all other verbs print
what the program prints. `%%dv query` takes the SQL from the lines below.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import TYPE_CHECKING, Any, cast

from dvdata import program
from dvdata.errors import Failed
from dvdata.optional import needed
from dvdata.reports import REPORTS, report

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

HELP = (
    'usage: %dv VERB [WORDS]; for example %dv status, %dv log -n 5, %dv query "SELECT * FROM files", %dv help'
)

COLOURS = ("FORCE_COLOR", "CLICOLOR_FORCE", "CLICOLOR")


def load(shell: InteractiveShell) -> None:
    """What `%load_ext dv` calls."""
    shell.register_magic_function(cast("Any", dv), "line_cell", "dv")


def dv(line: str, cell: str | None = None) -> Any:
    """Runs one line of the program."""
    words = shlex.split(line)
    if cell is not None:
        words.append(cell.strip())
    if not words:
        print(HELP)
        return None
    verb, *rest = words
    if verb in REPORTS and not {"--help", "-h"} & set(rest):
        return report(verb, *rest)
    if verb == "query" and not {"--help", "-h", "-o", "--output", "--format"} & set(rest):
        return _frame(rest)
    _print(words)
    return None


def _frame(words: list[str]) -> Any:
    pandas = needed("pandas", "pandas")
    return pandas.DataFrame(program.run("query", *words).documents)


def _print(words: list[str]) -> None:
    """All that the program prints, as in a terminal; it asks nothing, since nobody can answer.

    What it fails with is raised, so that the cells below do not run as if it had not.
    """
    # IPython asks programs for colours, which would stand in the way of reading what failed.
    plain = {name: value for name, value in os.environ.items() if name not in COLOURS} | {"NO_COLOR": "1"}
    done = subprocess.run(
        [*program.command(), *words], env=plain, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    said, at, failure = done.stderr.partition("error: ")
    print(done.stdout + said, end="")
    if at and done.returncode != 0:
        message, _, hint = failure.partition("\nhint: ")
        raise Failed(message.strip(), hint=hint.strip() or None, details={"status": done.returncode})

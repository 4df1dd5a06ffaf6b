"""What the program says of versions, as objects that notebooks show: status, log, differences, profiles,
checks.

A report keeps the records as the program printed them (spec/12-json.md), in their order; fields and record
types that a newer program adds are kept and not shown. In a notebook it is tables and little bars;
printed, it is a line.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from dvdata import program

Record = dict[str, Any]


@dataclass(frozen=True)
class Report:
    """What one command printed."""

    records: tuple[Record, ...]
    status: int = 0
    """The exit status of the command."""

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

    def of_type(self, *types: str) -> list[Record]:
        """The records of these types."""
        return [record for record in self.records if record.get("type") in types]

    def _repr_html_(self) -> str:
        from dvdata.show.reports import report_html

        return report_html(self)


class Status(Report):
    """What is not committed in a working directory."""

    GROUPS: ClassVar[tuple[str, ...]] = ("conflicts", "added", "modified", "renamed", "deleted")

    @property
    def clean(self) -> bool:
        return all(bool(record.get("clean")) for record in self.records)

    def __repr__(self) -> str:
        if self.clean:
            return "<status: nothing to commit>"
        groups = self.records[0]["groups"]
        told = ", ".join(f"{groups[name]['count']:,} {name}" for name in self.GROUPS if groups[name]["count"])
        return f"<status: {told}>"


class Log(Report):
    """Commits, newest first."""

    def __repr__(self) -> str:
        return f"<log: {len(self.records):,} commits>"


class Differences(Report):
    """What differs between two versions: files, rows of a table, metadata."""

    def __bool__(self) -> bool:
        return bool(self.of_type("change"))

    def __repr__(self) -> str:
        sums = next(iter(self.of_type("summary")), {})
        told = ", ".join(
            f"{sums[name]:,} {name}" for name in ("added", "modified", "deleted", "renamed") if sums.get(name)
        )
        return f"<differences: {told or 'none'}>"


class Profile(Report):
    """What files and tables are like."""

    def __repr__(self) -> str:
        return f"<profile: {len(self.of_type('table')):,} tables, {len(self.of_type('folder')):,} folders>"


class Checks(Report):
    """Whether rules hold, and where not."""

    @property
    def passed(self) -> bool:
        return all(record.get("outcome") != "failed" for record in self.of_type("summary"))

    @property
    def failures(self) -> list[Record]:
        """The rules that do not hold or could not be looked at."""
        return [record for record in self.of_type("rule") if record.get("outcome") in ("failed", "error")]

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        sums = next(iter(self.of_type("summary")), {})
        counts = ", ".join(
            f"{sums[name]:,} {name}" for name in ("passed", "failed", "errors", "skipped") if sums.get(name)
        )
        return f"<checks {'passed' if self.passed else 'failed'}: {counts or 'no rules'}>"


REPORTS: dict[str, type[Report]] = {
    "status": Status,
    "log": Log,
    "diff": Differences,
    "profile": Profile,
    "check": Checks,
}


def report(verb: str, *words: str, cwd: str | os.PathLike[str] | None = None) -> Report:
    """Runs `dv VERB WORDS` and keeps what it printed: 'status', 'log', 'diff', 'profile' or 'check'.

    Raises what the program fails with, by its code; a check that fails is no failure of the program.
    """
    answer = program.run(verb, *words, cwd=cwd)
    return REPORTS[verb](tuple(answer.documents), answer.status)

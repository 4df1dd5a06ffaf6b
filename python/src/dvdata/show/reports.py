"""Reports of the program as tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from dvdata.reports import Checks, Differences, Log, Profile, Record, Report, Status
from dvdata.show.html import Html, size, sparkline, table, tag, text
from dvdata.show.html import shown as whole

# Rows of one table: a notebook is not where thousands are read.
MOST = 20
SHORT = 24
MARKS = {"added": "+", "deleted": "−", "removed": "−", "modified": "~", "changed": "~", "renamed": "→"}
CLASSES = {"added": "good", "deleted": "bad", "removed": "bad", "conflicts": "bad"}


def report_html(report: Report) -> str:
    """One report, whole."""
    parts: dict[type[Report], Callable[[Any], list[Html]]] = {
        Status: _status,
        Log: _log,
        Differences: _differences,
        Profile: _profile,
        Checks: _checks,
    }
    return whole(*parts[type(report)](report))


def mark(status: str) -> Html:
    return tag("span", MARKS.get(status, status), of=CLASSES.get(status, "changed"))


def moment(time: int, zone: int = 0) -> str:
    """Milliseconds since 1970 in the zone of who wrote it, minutes east of UTC."""
    return f"{datetime.fromtimestamp(time / 1000, timezone(timedelta(minutes=zone))):%Y-%m-%d %H:%M}"


def _status(report: Status) -> list[Html]:
    parts = []
    for record in report:
        commit = record.get("commit")
        at = Html(f" at {tag('span', commit['short'], of='id')}") if commit else ""
        parts.append(tag("div", "on ", tag("b", record.get("branch", "no branch")), at))
        if record.get("clean"):
            parts.append(tag("div", "nothing to commit", of="faint"))
        items = [(group, item) for group in Status.GROUPS for item in record["groups"][group]["items"]]
        rows = [
            (mark(group), item["path"], size(item["bytes"]) if "bytes" in item else "")
            for group, item in items
        ]
        if rows:
            parts.append(table((), rows[:MOST], left_out=len(rows) - MOST))
    return parts


def _log(report: Log) -> list[Html]:
    rows = []
    for record in report.records[:MOST]:
        names = " ".join(ref["name"] for ref in record.get("refs", []) if ref["kind"] != "head")
        author = record["author"]
        first = record["message"].split("\n", 1)[0]
        said = Html(f"{text(first)} {tag('b', names)}") if names else text(first)
        rows.append(
            (
                tag("span", record["short"], of="id"),
                moment(author["time"], author["zone"]),
                author["name"],
                said,
            )
        )
    return [table(("commit", "when", "who", "what"), rows, left_out=len(report) - MOST)]


def _differences(report: Differences) -> list[Html]:
    ends = next(iter(report.of_type("diff")), None)
    parts = []
    if ends:
        parts.append(tag("div", tag("b", ends["from"]["name"]), " → ", tag("b", ends["to"]["name"])))
    changes = report.of_type("change")
    rows = [(mark(one["status"]), _path_of(one), _sizes_of(one)) for one in changes[:MOST]]
    parts.append(
        table((), rows, left_out=len(changes) - MOST) if rows else tag("div", "no differences", of="faint")
    )
    parts.extend(_rows_of_tables(report))
    return parts


def _path_of(change: Record) -> str:
    return f"{change['from']} → {change['path']}" if "from" in change else str(change["path"])


def _sizes_of(change: Record) -> Html:
    sizes = [size(change[end]) for end in ("before", "after") if end in change]
    return tag("span", " → ".join(dict.fromkeys(sizes)), of="faint")


def _rows_of_tables(report: Differences) -> list[Html]:
    """Of tables whose rows were compared: one line a row, cells that changed as before → after."""
    parts: list[Html] = []
    lines: list[list[object]] = []
    columns: list[str] = []
    count = 0
    for record in report:
        kind = record.get("type")
        if kind == "table":
            columns, lines, count = [column["name"] for column in record["columns"]], [], 0
            by = f" by {', '.join(record['key'])}" if record.get("key") else ""
            parts.append(tag("div", tag("b", record["path"]), f", rows{by}"))
        elif kind == "row":
            count += 1
            if count <= MOST:
                lines.append([mark(record["change"]), *_cells_of(record, columns)])
        elif kind == "rows":
            if lines:
                parts.append(table(("", *columns), lines, left_out=count - MOST))
            told = (f"{record[name]:,} {name}" for name in ("added", "removed", "changed", "unchanged"))
            parts.append(tag("div", ", ".join(told), of="faint"))
    return parts


def _cells_of(row: Record, columns: list[str]) -> list[object]:
    values: dict[str, Any] = {**row.get("key", {}), **row.get("values", {})}
    changed = {cell["column"]: cell for cell in row.get("cells", [])}
    return [
        tag(
            "span",
            f"{_cell(changed[name].get('before'))} → {_cell(changed[name].get('after'))}",
            of="changed",
        )
        if name in changed
        else _cell(values.get(name))
        for name in columns
    ]


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _profile(report: Profile) -> list[Html]:
    parts = []
    folders = report.of_type("folder")
    if folders:
        rows = [
            (one["path"] or "(all)", one["files"], size(one["bytes"]), _formats_of(one))
            for one in folders[:MOST]
        ]
        parts.append(table(("folder", "files", "size", "formats"), rows, left_out=len(folders) - MOST))
    for one in report.of_type("table"):
        parts.append(tag("div", tag("b", one["path"]), f", {one['rows']:,} rows, {size(one['bytes'])}"))
        columns = one["columns"]
        head = ("column", "type", "missing", "distinct", "", "min", "median", "max", "most frequent")
        parts.append(
            table(head, [_column(column) for column in columns[:MOST]], left_out=len(columns) - MOST)
        )
    return parts


def _formats_of(folder: Record) -> str:
    return ", ".join(
        f"{one['files']:,} {one['extension'] or 'without'}" for one in folder.get("formats", [])[:5]
    )


def _column(column: Record) -> list[object]:
    quantiles = {one["p"]: one["value"] for one in column.get("quantiles", [])}
    distinct = column.get("distinct", {})
    about = "" if distinct.get("exact", True) else "≈ "
    bars = column.get("histogram", {}).get("counts", [])
    top = ", ".join(
        f"{_short(one['value'])} ({one['count']:,})" for one in column.get("top", [])[:3] if one["count"] > 1
    )
    return [
        tag("b", column["name"]),
        column["type"],
        column["missing"],
        f"{about}{distinct['count']:,}" if "count" in distinct else "",
        sparkline(bars),
        _short(column.get("min", "")),
        _short(quantiles.get(0.5, "")),
        _short(column.get("max", "")),
        tag("span", top, of="faint"),
    ]


def _short(value: Any) -> Any:
    """Numbers as they are; of long texts the beginning."""
    if isinstance(value, (int, float)):
        return value
    return value if len(str(value)) <= SHORT else f"{str(value)[:SHORT]}…"


def _checks(report: Checks) -> list[Html]:
    parts = [tag("div", tag("b", repr(report)[1:-1], of="good" if report.passed else "bad"))]
    rules = [one for one in report.of_type("rule") if one["outcome"] != "passed"]
    rows = []
    for one in rules[:MOST]:
        told = one.get("message") or one.get("error", {}).get("message", "")
        outcome = tag("span", one["outcome"], of="bad" if one["outcome"] in ("failed", "error") else "faint")
        rows.append((outcome, one.get("path", one["name"]), one["rule"], told, _places_of(one)))
    if rows:
        parts.append(table(("", "file", "rule", "what", "where"), rows, left_out=len(rules) - MOST))
    return parts


def _places_of(rule: Record) -> str:
    """The first findings: path, row, value."""
    places = []
    for one in rule.get("findings", [])[:3]:
        row = f"row {one['row']:,}" if "row" in one else ""
        value = f"'{one['value']}'" if "value" in one else ""
        places.append(" ".join(part for part in (one.get("path", ""), row, value) if part))
    return "; ".join(place for place in places if place)

"""Imports go only downwards: each part of the package names only parts below it."""

import ast
from pathlib import Path

import dvdata

# From the bottom up; parts of one level do not import each other unless `ALLOWED` says why.
LEVELS: list[set[str]] = [
    {"errors"},
    {"codes", "format"},
    {"storage", "readings"},
    {"store"},
    {"expression"},
    {"optional", "shown", "frames"},
    {"selection"},
    {"loaders", "progress", "tree", "places"},
    {"version", "checkout", "verified", "files"},
    {"entry"},
    {"package"},
    {"history", "diff"},
    {"repository"},
    {"listing"},
    {"program", "writers", "lines", "lockfile"},
    {"reports"},
    {"fs", "apply", "pins"},
    {"transaction", "verification"},
    {"show"},
]
# Arrows that point upwards and their reasons: imports inside of functions, made when used.
ALLOWED: dict[tuple[str, str], str] = {
    ("repository", "transaction"): "a branch of a repository begins transactions",
    **{
        (part, "show"): "notebooks ask objects for their HTML, which is loaded only then"
        for part in ("diff", "entry", "history", "package", "reports", "repository")
    },
}

ROOT = Path(dvdata.__file__).parent


def level_of(part: str) -> int | None:
    return next((level for level, parts in enumerate(LEVELS) if part in parts), None)


def imported_parts(file: Path) -> set[str]:
    """Which parts of dvdata a file imports, wherever in it."""
    parts: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            modules = [node.module or ""]
            if node.module == "dvdata":
                modules = [f"dvdata.{alias.name}" for alias in node.names]
        else:
            continue
        parts.update(module.split(".")[1] for module in modules if module.startswith("dvdata."))
    return parts


def files() -> list[tuple[str, Path]]:
    """All files but the package's own door, each with the part it belongs to."""
    found = []
    for file in sorted(ROOT.rglob("*.py")):
        inside = file.relative_to(ROOT)
        part = inside.parts[0] if len(inside.parts) > 1 else inside.stem
        if part != "__init__":
            found.append((part, file))
    return found


def test_every_part_has_a_level() -> None:
    assert {part for part, _ in files() if level_of(part) is None} == set()


def test_imports_go_only_downwards() -> None:
    wrong = []
    for part, file in files():
        for other in imported_parts(file) - {part}:
            here, there = level_of(part), level_of(other)
            if (part, other) not in ALLOWED and not (here is not None and there is not None and there < here):
                wrong.append(f"{file.relative_to(ROOT)} imports {other}")
    assert wrong == []

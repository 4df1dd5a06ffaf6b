"""Puts the program into its wheel: the npm package as npm installs it, packages for one platform beside it.

DV_PROGRAM_PLATFORM builds for another platform than this one: 'darwin-arm64', for example.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CHECKOUT = Path(__file__).resolve().parents[2]
# What of npm's platforms is called how in the name of a wheel. DuckDB's binaries set the oldest system.
TAGS = {
    "linux-x64": "manylinux_2_28_x86_64",
    "linux-arm64": "manylinux_2_28_aarch64",
    "darwin-x64": "macosx_11_0_x86_64",
    "darwin-arm64": "macosx_11_0_arm64",
    "win32-x64": "win_amd64",
}
# Types, sources and notes of packages, and what the bundle was made from: nothing that runs. Licences stay.
NOT_RUN = ("*.d.ts", "*.d.mts", "*.d.cts", "*.map", "*.md", "*.ts", "*.compiled")


class ProgramHook(BuildHookInterface):  # type: ignore[type-arg]
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        target = os.environ.get("DV_PROGRAM_PLATFORM") or this_platform()
        if target not in TAGS:
            raise SystemExit(f"No wheel of dv is made for '{target}', only for {', '.join(TAGS)}")
        told = json.loads((CHECKOUT / "package.json").read_text())["version"]
        if told != self.metadata.version:
            raise SystemExit(f"package.json says {told}, pyproject.toml {self.metadata.version}")
        self.folder = tempfile.TemporaryDirectory()
        modules = install(Path(self.folder.name), target)
        build_data["force_include"][str(modules)] = "dv_data_program/node_modules"
        build_data["tag"] = f"py3-none-{TAGS[target]}"
        build_data["pure_python"] = False

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()


def install(folder: Path, target: str) -> Path:
    """npm pack of the checkout, npm install of that, and what does not run taken away."""
    npm = "npm.cmd" if os.name == "nt" else "npm"
    run(npm, "pack", "--silent", "--pack-destination", str(folder), cwd=CHECKOUT)
    (packed,) = folder.glob("*.tgz")
    system, cpu = target.split("-")
    run(
        *(npm, "install", "--silent", "--omit=dev", "--no-audit", "--no-fund", "--ignore-scripts"),
        *(f"--os={system}", f"--cpu={cpu}", "--libc=glibc", str(packed)),
        cwd=folder,
    )
    modules = folder / "node_modules"
    program = modules / "dv-data"
    for pattern in NOT_RUN:
        for file in modules.rglob(pattern):
            if file.is_file():
                file.unlink()
    for name in ("build/src", "spec"):
        remove(program / name)
    for name in (".bin", ".package-lock.json"):
        remove(modules / name)
    return modules


def remove(path: Path) -> None:
    if path.is_dir():
        for child in path.iterdir():
            remove(child)
        path.rmdir()
    elif path.is_symlink() or path.exists():
        path.unlink()


def run(*words: str, cwd: Path) -> None:
    # npm asks for a folder with a package of its own, else it installs above.
    if words[1] == "install":
        (cwd / "package.json").write_text("{}")
    subprocess.run(words, cwd=cwd, check=True, stdout=sys.stderr)


def this_platform() -> str:
    machine = platform.machine().lower()
    cpu = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}.get(machine, machine)
    return f"{sys.platform}-{cpu}"

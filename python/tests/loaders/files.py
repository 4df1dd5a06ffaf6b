"""Plain files and folders as loaders are given them, counting what is read."""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

VEGA = next(
    (
        folder / "node_modules/vega-datasets-2/data"
        for folder in Path(__file__).resolve().parents
        if (folder / "node_modules/vega-datasets-2").exists()
    ),
    None,
)


class Counted(io.RawIOBase):
    def __init__(self, data: bytes, file: "File") -> None:
        self.__inner = io.BytesIO(data)
        self.__file = file

    def readinto(self, buffer: Any) -> int:
        # A raw file may give less than it was asked for.
        length = self.__inner.readinto(memoryview(buffer)[: 1 << 16])
        self.__file.bytes_read += length
        return length

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.__inner.seek(offset, whence)

    def tell(self) -> int:
        return self.__inner.tell()


class File:
    def __init__(self, path: Path, name: str | None = None) -> None:
        self.__path = path
        self.name = name or path.name
        self.bytes_read = 0

    def open(self) -> io.RawIOBase:
        return Counted(self.__path.read_bytes(), self)

    def read(self) -> bytes:
        with self.open() as file:
            return file.readall()

    def path(self) -> str:
        return str(self.__path)


class Folder(Mapping[str, Any]):
    def __init__(self, path: Path) -> None:
        self.__path = path
        self.name = path.name

    def __getitem__(self, key: str) -> Any:
        at = self.__path / key
        if not at.exists():
            raise KeyError(key)
        return Folder(at) if at.is_dir() else File(at)

    def __iter__(self) -> Iterator[str]:
        return (str(at.relative_to(self.__path)) for at in sorted(self.__path.rglob("*")) if at.is_file())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def names(self) -> list[str]:
        return [at.name + "/" * at.is_dir() for at in sorted(self.__path.iterdir())]


def written(folder: Path, name: str, content: bytes | str) -> File:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return File(path)

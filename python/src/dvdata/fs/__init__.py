"""`dv://` for whatever reads through fsspec: files of a version by their addresses (spec/32-urls-in-
python.md).
"""

from dvdata.fs.filesystem import DvFileSystem

__all__ = ["DvFileSystem"]

"""Bytes by name, over any fsspec URL; and what was read once, kept on disk by content."""

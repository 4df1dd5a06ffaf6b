"""Which entries of a tree an expression means, and tables of entries: of millions, without an Entry for each.

With numpy by columns; without it one entry after the other, which is slower and says the same.
"""

from dvdata.selection.effective import effective_entries
from dvdata.selection.select import select

__all__ = ["effective_entries", "select"]

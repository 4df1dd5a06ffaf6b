"""Files in their native form: what calling an entry gives. One file for each family of forms.

Knows names, bytes and nothing of stores: what is loaded is a `Source`, or a folder as a mapping of them.
Nothing here runs what a file says: no pickles, no formulas, no files that another file names.
"""

from dvdata.loaders.registry import load, load_folder, load_text, register
from dvdata.loaders.source import Folder, Source

__all__ = ["Folder", "Source", "load", "load_folder", "load_text", "register"]

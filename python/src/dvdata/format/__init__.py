"""Bytes of the format to plain data and back, as spec/ says: no input or output here."""

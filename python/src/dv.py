"""The name that `%load_ext dv` looks for; everything is in dvdata."""

from typing import Any


def load_ipython_extension(shell: Any) -> None:
    """Brings `%dv` and `%%dv` into the notebook."""
    from dvdata.show.magics import load

    load(shell)

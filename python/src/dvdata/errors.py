"""Failures, by the codes of spec/errors.md."""

from typing import Any


class DvError(Exception):
    """A failure: `code` stays the same, `message` says what is and what was wanted, `hint` what to do next."""

    def __init__(
        self, code: str, message: str, hint: str | None = None, details: dict[str, Any] | None = None
    ):
        super().__init__(code, message, hint, details)
        self.code = code
        self.message = message
        self.hint = hint
        self.details: dict[str, Any] = details or {}

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}\nhint: {self.hint}"

"""The one family of errors: each says where, what was received, what was expected, what to do."""

from __future__ import annotations

__all__ = ["BundleError", "CellmarkError", "CheckFailed", "RowError"]


class CellmarkError(Exception):
    """Something a user can mend. Its text is complete without a traceback.

    `where` is a place the user knows (a cell and line, a file, a field), `received` what stood
    there, `expected` what should have, `fix` one thing to do next. Empty parts are left out.
    """

    exit_code = 2

    def __init__(self, where: str, received: str, expected: str = "", fix: str = "") -> None:
        self.where = where
        self.received = received
        self.expected = expected
        self.fix = fix
        super().__init__(str(self))

    def __str__(self) -> str:
        expected = f"; expected {self.expected}" if self.expected else ""
        fix = f" {self.fix}" if self.fix else ""
        return f"{self.where}: {self.received}{expected}.{fix}"

    def __reduce__(self) -> tuple[type[CellmarkError], tuple[str, str, str, str]]:
        return type(self), (self.where, self.received, self.expected, self.fix)


class BundleError(CellmarkError):
    """A bundle that may not be used: a file missing, added or changed, or of an unsafe kind."""


class CheckFailed(CellmarkError):
    """A check that ran and did not hold (exit code 1, where bad input is 2)."""

    exit_code = 1


class RowError(CellmarkError):
    """A row that scoring refuses: its position in the batch (0-based) and the field at fault."""

    def __init__(self, row: int, field: str, received: str, expected: str, fix: str = "") -> None:
        self.row = row
        self.field = field
        super().__init__(f"row {row}, {field}", received, expected, fix)

    def __reduce__(self) -> tuple[type[RowError], tuple[int, str, str, str, str]]:  # type: ignore[override]
        return type(self), (self.row, self.field, self.received, self.expected, self.fix)

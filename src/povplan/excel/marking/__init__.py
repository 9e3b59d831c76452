"""Marked copies: what is doubtful in a submitted workbook, shown in that workbook itself."""

from __future__ import annotations

from povplan.excel.marking.copies import Copy, marked_copy
from povplan.excel.marking.package import NotPatchable
from povplan.excel.marking.patch import patched
from povplan.excel.marking.values import SEVERITIES, Doubt, Listing, Severity

__all__ = ["SEVERITIES", "Copy", "Doubt", "Listing", "NotPatchable", "Severity", "marked_copy", "patched"]

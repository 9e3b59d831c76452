"""The only code that knows spreadsheet libraries. Here: reading, whatever a village sends in."""

from povplan.excel.read import read_workbook
from povplan.excel.sniff import is_lock_file

__all__ = ["is_lock_file", "read_workbook"]

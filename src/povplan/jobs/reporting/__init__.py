"""A year's workbooks: what they say, gathered from the base ledger, and where they are written."""

from __future__ import annotations

from povplan.jobs.reporting.facts import facts_of, persons_masked
from povplan.jobs.reporting.public import withheld_of, write_public
from povplan.jobs.reporting.writing import (
    book_of,
    county_path,
    file_name,
    write_county,
    write_departments,
    write_notices,
    write_townships,
)

__all__ = [
    "book_of",
    "county_path",
    "facts_of",
    "file_name",
    "persons_masked",
    "withheld_of",
    "write_county",
    "write_departments",
    "write_notices",
    "write_public",
    "write_townships",
]

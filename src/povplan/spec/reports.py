"""A workbook and its sheets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from povplan.spec.base import Domain, Names, Spec, Text, as_tuple

SheetKind = Literal[
    "cover",
    "contents",
    "summary",
    "indicators",
    "change",
    "unit_change",
    "leverage",
    "sources",
    "coverage",
    "rules",
    "findings",
    "definitions",
    "provenance",
    "combinations",
    "stages",
    "doubles",
    "view",
    "waivers",
    "amendments",
    "targets",
    "scores",
    "responsibility",
    "notice",
    "restated",
    "deviations",
    "needs",
    "public",
]

PUBLIC_KINDS: frozenset[SheetKind] = frozenset(
    (
        "cover", "contents", "summary", "indicators", "change", "leverage", "sources", "combinations",
        "stages", "view", "targets", "definitions", "provenance", "public",
    )
)  # fmt: skip
"""Kinds of sheets that a public report may have: those of which it is known that they give nobody away."""
PUBLIC_VIEWS = ("projects/totals",)
"""Analyses that it may show: they speak of no household and count none."""

SHEET_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "change": (
        "measure", "previous", "value", "absolute", "relative", "verdict",
        "full_previous", "full_value", "shared", "note",
    ),
    "findings": (
        "finding", "severity", "rule_label", "ledger", "entity",
        "file", "sheet", "cell", "message", "hint", "status", "answer",
    ),
    "waivers": (
        "finding", "rule", "rule_label", "ledger", "entity", "field", "waiver_reason", "approver",
        "waived_on", "expires_on", "waiver_state", "why",
    ),
    "amendments": (
        "ledger", "entity", "field", "old", "new", "registered_on", "clerk", "evidence", "amendment_state",
    ),
}  # fmt: skip
"""Kind of sheet → the columns that it may show, and shows where none are chosen."""


class ReportSheet(Spec):
    """One sheet of a report: what kind it is, its tab, its title, and what it shows."""

    kind: SheetKind
    name: Text
    title: Text
    domain: Domain | None = None
    """Of the indicators: those of one domain."""
    indicators: Names = ()
    """Of the indicators: these, in this order, instead of a domain's or of the headline ones."""
    columns: Names = ()
    """Of `change`, `findings`, `waivers` and `amendments`: the columns, in this order."""
    money: str = "万元"
    """Of `leverage` and `sources`: the unit in which amounts are shown."""
    most: int = 5000
    """Of sheets of single rows (`findings`, `view`, `deviations`, `needs`): at the most; a note says how many
    are left out."""
    views: Names = ()
    """Of `view`: analyses, one below the other, each as command/table (`capacity/burden`)."""
    cards: Names = ()
    """Of `scores` and `notice`: these score cards, instead of all in force for those the report is of."""


class ReportFonts(Spec):
    """The fonts of a workbook."""

    body: str = "宋体"
    title: str = "黑体"


class Report(Spec):
    """A workbook that povplan writes: the county's, each township's or department's, the yearly notices,
    and the county's public version."""

    report: Literal["county", "township", "department", "notice", "public"]
    title: Text
    signatures: Annotated[tuple[Text, ...], BeforeValidator(as_tuple)] = ()
    """Who signs on the cover."""
    footer: Text | None = None
    fonts: ReportFonts = ReportFonts()
    years: int = Field(default=3, ge=1)
    """Years that the summary looks back over, the report's own among them."""
    sheets: Annotated[tuple[ReportSheet, ...], BeforeValidator(as_tuple)]

"""Reports: what a sheet shows must be declared, or among what a sheet of its kind can show."""

from __future__ import annotations

from collections.abc import Iterator

from povplan.config.cross.references import MONEY, unknown
from povplan.config.declared import Declared, Placed
from povplan.config.shape import suggest
from povplan.errors import Fault
from povplan.messages import say
from povplan.spec import PUBLIC_KINDS, PUBLIC_VIEWS, SHEET_COLUMNS, ReportSheet

VIEWS = (
    "capacity/burden", "capacity/fifths", "capacity/villages", "capacity/projects",
    "capacity/exposure", "projects/list", "projects/totals", "projects/execution", "projects/idle",
    "projects/clocks", "benefit/targeting", "benefit/fifths", "benefit/projects",
    "dynamics/matrix", "dynamics/income", "dynamics/returns", "dynamics/durations", "dynamics/causes",
    "dynamics/fell-back", "dynamics/at-risk", "dynamics/unmet",
    "accounts/households", "accounts/poor", "accounts/persons", "accounts/poor-persons",
)  # fmt: skip
"""Analyses that a report can show, each as command/table; no single households but those to watch."""


def report_checks(declared: Declared) -> Iterator[Fault]:
    """Indicators, columns and units of measure that sheets name."""
    for report in declared.reports:
        for sheet in report.each("sheets"):
            yield from _sheet(declared, sheet)
            if report.spec.report == "public":
                yield from _public(sheet)


def _public(sheet: Placed[ReportSheet]) -> Iterator[Fault]:
    """A public report has no sheet that could give somebody away."""
    if sheet.spec.kind not in PUBLIC_KINDS:
        kinds = sorted(PUBLIC_KINDS)
        yield sheet.fault(say("config_not_public", name=sheet.spec.kind, known=", ".join(kinds)), "kind")
    for number, name in enumerate(sheet.spec.views):
        if name in VIEWS and name not in PUBLIC_VIEWS:
            said = say("config_not_public", name=name, known=", ".join(PUBLIC_VIEWS))
            yield sheet.fault(said, "views", number)


def _sheet(declared: Declared, sheet: Placed[ReportSheet]) -> Iterator[Fault]:
    known = [placed.spec.id for placed in declared.indicators]
    for number, name in enumerate(sheet.spec.indicators):
        yield from unknown(declared, "indicators", name, known, sheet, "indicators", number)
    may = SHEET_COLUMNS.get(sheet.spec.kind, ())
    for number, name in enumerate(sheet.spec.columns):
        if name not in may:
            said = say(
                "config_no_report_column", name=name, kind=sheet.spec.kind, known=", ".join(may) or "—"
            )
            yield sheet.fault(suggest(said, name, may), "columns", number)
    cards = [card.spec.card for card in declared.cards]
    for number, name in enumerate(sheet.spec.cards):
        yield from unknown(declared, "scorecards", name, cards, sheet, "cards", number)
    for number, name in enumerate(sheet.spec.views):
        if name not in VIEWS:
            said = say("config_no_view", name=name, known=", ".join(VIEWS))
            yield sheet.fault(suggest(said, name, VIEWS), "views", number)
    unit = declared.unit_of.get(sheet.spec.money)
    if unit is None or unit.dimension != MONEY:
        yield sheet.fault(say("config_money_unit", unit=sheet.spec.money), "money")

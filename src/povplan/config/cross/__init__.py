"""Definitions against each other: a list of plain functions, each yielding the faults it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from povplan.config.cross.comparisons import comparison_checks
from povplan.config.cross.compiled import formula_checks
from povplan.config.cross.deviations import deviation_checks
from povplan.config.cross.examplerows import example_checks
from povplan.config.cross.forms import form_checks
from povplan.config.cross.identities import identity_checks
from povplan.config.cross.ledgers import ledger_checks
from povplan.config.cross.lists import list_checks
from povplan.config.cross.patterns import pattern_checks
from povplan.config.cross.reports import report_checks
from povplan.config.cross.scorecards import card_checks
from povplan.config.cross.targets import target_checks
from povplan.config.declared import Declared
from povplan.errors import Fault

CHECKS: tuple[Callable[[Declared], Iterator[Fault]], ...] = (
    identity_checks,
    list_checks,
    ledger_checks,
    pattern_checks,
    form_checks,
    formula_checks,
    example_checks,
    report_checks,
    comparison_checks,
    target_checks,
    card_checks,
    deviation_checks,
)


def cross_checks(declared: Declared) -> list[Fault]:
    """Every fault that only shows when definitions are held against each other."""
    return [fault for check in CHECKS for fault in check(declared)]

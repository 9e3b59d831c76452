"""Parameters, code lists, funds and units of measure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from povplan.config.cross.references import unit_fits, unknown
from povplan.config.declared import Declared, Placed
from povplan.errors import Fault
from povplan.messages import say
from povplan.spec import CalendarYear, Funds, FundSource, Parameter
from povplan.workdays import span

SHARED = ("same_document", "two_projects", "integrated")
"""Double entries whose sum the entries can share: those that stand side by side."""


def list_checks(declared: Declared) -> Iterator[Fault]:
    """What needs no ledger."""
    for parameter in declared.parameters:
        yield from _parameter(declared, parameter)
    for codes in declared.codes:
        if not codes.spec.values:
            yield codes.fault(say("config_empty_list"), "values")
    for unit in declared.units:
        if unit.spec.factor <= 0:
            yield unit.fault(say("config_factor"), "factor")
    for year in declared.calendar:
        yield from _calendar(year)
    if declared.funds:
        yield from _funds(declared, declared.funds)


def _parameter(declared: Declared, parameter: Placed[Parameter]) -> Iterator[Fault]:
    if parameter.spec.unit is not None:
        yield from unit_fits(declared, parameter, parameter.spec.type == "money")
    if not parameter.spec.values:
        yield parameter.fault(say("config_empty_list"), "values")
    for earlier, later in pairwise(parameter.each("values")):
        if later.spec.since <= earlier.spec.since:
            said = say("config_not_ascending", later=later.spec.since, earlier=earlier.spec.since)
            yield later.fault(said, "from")


def _calendar(year: Placed[CalendarYear]) -> Iterator[Fault]:
    for key in ("holidays", "workdays"):
        for number, days in enumerate(getattr(year.spec, key)):
            if not len(span(year.spec.year, days)):
                yield year.fault(say("config_no_such_day", days=days, year=year.spec.year), key, number)


def _funds(declared: Declared, funds: Placed[Funds]) -> Iterator[Fault]:
    classes = [each.id for each in funds.spec.classes]
    stages = [stage.id for stage in funds.spec.stages]
    for source in funds.each("sources"):
        yield from unknown(declared, "fund_class", source.spec.cls, classes, source, "class")
        yield from _pointing(declared, source, [one.id for one in funds.spec.sources], classes)
    for number, stage in enumerate(funds.spec.basis):
        yield from unknown(declared, "fund_stage", stage, stages, funds, "basis", number)
    if "wages" in funds.spec.model_fields_set:
        for skill, name in funds.spec.wages.items():
            yield from unknown(declared, "parameters", name, declared.parameter_of, funds, "wages", skill)
    for double, treatment in funds.spec.doubles.items():
        if treatment == "attribute" and double not in SHARED:
            yield funds.fault(say("config_not_shared", double=double), "doubles", double)


def _pointing(
    declared: Declared, source: Placed[FundSource], sources: list[str], classes: list[str]
) -> Iterator[Fault]:
    """The sources that another relabels or subsidises exist."""
    known = {"relabels": [*sources, *classes], "subsidises": sources}
    for key, names in known.items():
        for number, name in enumerate(getattr(source.spec, key)):
            yield from unknown(declared, "fund_source", name, names, source, key, number)

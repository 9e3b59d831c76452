"""Detectors look at figures that there are, past bounds that are declared; a code has one purpose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from povplan.config.cross.identities import repeated
from povplan.config.cross.references import life, unknown
from povplan.config.declared import Declared, Placed
from povplan.config.shape import suggest
from povplan.deviations.tables import TABLES, Figure
from povplan.errors import Fault
from povplan.messages import say
from povplan.spec import Detector, Fit

BY_UNIT = frozenset(name for name, table in TABLES.items() if table.subject in ("unit", "money"))
"""Tables with a row for every unit, of which a level may be chosen."""
COUNTED = frozenset(
    (
        "fit",
        "targeting",
        "spreads",
        "captures",
        "exits",
        "repeats",
        "officials",
        "unmet",
        "projects",
        "delivery",
        "burden",
        "indicators",
    )
)
"""Tables that know how many cases a figure rests on."""
LISTS: Mapping[str, str] = {"categories": "project_category", "causes": "poverty_cause", "needs": "need_kind"}


def deviation_checks(declared: Declared) -> Iterator[Fault]:
    """Every detector and every purpose of money."""
    for detector in declared.detectors:
        yield from life(detector.spec.valid, detector)
        yield from _looks(declared, detector)
        yield from _bounds(declared, detector)
        yield from _graver(declared, detector)
    for one in declared.fits:
        yield from _codes(declared, one)
    for key in LISTS:
        claims = [
            (code, one, (key, n)) for one in declared.fits for n, code in enumerate(getattr(one.spec, key))
        ]
        yield from repeated(claims)


def _looks(declared: Declared, detector: Placed[Detector]) -> Iterator[Fault]:
    """The table, its figures, and what may be asked of it."""
    spec = detector.spec
    if spec.table not in TABLES:
        said = say("config_no_table", name=spec.table, known=", ".join(TABLES))
        yield detector.fault(suggest(said, spec.table, TABLES), "table")
        return
    for name, *loc in [(spec.figure, "figure"), *((name, "shows", n) for n, name in enumerate(spec.shows))]:
        yield from _figure(declared, detector, str(name), *loc)
    if spec.level is not None and spec.table not in BY_UNIT:
        yield detector.fault(say("config_no_level", table=spec.table), "level", key=True)
    if spec.least is not None and spec.table not in COUNTED:
        yield detector.fault(say("config_no_cases", table=spec.table), "least", key=True)


def _graver(declared: Declared, detector: Placed[Detector]) -> Iterator[Fault]:
    """What takes over where it gets worse looks at the same subjects, and is another."""
    spec = detector.spec
    same = [one.spec.id for one in declared.detectors if one.spec.table == spec.table and one is not detector]
    if (
        spec.graver is not None
        and spec.graver not in same
        and not declared.unclear(spec.graver, "deviations")
    ):
        said = say("config_no_graver", name=spec.graver, table=spec.table)
        yield detector.fault(suggest(said, spec.graver, same), "graver")


def _figure(declared: Declared, detector: Placed[Detector], name: str, *loc: str | int) -> Iterator[Fault]:
    table = detector.spec.table
    if table == "indicators":
        known = [placed.spec.id for placed in declared.indicators]
        yield from unknown(declared, "indicators", name, known, detector, *loc)
    elif name not in TABLES[table].figures:
        figures = TABLES[table].figures
        said = say("config_no_figure", name=name, table=table, known=", ".join(figures))
        yield detector.fault(suggest(said, name, figures), *loc)


def _bounds(declared: Declared, detector: Placed[Detector]) -> Iterator[Fault]:
    """One bound or one value, of the kind that the figure is, in a unit that measures the same."""
    spec = detector.spec
    given = [*spec.bounds, *(["is"] if spec.equals is not None else [])]
    if len(given) != 1:
        yield detector.fault(
            say("config_detector_bound", found="、".join(given) or "—"), *given[1:2], key=True
        )
        return
    for key, name in (*spec.bounds.items(), ("least", spec.least)):
        if name is not None:
            yield from unknown(declared, "parameters", name, declared.parameter_of, detector, key)
    figure = TABLES[spec.table].figures.get(spec.figure) if spec.table in TABLES else None
    if figure is None:
        return
    if figure.is_number != (spec.equals is None) or (figure.unit == "truth") != isinstance(spec.equals, bool):
        key = f"config_figure_{'number' if figure.is_number else figure.unit}"
        yield detector.fault(say(key, name=spec.figure), given[0], key=True)
        return
    for key, name in spec.bounds.items():
        yield from _measures(declared, detector, figure, key, name)


def _measures(
    declared: Declared, detector: Placed[Detector], figure: Figure, key: str, name: str
) -> Iterator[Fault]:
    """The parameter measures what the figure does; a figure in an indicator's unit takes any."""
    parameter = declared.parameter_of.get(name)
    if parameter is None or figure.unit == "indicator":
        return
    unit, wanted = (declared.unit_of.get(one or "ratio") for one in (parameter.unit, figure.unit))
    if unit is None or wanted is None:
        return
    if unit.dimension != wanted.dimension:
        yield detector.fault(say("config_bound_unit", name=name, unit=unit.id, wanted=wanted.id), key)


def _codes(declared: Declared, one: Placed[Fit]) -> Iterator[Fault]:
    for key, listed in LISTS.items():
        codes = declared.list_of.get(listed)
        known = [value.code for value in codes.values] if codes else []
        for number, code in enumerate(getattr(one.spec, key)):
            if code not in known and not declared.unclear(listed, "codes"):
                said = say("config_unknown_code", name=code, codes=listed)
                yield one.fault(suggest(said, code, known), key, number)

"""The analyses that a report's sheets show, each as one table by name."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

import pandas as pd

from povplan.errors import PovplanError
from povplan.jobs import analyses, dynamics
from povplan.jobs.standing import Standing
from povplan.spec import Report


class Views(NamedTuple):
    """Analyses by name, how many rows were left out of lists, and what must be known of those over years."""

    frames: dict[str, pd.DataFrame]
    beyond: dict[str, int]
    remarks: dict[str, list[str]]


def views_of(standing: Standing, year: int, report: Report, lang: str, *, mask: bool) -> Views:
    """The analyses that sheets ask for.

    One whose ledgers are not there is left out. Household dynamics look back over as many years as the
    summary. Lists of a report of the whole county hold what its sheets show; others are still to be divided.
    """
    of = analyses.Year.of(standing, year)
    span = dynamics.Span(standing, year - report.years + 1, year)
    found: dict[str, pd.DataFrame] = {}
    beyond: dict[str, int] = {}
    remarks: dict[str, list[str]] = {}
    most: dict[str, int] = {}
    for sheet in report.sheets:
        most |= {name: max(sheet.most, most.get(name, 0)) for name in sheet.views}
    for name, longest in most.items():
        command, _, what = name.partition("/")
        with suppress(PovplanError):
            if command != "dynamics":
                found[name] = analyses.view(of, command, what)
                continue
            if what in dynamics.LISTS and mask:
                watched = span.watched(what)
                frame = dynamics.masked(watched.listed(span.tree, longest), standing.workspace)
                beyond[name] = watched.count - len(frame)
            else:
                frame = dynamics.view(span, what)
            if what not in dynamics.LISTS:
                remarks[name] = [said.text(lang) for said in dynamics.remarks(span, what)]
            found[name] = dynamics.named(span, frame, lang)
    return Views(found, beyond, remarks)

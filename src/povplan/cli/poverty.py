"""`poverty`: how many are poor by their income, how deeply, to terminal, JSON, CSV or a workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from povplan.cli.options import (
    AsOfOption,
    FormatOption,
    LangOption,
    LevelOption,
    OutputOption,
    QuietOption,
    UnflaggedOption,
    WorkspaceOption,
    YearOption,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

COLUMNS = (
    "households", "persons", "below_persons", "headcount", "poverty_gap", "squared_gap", "watts",
    "mean_income", "mean_below", "shortfall",
)  # fmt: skip
RATES = frozenset({"headcount", "poverty_gap", "squared_gap"})


def poverty(
    line: Annotated[
        float | None,
        typer.Option(
            "--line",
            help="收入线，元/人年（默认：当年在用的） · Line, yuan a head (default: in force).",
            show_default=False,
        ),
    ] = None,
    year: YearOption = None,
    by: LevelOption = None,
    unflagged: UnflaggedOption = False,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """收入贫困统计 · Poverty by income: headcount, gap, severity, Watts, and the yuan that are lacking.

    按在册户自报收入，按人加权，不是官方认定的贫困发生率 ·
    Of registered households by the income they state, weighted by persons; not the official headcount.

    例 Example:  povplan poverty --year 2024 --by township --line 4000
    """
    from povplan.cli.figures import emit, opened
    from povplan.cli.output import Voice
    from povplan.jobs import figures
    from povplan.jobs import poverty as job
    from povplan.jobs.analyses import Year

    standing, at, speech = opened(workspace, as_of, year, lang, unflagged=unflagged)
    of = Year.of(standing, at)
    lines = job.lines(of, line)
    whole = job.statistics(of, lines)
    frame = figures.at_level(whole, by)
    emit(frame, _table(frame, lines, speech), standing, at, format, output, speech)
    out = figures.told_left_out(standing, at)
    for said in [*job.remarks(whole), *([out] if out else [])]:
        Voice(speech, quiet)(said)


def _table(frame: pd.DataFrame, lines: Mapping[str, float], lang: str) -> pd.DataFrame:
    """A line a unit and poverty line; what is missing has its reason."""
    import pandas as pd

    from povplan.messages import say
    from povplan.model import NOTES

    rows = []
    for (scope, unit), some in frame.groupby(["scope", "unit"], sort=False):
        values = dict(zip(some["indicator"], some["value"], strict=True))
        asked = some[some["indicator"] == "headcount"].iloc[0]
        row = {"unit": unit, "line": f"{say(f'poverty_{scope}').text(lang)} {lines[str(scope)]:,.0f}"}
        row |= {name: _shown(values[name], name) for name in COLUMNS}
        note = "" if pd.isna(asked["note"]) else NOTES[asked["note"]].text(lang)
        rows.append({**row, "left_out": str(int(asked["left_out"]) or ""), "note": note})
    return pd.DataFrame(rows, columns=["unit", "line", *COLUMNS, "left_out", "note"])


def _shown(value: Any, name: str) -> str:
    from povplan.sheets.views import is_missing

    if is_missing(value):
        return ""
    if name in RATES:
        return f"{value:.2%}"
    return f"{value:.4f}" if name == "watts" else f"{value:,.0f}"

"""`rollup`: many counties to their provinces and to all together, to terminal, JSON, CSV or a workbook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from povplan.cli.options import FormatOption, LangOption, OutputOption, QuietOption, YearOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from povplan.jobs.rolling import County

MONEY = ("lever", "others", "total", "leverage_others", "leverage_total")
"""What a terminal shows of the money; every class of it is in the other formats."""


def rollup(
    workspaces: Annotated[
        list[Path],
        typer.Argument(
            help="各县的工作区，或放着它们的文件夹 · The counties' workspaces, or a folder of them.",
            show_default=False,
        ),
    ],
    year: YearOption = None,
    by: Annotated[
        Literal["all", "province", "county"],
        typer.Option("--by", help="到哪一级 · Down to which level."),
    ] = "province",
    indicator: Annotated[
        list[str] | None,
        typer.Option("--indicator", help="只看某指标 · Only this indicator.", show_default=False),
    ] = None,
    basis: Annotated[
        str | None,
        typer.Option(
            "--basis", help="口径 planned|allocated|arrived|paid · Stage of money.", show_default=False
        ),
    ] = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """多县汇总到省、到全体 · Many counties' figures, to province and to all of them.

    比率按分子、分母分别相加；各县定义不同的不相加 ·
    Ratios are sum over sum; what counties define differently is not added. Nothing is written to them.

    例 Example:  povplan rollup 甲县 乙县 --year 2024 -o 汇总.xlsx
    """
    from povplan.cli.boundary import language
    from povplan.cli.output import Voice, emit_frame, emit_json, records, settled
    from povplan.cli.showing import headings
    from povplan.jobs import rolling
    from povplan.messages import say
    from povplan.rollup import LEVELS

    speech = language(lang, None)
    voice = Voice(speech, quiet)
    counties = rolling.counties(workspaces, speech)
    of = rolling.year_of(counties, year)
    only = rolling.named(counties, indicator or [], MONEY)
    whole, unknown = (say(name).text(speech) for name in ("rollup_all", "rollup_unknown"))
    frame = rolling.rolled(counties, of, whole, unknown, basis)
    if only:
        frame = frame[frame["indicator"].isin(only)]
    frame = frame[frame["level"].isin(LEVELS[: LEVELS.index(by) + 1])].reset_index(drop=True)
    format = settled(format, output)
    if format == "json":
        emit_json({"year": of, "counties": _listed(counties), "measures": records(frame)}, output)
    elif format == "table":
        table = _table(frame, counties, speech)
        emit_frame(table, format, output, headings(table, speech))
    else:
        emit_frame(frame, format, output, headings(frame, speech))
    there = [county for county in counties if of in county.years]
    provinces = len({county.province for county in there if county.province})
    voice(say("rollup_of", year=of, counties=len(there), provinces=provinces))
    for said in (*rolling.lacking(counties, of), *rolling.differing(counties, frame)):
        voice(said)
    if by != "county" or format == "table":
        voice(say("rollup_next"))


def _listed(counties: Sequence[County]) -> list[dict[str, object]]:
    return [
        {
            "name": county.name,
            "code": county.code,
            "province": county.province,
            "batch": county.standing.newest,
            "years": list(county.years),
        }
        for county in counties
    ]


def _table(frame: pd.DataFrame, counties: Sequence[County], lang: str) -> pd.DataFrame:
    """Indicator, place, figure in the indicator's own terms, how many counties of how many, note."""
    import pandas as pd

    from povplan.change.rounding import half_up
    from povplan.cli.tables import leverage_label, shown
    from povplan.messages import say
    from povplan.model import NOTES
    from povplan.sheets.book import lines

    known = {
        one.id: (one, county.standing) for county in counties for one in county.standing.config.indicators
    }
    funds = [county.standing.config.funds for county in counties]
    currencies = sorted({one.currency.text(lang) for one in funds if one})
    rows = []
    for row in lines(frame):
        is_money = not pd.isna(row.scope)
        if is_money and (row.scope != "all" or row.indicator not in MONEY):
            continue
        if is_money:
            is_ratio = row.indicator.startswith("leverage_")
            label = leverage_label(row.indicator, {}, lang)
            if not is_ratio and len(currencies) == 1:
                label = say("rollup_money", label=label, currency=currencies[0]).text(lang)
            value = "" if pd.isna(row.value) else f"{half_up(row.value, 4 if is_ratio else 2):,}"
        else:
            one, standing = known[row.indicator]
            label, value = one.label.text(lang), shown(row.value, one, standing)
        rows.append(
            {
                "indicator": label,
                "unit": row.unit,
                "value": value,
                "counties": f"{row.counties}/{row.of}",
                "note": "" if pd.isna(row.note) else NOTES[row.note].text(lang),
            }
        )
    return pd.DataFrame(rows, columns=["indicator", "unit", "value", "counties", "note"])

"""`diff`: what differs between two states of the ledger, two years, or a report and today."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from povplan.cli.options import (
    AsOfOption,
    Format,
    FormatOption,
    LangOption,
    LevelOption,
    OutputOption,
    QuietOption,
    WorkspaceOption,
    YearOption,
)

if TYPE_CHECKING:
    import pandas as pd

    from povplan.cli.output import Voice
    from povplan.config import Config
    from povplan.jobs.standing import Standing
    from povplan.workspace import Workspace

SHOWN = 50
"""Changes that a terminal gets to see; the other formats have all."""


def diff(
    first: Annotated[
        str, typer.Argument(metavar="A", help="批次、标签或年份 · Batch, tag or year.", show_default=False)
    ],
    last: Annotated[str, typer.Argument(metavar="B", help="同左，或 now · The same, or now.")] = "now",
    figures: Annotated[
        bool, typer.Option("--figures", help="逐步说明指标差额 · Bridge the figures.")
    ] = False,
    years: Annotated[bool, typer.Option("--years", help="A、B 是年份 · A and B are years.")] = False,
    indicator: Annotated[
        list[str] | None,
        typer.Option("--indicator", help="只看某指标 · Only this indicator.", show_default=False),
    ] = None,
    by: LevelOption = None,
    ledger: Annotated[
        str | None, typer.Option("--ledger", help="只看某台账 · Only this ledger.", show_default=False)
    ] = None,
    year: YearOption = None,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """两批、两年之间改了什么 · What differs between two states, two years, or a report and today.

    逐格列出原值、新值和出处，不显示个人；--figures 说明定稿指标到现在指标差在哪一步；两个年份按字段和行计数 ·
    Cell by cell with its source; --figures bridges reported figures to today's; two years: counts by field.

    例 Example:  povplan diff 2024年报定稿 now --figures
    """
    from povplan.cli.output import settled, workspace_and_voice

    place, voice = workspace_and_voice(workspace, lang, quiet)
    wanted = settled(format, output)
    if years or (not figures and _are_years(first, last, place)):
        _years(place, first, last, as_of, by, ledger, wanted, output, voice)
    elif figures:
        _bridge(place, first, last, year, by, indicator, wanted, output, voice)
    else:
        _states(place, first, last, year, ledger, wanted, output, voice)


# ---- two states --------------------------------------------------------------------------------------


def _states(
    place: Workspace,
    first: str,
    last: str,
    year: int | None,
    ledger: str | None,
    format: Format,
    output: Path | None,
    voice: Voice,
) -> None:
    from povplan.cli.history import counts_in_words
    from povplan.cli.output import emit_frame, emit_json, records
    from povplan.cli.showing import headings
    from povplan.jobs import differing, restating
    from povplan.jobs.standing import Standing
    from povplan.messages import say

    a, b = (restating.state(text, place.store) for text in (first, last))
    before, after = (Standing(place, place.config, place.store, number) for number in (a, b))
    frame = differing.changes(before, after, year)
    if own := _ledger(place.config, ledger):
        frame = frame[frame["ledger"] == own].reset_index(drop=True)
    if unknown := differing.strangers(before, after):
        voice.insist(say("history_strangers", ledgers="、".join(unknown)))
    if format == "json":
        counts = {kind: int((frame["kind"] == kind).sum()) for kind in differing.KINDS}
        emit_json({"from": a, "to": b, "changes": records(frame), "counts": counts}, output)
    elif format != "table":
        emit_frame(frame, format, output, headings(frame, voice.lang))
    elif not len(frame):
        voice.insist(say("history_same", first=a, last=b))
    else:
        table = changes_table(frame.head(SHOWN), place.config, voice.lang)
        emit_frame(table, format, output, headings(table, voice.lang))
        voice(say("history_between", first=a, last=b, counts=counts_in_words(frame, voice.lang)))
        if len(frame) > SHOWN:
            voice(say("history_more", count=len(frame) - SHOWN))


def _ledger(config: Config, name: str | None) -> str | None:
    from povplan.jobs.asking import ledger_named

    return ledger_named(config, name).ledger if name else None


# ---- a report and today ------------------------------------------------------------------------------


def _bridge(
    place: Workspace,
    first: str,
    last: str,
    year: int | None,
    by: Any,
    indicator: list[str] | None,
    format: Format,
    output: Path | None,
    voice: Voice,
) -> None:
    """Each figure that differs, from the report to today; JSON has all, also those that do not."""
    from povplan.cli.output import emit_frame, emit_json, records
    from povplan.cli.showing import headings
    from povplan.jobs import bridging, restating
    from povplan.jobs import figures as jobs
    from povplan.messages import say

    reported = jobs.standing_at(place, first)
    now = jobs.standing_at(place, None if last == "now" else last)
    tagged = {tag.name: tag.year for tag in restating.tags(place.store)}
    of = jobs.year_of(reported, year or tagged.get(first))
    only = jobs.indicators_named(now.config, indicator or [])
    voice.progress(say("progress_figures"))
    lines = bridging.bridge(reported, now, of, by or "county", only or None)
    voice.done()
    moved = bridging.moving(lines)
    if format == "json":
        told = {"from": reported.as_of, "to": now.as_of, "year": of}
        emit_json({**told, "figures": records(lines)}, output)
    elif format != "table":
        emit_frame(moved, format, output, headings(moved, voice.lang))
    elif len(moved):
        table = bridge_table(moved, now, voice.lang)
        emit_frame(table, format, output, headings(table, voice.lang))
        voice(say("bridge_told", name=first, year=of))
    else:
        voice.insist(say("bridge_same", name=first, year=of))


def bridge_table(moved: pd.DataFrame, now: Standing, lang: str) -> pd.DataFrame:
    """The steps with labels; figures in their own units of measure."""
    import pandas as pd

    from povplan.jobs.tracing import figure_label
    from povplan.messages import say
    from povplan.model import NOTES
    from povplan.sheets.book import lines

    known = {one.id: one for one in now.config.indicators}
    rows = []
    for line in lines(moved):
        own, funds = known.get(line.indicator), now.config.funds
        label = own.label.said if own else figure_label(funds, line.indicator) if funds else None
        scope = "" if pd.isna(line.scope) or line.scope == "all" else say(f"scope_{line.scope}").text(lang)
        step = say(f"bridge_{line.step}", batch="" if pd.isna(line.batch) else line.batch).text(lang)
        value, difference = (
            _written(one, own, now, sign=sign) for one, sign in ((line.value, False), (line.difference, True))
        )
        rows.append(
            {
                "indicator": (label.text(lang) if label else line.indicator)
                + (f"（{scope}）" if scope else ""),
                "unit": line.unit,
                "bridge_step": step,
                "value": value,
                "difference": difference,
                "note": "" if pd.isna(line.note) else NOTES[line.note].text(lang),
            }
        )
    return pd.DataFrame(rows)


def _written(value: Any, indicator: Any, now: Standing, *, sign: bool) -> str:
    """A figure, or with its sign a difference: that of rates in percentage points."""
    import pandas as pd

    from povplan.cli.tables import is_rate
    from povplan.cli.tables import shown as written

    if pd.isna(value):
        return ""
    if indicator is None:
        return f"{value:{'+' if sign else ''},.2f}"
    if sign and is_rate(indicator, now):
        return f"{100 * value:+.{indicator.decimals + 1}f} pp"
    return written(value, indicator, now, sign=sign)


# ---- two years ---------------------------------------------------------------------------------------


def _are_years(first: str, last: str, place: Workspace) -> bool:
    """Whether both are years of the ledger, and no batch has such a number."""
    if not all(text.isdecimal() and len(text) == 4 for text in (first, last)):
        return False
    batches = place.store.batches()
    return not batches or batches[-1].id < min(int(first), int(last))


def _years(
    place: Workspace,
    first: str,
    last: str,
    as_of: str | None,
    by: Any,
    ledger: str | None,
    format: Format,
    output: Path | None,
    voice: Voice,
) -> None:
    """Counts by field and by row; the list goes to CSV, workbook and JSON."""
    from povplan.cli.fitting import print_table
    from povplan.cli.output import emit_frame, emit_json, records
    from povplan.cli.showing import headings
    from povplan.errors import PovplanError
    from povplan.jobs import figures as jobs
    from povplan.jobs.yearly import between_years
    from povplan.messages import say

    if not (first.isdecimal() and last.isdecimal()):
        raise PovplanError(say("diff_years_wanted", first=first, last=last))
    standing = jobs.standing_at(place, as_of)
    one, other = (jobs.year_of(standing, int(text)) for text in (first, last))
    if one >= other:
        raise PovplanError(say("diff_years_backward", first=one, last=other))
    found = between_years(standing, one, other, by, _ledger(standing.config, ledger))
    if format == "json":
        told = {
            "from_year": one,
            "to_year": other,
            "rows": records(found.rows),
            "fields": records(found.fields),
        }
        emit_json({**told, "changes": records(found.changes)}, output)
    elif format != "table":
        emit_frame(found.changes, format, output, headings(found.changes, voice.lang))
    else:
        for frame in (found.rows, found.fields):
            shown_ = _labelled(frame, standing.config, voice.lang)
            shown_ = shown_.drop(columns=[] if by else ["unit"])
            heads = [_year_head(str(name), voice.lang) for name in shown_]
            print_table(shown_.fillna("").astype(str), heads)
            print()
        voice(say("diff_years_next", count=f"{len(found.changes):,}", first=one, last=other))


def _year_head(name: str, lang: str) -> str:
    from povplan.cli.showing import heading
    from povplan.messages import say

    return heading(name, lang) if name in ("ledger", "unit", "field") else say(f"yearly_{name}").text(lang)


def _labelled(frame: pd.DataFrame, config: Config, lang: str) -> pd.DataFrame:
    """Labels for ids of ledgers and fields."""
    labels = {"ledger": [config.ledgers[name].label.text(lang) for name in frame["ledger"]]}
    if "field" in frame:
        labels["field"] = [
            config.ledgers[name].field(one).label.text(lang)
            for name, one in zip(frame["ledger"], frame["field"], strict=True)
        ]
    return frame.assign(**labels)


# ---- changes -----------------------------------------------------------------------------------------


def changes_table(frame: pd.DataFrame, config: Config, lang: str) -> pd.DataFrame:
    """Changes with labels for ids and a word for each kind; a unit is not named twice."""
    import pandas as pd

    from povplan.cli.history import ledger_label
    from povplan.messages import say

    where = frame["sheet"].fillna("") + "!" + frame["cell"].fillna("")
    fields = zip(frame["ledger"], frame["field"], strict=True)
    shown = {
        "ledger": [ledger_label(name, config, lang) for name in frame["ledger"]],
        "year": frame["year"],
        "unit": frame["unit"],
        "entity": frame["entity"].where(frame["entity"] != frame["unit"], ""),
        "field": ["" if pd.isna(f) else config.ledgers[n].field(f).label.text(lang) for n, f in fields],
        "old": [read_as(value) for value in frame["old"]],
        "new": [read_as(value) for value in frame["new"]],
        "kind": [say(f"kind_{kind}").text(lang) for kind in frame["kind"]],
        "file": frame["file"],
        "cell": where.str.strip("!"),
    }
    return pd.DataFrame(shown).astype(object).fillna("")


def read_as(value: Any) -> str:
    """A value as people read it."""
    if isinstance(value, float):
        return f"{value:,.2f}".removesuffix(".00")
    return "" if value is None else str(value)

"""`compare`: a list of another office against a ledger: who is in both, who differs, who is in one only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from povplan.cli.options import (
    FormatOption,
    LangOption,
    OutputOption,
    QuietOption,
    WorkspaceOption,
    YearOption,
)

if TYPE_CHECKING:
    import pandas as pd

    from povplan.cli.output import Voice
    from povplan.jobs.matching import Compared

SHOWN = 20
"""Findings that a terminal gets to see."""


def compare(
    file: Annotated[
        Path, typer.Argument(metavar="LIST.xlsx", help="外来名单 · The list.", show_default=False)
    ],
    with_: Annotated[
        str | None, typer.Option("--with", help="台账 · Ledger: member, household …", show_default=False)
    ] = None,
    list_: Annotated[
        str | None,
        typer.Option("--list", help="名单种类，如 低保名单 · A declared list.", show_default=False),
    ] = None,
    on: Annotated[
        str | None, typer.Option("--on", help="按哪个字段比对 · Field to join by.", show_default=False)
    ] = None,
    means: Annotated[
        str | None,
        typer.Option(
            "--means", help="在名单上意味着，如 是否享受低保 · What being on it means.", show_default=False
        ),
    ] = None,
    where: Annotated[
        str | None,
        typer.Option(
            "--where", help="台账中哪些应在名单上 · Which of ours ought to be on it.", show_default=False
        ),
    ] = None,
    fields: Annotated[
        str | None, typer.Option("--fields", help="只比较这些字段 · Fields to compare.", show_default=False)
    ] = None,
    unit: Annotated[
        str | None,
        typer.Option("--unit", help="名单只管的乡镇或村 · Township or village.", show_default=False),
    ] = None,
    year: YearOption = None,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """数据比对 · Compare a list of another office with a ledger.

    名单每行只归一组，各组之和等于行数；屏幕隐去个人信息，-o 比对结果.xlsx 为完整结果 ·
    Every row of the list falls into one group; persons are masked on the screen; -o result.xlsx is in full.

    例 Example:  povplan compare 低保名单.xlsx --list 低保名单 -o 比对结果.xlsx
    """
    from povplan.cli.output import guard, settled, workspace_and_voice
    from povplan.jobs import figures
    from povplan.jobs.asking import Asked, unit_named
    from povplan.jobs.matching import compare as compared_
    from povplan.jobs.mismatches import mismatches
    from povplan.jobs.terms import terms_of

    format = settled(format, output)
    guard(output, [file])
    place, voice = workspace_and_voice(workspace, lang, quiet)
    standing = figures.standing_at(place)
    terms = terms_of(place.config, list_, with_, on, means)
    of = figures.year_of(standing, year)
    at = unit_named(standing, of, unit) if unit else None
    found = compared_(Asked(standing, terms.ledger, of, at, where or None), terms, file, fields)
    findings = mismatches(found)
    _emit(found, findings, format, output, voice)
    _tell(found, voice)


def _emit(found: Compared, findings: pd.DataFrame, format: str, output: Path | None, voice: Voice) -> None:
    from povplan.cli.output import emit_frame, emit_json
    from povplan.messages import say

    if format == "json":
        emit_json(_as_json(found, findings), output)
    elif format == "csv":
        frame, heads = _table(found, findings, voice.lang)
        emit_frame(frame, "csv", output, heads)
    elif format == "xlsx":
        assert output is not None
        _write(found, findings, output, voice)
    else:
        _show(found, findings, voice)
        if len(findings) > SHOWN:
            voice(say("compare_more", count=f"{len(findings):,}", shown=SHOWN))
        elif len(findings):
            voice(say("compare_workbook"))


def _write(found: Compared, findings: pd.DataFrame, output: Path, voice: Voice) -> None:
    from povplan.cli.output import writing
    from povplan.excel.write import write_sheets
    from povplan.jobs.matchpage import pages
    from povplan.messages import say

    with writing(output):
        print(write_sheets(output, pages(found, findings, voice.lang)))
    voice(say("compare_in_full"))


def _show(found: Compared, findings: pd.DataFrame, voice: Voice) -> None:
    """The groups with their counts, then the first findings, masked."""
    import pandas as pd

    from povplan.cli.fitting import print_table
    from povplan.jobs.matchpage import group_label
    from povplan.messages import say

    counts = dict(found.counts)
    if not found.terms.absent:
        counts["ours_only"] = len(found.ours_only)
    lines = [(group_label(group).text(voice.lang), f"{count:,}") for group, count in counts.items()]
    heads = [say(f"head_compare_{name}").text(voice.lang) for name in ("group", "count")]
    print_table(pd.DataFrame(lines, columns=["group", "count"], dtype=object), heads)
    if len(findings):
        print()
        print_table(*_table(found, findings.head(SHOWN), voice.lang))


def _table(found: Compared, findings: pd.DataFrame, lang: str) -> tuple[pd.DataFrame, list[str]]:
    """Findings as a table: number, cell of the list, unit, entity by pseudonym, what it is."""
    import pandas as pd

    from povplan.messages import say

    columns = {
        "number": findings["number"],
        "at": _cells(findings),
        "unit": findings["unit"].map(_below, na_action="ignore"),
        "entity": _entities(found, findings),
        "found": findings[f"message_{lang}"],
    }
    frame = pd.DataFrame(columns).astype(object)
    frame = frame.where(frame.notna(), None).reset_index(drop=True)
    return frame, [say(f"head_compare_{name}").text(lang) for name in columns]


def _below(path: str) -> str:
    """A unit without its county."""
    return path.split("/", 1)[-1]


def _cells(findings: pd.DataFrame) -> pd.Series:
    together: pd.Series = findings["sheet"] + "!" + findings["cell"]
    return together


def _entities(found: Compared, findings: pd.DataFrame) -> pd.Series:
    """Households and persons by pseudonym, units by name."""
    from povplan.jobs.differing import hides_entities

    standing = found.asked.standing
    if not hides_entities(found.asked.ledger, standing.config.ledgers):
        return findings["entity"].map(lambda entity: entity.rsplit("/", 1)[-1], na_action="ignore")
    return findings["entity"].map(standing.workspace.pseudonym, na_action="ignore")


def _as_json(found: Compared, findings: pd.DataFrame) -> dict[str, Any]:
    """One object: what was compared, the counts of both sides, findings masked."""
    from povplan.cli.output import records

    asked, terms = found.asked, found.terms
    kept = ["number", "rule", "severity", "unit", "field", "sheet", "cell"]
    said = ["message_zh", "message_en", "hint_zh", "hint_en"]
    shown = findings[[*kept, *said]].assign(entity=_entities(found, findings))
    return {
        "batch": asked.batch,
        "year": asked.year,
        "ledger": asked.ledger.ledger,
        "list": terms.kind,
        "file": found.file,
        "unit": asked.unit,
        "where": asked.where,
        "means": terms.means,
        "on": list(found.by),
        "weak": found.weak,
        "compared": [field.id for field in found.fields],
        "rows": len(found.theirs),
        "groups": found.counts,
        "unusable": found.reasons,
        "ours": None if terms.absent else found.own_counts,
        "differing": found.by_field,
        "findings": records(shown),
    }


def _tell(found: Compared, voice: Voice) -> None:
    """The sums of both sides, how it was compared, what to do next."""
    from povplan.jobs.matchpage import remarks, sums
    from povplan.jobs.printing import silent
    from povplan.messages import say

    for said in (*sums(found), *remarks(found)):
        voice(said)
    if missing := silent(found.asked):
        voice(missing)
    voice(say("compare_next"))

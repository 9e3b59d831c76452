"""`log`, `diff` and `rollback`: the batches of the base ledger, what they changed, taking one back."""

from __future__ import annotations

from collections.abc import Iterable
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

    from povplan.config import Config
    from povplan.store import Batch

SHOWN = 50
"""Changes that a terminal gets to see; the other formats have all."""
NAMES = 3
"""Files of a batch that the table names."""


def log(
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """入库批次 · The batches of the base ledger, newest last.

    谁、何时、入了哪些文件、哪几年，后来是否撤销。
    The batches of the base ledger, newest last: who, when, which files and years, undone or not.

    例 Example:  povplan log
    """
    from povplan.cli.boundary import language
    from povplan.cli.output import Voice, emit_frame, emit_json
    from povplan.cli.showing import headings
    from povplan.jobs import history
    from povplan.messages import say
    from povplan.workspace import Workspace

    place = Workspace.find(workspace)
    voice = Voice(language(lang, place.settings.lang), quiet)
    batches = history.log(place.store)
    if format == "json":
        emit_json({"batches": [_batch_json(*one) for one in batches]}, output)
        return
    if not batches:
        voice.insist(say("history_empty"))
        return
    frame = _log_table(batches, voice.lang, whole=format != "table")
    emit_frame(frame, format, output, headings(frame, voice.lang))
    moved = [batch.id for batch, _ in batches if batch.kind != "recheck"]
    if len(moved) > 1:
        voice(say("history_next", batch=moved[-1] - 1))


def diff(
    first: Annotated[str, typer.Argument(metavar="A", help="批次 · Batch.", show_default=False)],
    last: Annotated[str, typer.Argument(metavar="B", help="批次或 now · Batch or now.")] = "now",
    year: YearOption = None,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """两批之间改了什么 · What differs between two states of the ledger.

    逐格列出原值、新值和出处，不显示个人。
    What differs between two states of the base ledger, cell by cell, with the cell it comes from.

    例 Example:  povplan diff 1 now --year 2024
    """
    from povplan.cli.boundary import language
    from povplan.cli.output import Voice, emit_frame, emit_json, records
    from povplan.cli.showing import headings
    from povplan.jobs import differing, history
    from povplan.jobs.standing import Standing
    from povplan.messages import say
    from povplan.workspace import Workspace

    place = Workspace.find(workspace)
    voice = Voice(language(lang, place.settings.lang), quiet)
    a, b = (history.state(text, place.store) for text in (first, last))
    before, after = (Standing(place, place.config, place.store, number) for number in (a, b))
    frame = differing.changes(before, after, year)
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
        table = _changes_table(frame.head(SHOWN), place.config, voice.lang)
        emit_frame(table, format, output, headings(table, voice.lang))
        voice(say("history_between", first=a, last=b, counts=_counts(frame, voice.lang)))
        if len(frame) > SHOWN:
            voice(say("history_more", count=len(frame) - SHOWN))


def rollback(
    batch: Annotated[int, typer.Argument(help="批次 · Batch.", show_default=False)],
    reason: Annotated[str, typer.Option("--reason", help="理由 · Why.", show_default=False)] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="只试算 · Change nothing.")] = False,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """撤销一批 · Take a batch back.

    台账回到没有这一批的样子；撤销本身也记一批，可以再撤销。
    Take a batch back. That is recorded as a batch itself; taking it back too brings the first one back.

    例 Example:  povplan rollback 3 --reason "报错年份"
    """
    from povplan.cli.boundary import language
    from povplan.cli.output import Voice, emit_frame, emit_json
    from povplan.cli.showing import headings
    from povplan.jobs import differing, history
    from povplan.messages import say
    from povplan.workspace import Workspace

    place = Workspace.find(workspace)
    voice = Voice(language(lang, place.settings.lang), quiet)
    undone = history.rollback(place, batch, reason, dry_run=dry_run)
    counts = differing.counts(undone.changes)
    if format == "json":
        emit_json(_undone_json(undone), output)
    elif len(counts) or format != "table":
        labelled = counts.assign(
            ledger=[_ledger_label(n, place.config, voice.lang) for n in counts["ledger"]]
        )
        heads = headings(labelled[["ledger", "year"]], voice.lang)
        kinds = [say(f"kind_{kind}").text(voice.lang) for kind in differing.KINDS]
        emit_frame(labelled, format, output, [*heads, *kinds])
    said = _counts(undone.changes, voice.lang)
    if undone.batch is None or undone.recheck is None:
        voice.insist(say("history_would_undo", batch=batch, counts=said))
        return
    by = undone.batch.id
    voice(say("history_undone", batch=batch, by=by, recheck=undone.recheck.id, counts=said))
    voice(say("history_undone_next", before=by - 1, batch=batch, by=by))


# ---- what is shown ---------------------------------------------------------------------------------


def _batch_json(batch: Batch, undone_by: int | None) -> dict[str, Any]:
    return {
        "batch": batch.id,
        "kind": batch.kind,
        "time": batch.time,
        "operator": batch.operator,
        "years": sorted(batch.as_of),
        "coverage": batch.coverage,
        "inputs": [vars(given) for given in batch.inputs],
        "config_digest": batch.config_digest,
        "profile": batch.profile,
        "undoes": batch.undoes,
        "undone_by": undone_by,
        "note": batch.note,
    }


def _log_table(batches: Iterable[tuple[Batch, int | None]], lang: str, *, whole: bool) -> pd.DataFrame:
    """One line a batch; with `whole`, every file is named."""
    import pandas as pd

    from povplan.messages import say

    lines = [
        {
            "batch": str(batch.id),
            "kind": say(f"kind_{batch.kind}").text(lang),
            "time": batch.time.replace("T", " ")[:19],
            "operator": batch.operator,
            "inputs": _files(batch, lang, whole=whole),
            "years": "、".join(str(year) for year in sorted(batch.as_of)),
            "accepted": str(sum(line.get("accepted", 0) for line in batch.coverage or ()) or ""),
            "undoes": str(batch.undoes or ""),
            "undone_by": str(undone_by or ""),
            "note": batch.note,
        }
        for batch, undone_by in batches
    ]
    return pd.DataFrame(lines)


def _files(batch: Batch, lang: str, *, whole: bool) -> str:
    from povplan.messages import say

    names = [given.name for given in batch.inputs if given.status == "accepted"]
    if whole or len(names) <= NAMES:
        return "、".join(names)
    return say("history_files", names="、".join(names[:NAMES]), count=len(names)).text(lang)


def _changes_table(frame: pd.DataFrame, config: Config, lang: str) -> pd.DataFrame:
    """Changes with labels for ids and a word for each kind; a unit is not named twice."""
    import pandas as pd

    from povplan.messages import say

    where = frame["sheet"].fillna("") + "!" + frame["cell"].fillna("")
    fields = zip(frame["ledger"], frame["field"], strict=True)
    shown = {
        "ledger": [_ledger_label(name, config, lang) for name in frame["ledger"]],
        "year": frame["year"],
        "unit": frame["unit"],
        "entity": frame["entity"].where(frame["entity"] != frame["unit"], ""),
        "field": ["" if pd.isna(f) else config.ledgers[n].field(f).label.text(lang) for n, f in fields],
        "old": [_shown(value) for value in frame["old"]],
        "new": [_shown(value) for value in frame["new"]],
        "kind": [say(f"kind_{kind}").text(lang) for kind in frame["kind"]],
        "file": frame["file"],
        "cell": where.str.strip("!"),
    }
    return pd.DataFrame(shown).astype(object).fillna("")


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}".removesuffix(".00")
    return "" if value is None else str(value)


def _ledger_label(name: str, config: Config, lang: str) -> str:
    return config.ledgers[name].label.text(lang)


def _counts(frame: pd.DataFrame, lang: str) -> str:
    """`改动 3，新增行 1`."""
    from povplan.jobs.differing import KINDS
    from povplan.messages import say

    counted = {kind: int((frame["kind"] == kind).sum()) for kind in KINDS}
    words = [f"{say(f'kind_{kind}').text(lang)} {count:,}" for kind, count in counted.items() if count]
    comma = ", " if lang == "en" else "，"
    return comma.join(words) or say("history_nothing").text(lang)


def _undone_json(undone: Any) -> dict[str, Any]:
    from povplan.cli.output import records
    from povplan.jobs.differing import KINDS, counts

    return {
        "undone": undone.number,
        "batch": undone.batch.id if undone.batch else None,
        "recheck": undone.recheck.id if undone.recheck else None,
        "counts": {kind: int((undone.changes["kind"] == kind).sum()) for kind in KINDS},
        "by_ledger": records(counts(undone.changes)),
    }

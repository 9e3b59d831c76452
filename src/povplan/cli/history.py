"""`log`, `close`, `tag`, `rollback`: the batches of the base ledger, what is final, taking one back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from povplan.cli.options import (
    DryRunOption,
    FormatOption,
    LangOption,
    OutputOption,
    QuietOption,
    ReasonOption,
    ReviseOption,
    WorkspaceOption,
    YearOption,
)

if TYPE_CHECKING:
    import pandas as pd

    from povplan.config import Config
    from povplan.store import Batch

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
    from povplan.cli.output import emit_frame, emit_json, workspace_and_voice
    from povplan.cli.showing import headings
    from povplan.jobs import history
    from povplan.messages import say

    place, voice = workspace_and_voice(workspace, lang, quiet)
    batches = history.log(place.store)
    if format == "json":
        emit_json({"batches": [_batch_json(*one) for one in batches]}, output)
        return
    if not batches:
        voice.insist(say("history_empty"))
        return
    frame = _log_table(batches, voice.lang, whole=format != "table")
    emit_frame(frame, format, output, headings(frame, voice.lang))
    moved = [batch.id for batch, _ in batches if batch.checked and batch.kind != "recheck"]
    if len(moved) > 1:
        voice(say("history_next", batch=moved[-1] - 1))


def close(
    year: Annotated[
        int | None, typer.Argument(metavar="YEAR", help="年份 · Year.", show_default=False)
    ] = None,
    reopen: Annotated[bool, typer.Option("--reopen", help="重新打开 · Open it again.")] = False,
    reason: ReasonOption = "",
    dry_run: DryRunOption = False,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """年度关账 · Close a year: from then on it is restated only with --revise and a reason.

    不写年份列出各年；记为一批 · Without a year all years are listed. Closing is a batch.

    例 Example:  povplan close 2024
    """
    from povplan.cli.boundary import committed
    from povplan.cli.output import emit_frame, emit_json, records, workspace_and_voice
    from povplan.cli.showing import headings
    from povplan.errors import PovplanError
    from povplan.jobs import history
    from povplan.messages import say

    place, voice = workspace_and_voice(workspace, lang, quiet)
    if year is None and reopen:
        raise PovplanError(say("reopen_which"))
    made = None
    if year is not None:
        if dry_run:
            history.demand_closable(place, year, reason, reopen=reopen)
            voice.insist(say("year_would_reopen" if reopen else "year_would_close", year=year))
            return
        made = history.close(place, year, reason, reopen=reopen)
        committed(made.id)
        key = "year_reopened" if reopen else "year_is_closed"
        voice(say(key, year=year, batch=made.id))
    frame = history.years(place)
    if format == "json":
        emit_json({"batch": made.id if made else None, "years": records(frame)}, output)
    elif year is None or format != "table":
        words = [say(f"year_state_{one}").text(voice.lang) for one in frame["year_state"]]
        shown = frame.assign(year_state=words).fillna("")
        emit_frame(shown, format, output, headings(shown, voice.lang))


def tag(
    batch: Annotated[
        str | None, typer.Argument(metavar="BATCH", help="批次或 now · Batch or now.", show_default=False)
    ] = None,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="名称 · Name.", show_default=False)
    ] = None,
    year: YearOption = None,
    dry_run: DryRunOption = False,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """定稿命名 · Give the state after a batch a name, usable wherever a batch is.

    不写批次列出各标签；--year 是所报的年度 · Without a batch all tags are listed.

    例 Example:  povplan tag now 2024年报定稿 --year 2024
    """
    from povplan.cli.boundary import committed
    from povplan.cli.output import emit_frame, emit_json, records, workspace_and_voice
    from povplan.cli.showing import headings
    from povplan.errors import PovplanError
    from povplan.jobs import history
    from povplan.messages import say

    place, voice = workspace_and_voice(workspace, lang, quiet)
    if (batch is None) != (name is None):
        raise PovplanError(say("tag_needs_both"))
    if batch is not None and name is not None:
        if dry_run:
            given, number, of = history.naming(place, batch, name, year)
            voice.insist(say("tag_would_give", name=given, batch=number, year=of))
            return
        made = history.tag(place, batch, name, year)
        committed(made.recorded.id)
        voice(say("tag_given", name=made.name, batch=made.batch, year=made.year))
    frame = history.tag_list(place)
    if format == "json":
        emit_json({"tags": records(frame)}, output)
    elif batch is None and not len(frame):
        voice.insist(say("tag_none"))
    elif batch is None or format != "table":
        emit_frame(frame, format, output, headings(frame, voice.lang))


def rollback(
    batch: Annotated[str, typer.Argument(help="批次或标签 · Batch or tag.", show_default=False)],
    reason: ReasonOption = "",
    dry_run: DryRunOption = False,
    revise: ReviseOption = False,
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
    from povplan.cli.output import emit_frame, emit_json, workspace_and_voice
    from povplan.cli.showing import headings
    from povplan.errors import PovplanError
    from povplan.jobs import differing, history, restating
    from povplan.messages import say

    place, voice = workspace_and_voice(workspace, lang, quiet)
    number = restating.state(batch, place.store)
    if number is None:
        raise PovplanError(say("history_empty"))
    undone = history.rollback(place, number, reason, dry_run=dry_run, revise=revise)
    counts = differing.counts(undone.changes)
    if format == "json":
        emit_json(_undone_json(undone), output)
    elif len(counts) or format != "table":
        labelled = counts.assign(ledger=[ledger_label(n, place.config, voice.lang) for n in counts["ledger"]])
        heads = headings(labelled[["ledger", "year"]], voice.lang)
        kinds = [say(f"kind_{kind}").text(voice.lang) for kind in differing.KINDS]
        emit_frame(labelled, format, output, [*heads, *kinds])
    said = counts_in_words(undone.changes, voice.lang)
    if undone.batch is None or undone.recheck is None:
        voice.insist(say("history_would_undo", batch=number, counts=said))
        return
    by = undone.batch.id
    voice(say("history_undone", batch=number, by=by, recheck=undone.recheck.id, counts=said))
    voice(say("history_undone_next", before=by - 1, batch=number, by=by))


# ---- what is shown ---------------------------------------------------------------------------------


def _batch_json(batch: Batch, undone_by: int | None) -> dict[str, Any]:
    from povplan.jobs.restating import said_in

    said = said_in(batch)
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
        "note": said.get("reason", "") if said else batch.note,
        "revises": said.get("revises", []),
        "says": {name: value for name, value in said.items() if name not in ("reason", "revises")} or None,
    }


def _log_table(batches: Iterable[tuple[Batch, int | None]], lang: str, *, whole: bool) -> pd.DataFrame:
    """One line a batch; with `whole`, every file is named."""
    import pandas as pd

    from povplan.jobs.restating import in_words
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
            "note": in_words(batch, lang),
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


def ledger_label(name: str, config: Config, lang: str) -> str:
    """A ledger's name."""
    return config.ledgers[name].label.text(lang)


def counts_in_words(frame: pd.DataFrame, lang: str) -> str:
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

"""`waive` and `fix`: excuse a finding, amend a value; each is recorded as a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from povplan.cli.options import (
    DryRunOption,
    FormatOption,
    LangOption,
    OutputOption,
    QuietOption,
    ReviseOption,
    WorkspaceOption,
    YearOption,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from povplan.cli.options import Format
    from povplan.cli.output import Voice
    from povplan.jobs.registering import Fixed
    from povplan.jobs.update import Outcome
    from povplan.workspace import Workspace

WaitOption = Annotated[float, typer.Option("--wait", help="等锁的秒数 · Seconds to wait for the lock.")]


def waive(
    numbers: Annotated[
        list[str] | None,
        typer.Argument(metavar="NUMBER", help="疑点编号 · Numbers of findings.", show_default=False),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="豁免理由 · Why.", show_default=False)] = "",
    by: Annotated[str, typer.Option("--by", help="批准人 · Who approved.", show_default=False)] = "",
    until: Annotated[
        str | None, typer.Option("--until", help="到期日 · Last day (2025-12-31).", show_default=False)
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="列出全部豁免 · List all waivers.")] = False,
    year: YearOption = None,
    dry_run: DryRunOption = False,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    wait: WaitOption = 0,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """豁免疑点 · Excuse findings, by their numbers.

    数值一变，豁免就失效 · The excuse lapses when the value changes.

    例 Example:  povplan waive 0a1b2c3d4e --reason "当年新婚" --by 样本甲 --until 2025-12-31
    """
    from povplan.cli.boundary import committed
    from povplan.cli.output import emit_frame, emit_json, records, workspace_and_voice
    from povplan.cli.showing import headings
    from povplan.jobs import registering
    from povplan.jobs.doubts import statuses

    place, voice = workspace_and_voice(workspace, lang, quiet)
    if listing:
        _list(place, voice, year, format, output)
        return
    wanted = registering.Excuse(numbers or [], reason, by, _day(until))
    outcome = registering.waive(place, wanted, registering.Way(dry_run, wait))
    if outcome.batch:
        committed(outcome.batch.id)
    found = _of_numbers(outcome, place, voice.lang, wanted.numbers)
    if format == "json":
        counts = statuses(outcome.findings.of(outcome.years))
        emit_json({**_batch(outcome), "statuses": counts, "findings": records(found)}, output)
    else:
        shown = found[["finding", "rule", "ledger", "entity", "year", "message", "status"]]
        emit_frame(_worded(shown, place, voice.lang), format, output, headings(shown, voice.lang))
    _waive_closing(outcome, len(found), voice)


def fix(
    ledger: Annotated[str, typer.Argument(help="台账 · Ledger.", show_default=False)],
    entity: Annotated[str, typer.Argument(help="对象编号或代号 · Key or pseudonym.", show_default=False)],
    field: Annotated[str, typer.Argument(help="指标 · Field.", show_default=False)],
    old: Annotated[str, typer.Option("--from", help='原值（空白写 ""） · Old value.', show_default=False)],
    new: Annotated[str, typer.Option("--to", help="新值 · New value.", show_default=False)],
    evidence: Annotated[
        str, typer.Option("--evidence", "--reason", help="依据 · What it rests on.", show_default=False)
    ] = "",
    caller: Annotated[str, typer.Option("--caller", help="来电人 · Who called.", show_default=False)] = "",
    year: YearOption = None,
    dry_run: DryRunOption = False,
    revise: ReviseOption = False,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    wait: WaitOption = 0,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """更正一个数 · Amend one value, wherever its old one is sent again.

    记入更正登记表，原表不动 · It goes into the register of amendments; what was sent stays.

    例 Example:  povplan fix 农户 db1caf0abe 家庭人口数 --from 3 --to 4 --evidence "户主来电" --year 2024
    """
    from povplan.cli.boundary import committed
    from povplan.cli.output import emit_frame, emit_json, records, workspace_and_voice
    from povplan.cli.showing import findings, headings
    from povplan.jobs import registering
    from povplan.jobs.doubts import statuses

    place, voice = workspace_and_voice(workspace, lang, quiet)
    wanted = registering.Fix(ledger, entity, field, old, new, evidence, caller, year)
    done = registering.fix(place, wanted, registering.Way(dry_run, wait, revise))
    if done.outcome.batch:
        committed(done.outcome.batch.id)
    found = findings(done.outcome, place, voice.lang)
    moved = found[found["status"].isin(["new", "reopened", "fixed"])]
    if format == "json":
        counts = statuses(done.outcome.findings.of(done.outcome.years))
        told = {**_batch(done.outcome), **_fixed(done, place), "statuses": counts}
        emit_json({**told, "findings": records(moved)}, output)
    elif len(moved) or format != "table":
        shown = moved[["finding", "rule", "ledger", "entity", "year", "message", "status"]]
        emit_frame(_worded(shown, place, voice.lang), format, output, headings(shown, voice.lang))
    _fix_closing(done, voice)


def _day(text: str | None) -> dt.date | None:
    import datetime as dt

    from povplan.errors import PovplanError
    from povplan.messages import say

    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError as error:
        raise PovplanError(say("waive_bad_date", given=text)) from error


def _of_numbers(outcome: Outcome, place: Workspace, lang: str, numbers: Sequence[str]) -> pd.DataFrame:
    from povplan.cli.showing import findings

    found = findings(outcome, place, lang)
    wanted = {number.strip().lower().zfill(10) for number in numbers}
    return found[found["finding"].isin(list(wanted))].drop_duplicates("finding")


def _worded(frame: pd.DataFrame, place: Workspace, lang: str) -> pd.DataFrame:
    """Labels for ids of ledgers, words for codes."""
    from povplan.messages import say

    words = [say(f"status_{status}").text(lang) for status in frame["status"]]
    return _labelled(frame, place, lang).assign(status=words)


def _batch(outcome: Outcome) -> dict[str, object]:
    return {"batch": outcome.batch.id if outcome.batch else None, "years": list(outcome.years)}


def _fixed(done: Fixed, place: Workspace) -> dict[str, object]:
    from povplan.jobs.differing import hides_entities

    hidden = hides_entities(done.ledger, place.config.ledgers)
    entity = place.pseudonym(done.entity) if hidden else done.entity
    return {
        "ledger": done.ledger.ledger,
        "entity": entity,
        "field": done.spec.id,
        "old": done.old.zh,
        "new": done.new.zh,
    }


def _waive_closing(outcome: Outcome, count: int, voice: Voice) -> None:
    from povplan.messages import say

    if outcome.batch is None:
        voice.insist(say("waive_would", count=count))
        return
    voice(say("waive_done", count=count, batch=outcome.batch.id))
    voice(say("register_next", year=outcome.years[-1]))


def _fix_closing(done: Fixed, voice: Voice) -> None:
    from povplan.formulas.faults import tell
    from povplan.messages import say

    told = {"label": done.spec.label.said, "old": done.old, "new": done.new}
    if done.outcome.batch is None:
        voice.insist(tell("fix_would", **told))
        return
    voice(tell("fix_done", batch=done.outcome.batch.id, **told))
    voice(say("register_next", year=done.outcome.years[-1]))


def _list(place: Workspace, voice: Voice, year: int | None, format: Format, output: Path | None) -> None:
    """Every waiver with what became of it; what awaits the county's word."""
    from povplan.cli.output import emit_frame, emit_json, records
    from povplan.cli.showing import headings
    from povplan.jobs.standing import Standing
    from povplan.jobs.waivers import listed_waivers
    from povplan.messages import say

    frame = listed_waivers(Standing(place, place.config, place.store), voice.lang)
    frame = frame[frame["year"] == year] if year is not None else frame
    if format == "json":
        emit_json({"waivers": records(frame)}, output)
    elif len(frame) or format != "table":
        words = [say(f"waiver_{state}").text(voice.lang) for state in frame["waiver_state"]]
        shown = _labelled(frame, place, voice.lang).assign(waiver_state=words)
        emit_frame(shown, format, output, headings(shown, voice.lang))
    else:
        voice.insist(say("waive_none"))


def _labelled(frame: pd.DataFrame, place: Workspace, lang: str) -> pd.DataFrame:
    ledgers = place.config.ledgers
    labels = [ledgers[name].label.text(lang) if name in ledgers else name for name in frame["ledger"]]
    return frame.assign(ledger=labels).fillna("")

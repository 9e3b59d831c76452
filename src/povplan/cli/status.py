"""`status`: how a workspace stands, and whether its updates still run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from povplan.cli.options import LangOption, OutputOption, QuietOption, TextFormatOption, WorkspaceOption

if TYPE_CHECKING:
    import datetime as dt

    from povplan.jobs.alive import Status


def status(
    max_age: Annotated[
        str | None,
        typer.Option(
            "--max-age",
            help="最近一次入库不得早于，如 36h、8d · 1 if no update ended well since.",
            show_default=False,
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    format: TextFormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """台账现状 · How the workspace stands: last update, years, findings, files that wait.

    无人值守时用 --max-age：这段时间里没有一次 update 正常结束的，以 1 退出。
    For unattended work: with --max-age it exits with 1 where no update ended well in that time.

    例 Example:  povplan status --max-age 36h
    """
    import datetime as dt

    from povplan.cli.output import emit_json, workspace_and_voice
    from povplan.jobs import alive
    from povplan.messages import say

    place, voice = workspace_and_voice(workspace, lang, quiet)
    most = alive.age_of(max_age) if max_age is not None else None
    found = alive.status(place, dt.datetime.now(dt.UTC))
    well = found.is_within(most)
    if format == "json":
        emit_json(_as_json(found, most), output)
    else:
        _print(found, voice.lang, output)
    if not well:
        age = _age(found.age, voice.lang)
        told = say("status_too_old", age=age, most=max_age) if age else say("status_never", most=max_age)
        voice.insist(say("status_ahead") if found.is_ahead else told)
        raise typer.Exit(1)


def _as_json(found: Status, most: dt.timedelta | None) -> dict[str, Any]:
    hours = round(found.age.total_seconds() / 3600, 2) if found.age is not None else None
    return {
        "ok": found.is_within(most),
        "batch": found.batch.id if found.batch else None,
        "updated": found.updated.isoformat(timespec="seconds") if found.updated else None,
        "age_hours": hours,
        "max_age_hours": most.total_seconds() / 3600 if most is not None else None,
        "waiting": found.waiting,
        "years": [{"year": one.year, "year_state": one.state, **one.findings} for one in found.years],
    }


def _print(found: Status, lang: str, output: Path | None) -> None:
    """A line for the ledger as a whole, then one a year."""
    from povplan.messages import say

    lines = [say("status_none")]
    if found.updated is not None and found.batch is not None:
        time = found.updated.isoformat(sep=" ")[:16]
        said = {"batch": found.batch.id, "time": time}
        lines = [say("status_last", **said, age=_age(found.age, lang))]
        if found.is_ahead:
            lines = [say("status_last_ahead", **said)]
    lines += [
        say(f"status_year_{one.state}", year=one.year, **{f"{name}s": n for name, n in one.findings.items()})
        for one in found.years
    ]
    lines.append(say("status_waiting", count=found.waiting))
    text = "".join(f"{line.text(lang)}\n" for line in lines)
    if output is None:
        print(text, end="")
    else:
        output.write_text(text, encoding="utf-8")


def _age(age: dt.timedelta | None, lang: str) -> str:
    """An age in words: in minutes up to two hours, in hours up to two days, then in days."""
    from povplan.messages import say

    if age is None:
        return ""
    minutes = max(int(age.total_seconds() // 60), 0)
    hours = minutes // 60
    if hours < 2:
        return say("status_minutes", count=minutes).text(lang)
    return (say("status_hours", count=hours) if hours < 48 else say("status_days", count=hours // 24)).text(
        lang
    )

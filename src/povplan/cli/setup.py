"""`init` and `doctor`: a workspace is made, and looked over."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from povplan.cli.options import LangOption, OutputOption, QuietOption, WorkspaceOption

if TYPE_CHECKING:
    from povplan.jobs.examining import Check


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="文件夹 · Folder.")] = Path(),
    profile: Annotated[str, typer.Option("--profile", help="表式 · Family of forms.")] = "default",
    county: Annotated[
        str | None, typer.Option("--county", help="县名 · Name of the county.", show_default=False)
    ] = None,
    code: Annotated[
        str, typer.Option("--code", help="6 位区划代码 · 6-digit code.", show_default=False)
    ] = "",
    list_profiles: Annotated[
        bool, typer.Option("--list-profiles", help="列出表式 · List the profiles.")
    ] = False,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """新建工作区 · Make a workspace.

    设置文件和一套可以修改的定义；已有的文件不会被覆盖。
    Make a workspace: its settings, and the definitions of a profile, which may then be changed.

    例 Example:  povplan init 从化 --profile guangzhou-2011 --county 从化市
    """
    import datetime as dt

    from povplan.cli.boundary import language
    from povplan.cli.output import Voice
    from povplan.jobs.founding import found
    from povplan.messages import say
    from povplan.spec import County

    spoken = language(lang)
    voice = Voice(spoken, quiet)
    if list_profiles:
        _print_profiles(spoken)
        return
    name = county if county is not None else _asked(spoken)
    founded = found(folder, profile, County(name=name.strip(), code=code), lang or "zh")
    print(founded.root)
    voice(say("init_done", folder=founded.root, profile=profile, files=founded.files))
    voice(say("init_next", folder=folder, year=dt.date.today().year - 1))


def doctor(
    workspace: WorkspaceOption = None,
    format: Annotated[
        Literal["table", "json"], typer.Option("--format", "-f", help="输出格式 · Output format.")
    ] = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """体检 · Look over this computer and the workspace.

    程序、工作区、定义、台账是否正常，不正常的怎么办。有“不行”的以 1 退出。
    Look over this computer and the workspace: what is well, what is not, and what to do. 1 if a check fails.

    例 Example:  povplan doctor
    """
    import datetime as dt

    from povplan.cli.boundary import language
    from povplan.cli.output import Voice, emit_json
    from povplan.jobs.examining import examine, failed
    from povplan.messages import say

    spoken = language(lang)
    checks = examine(workspace, dt.datetime.now(dt.UTC))
    if format == "json":
        emit_json({"ok": not failed(checks), "checks": [_as_json(check) for check in checks]}, output)
    else:
        _print_checks(checks, spoken, output)
    if failed(checks):
        count = sum(check.status == "fail" for check in checks)
        Voice(spoken, quiet)(say("doctor_mend", count=count))
        raise typer.Exit(1)


def _asked(lang: str) -> str:
    """The county's name, asked for at a terminal only."""
    from povplan.messages import say

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return ""
    question = say("init_ask_county").text(lang)
    return str(typer.prompt(question, default="", show_default=False, err=True))


def _print_profiles(lang: str) -> None:
    import pandas as pd

    from povplan.cli.output import print_table
    from povplan.cli.showing import headings
    from povplan.jobs.founding import shipped_profiles

    lines = [
        {
            "profile": config.profile.profile,
            "label": config.profile.label.text(lang),
            "description": config.profile.description.text(lang) if config.profile.description else "",
        }
        for config in shipped_profiles()
    ]
    frame = pd.DataFrame(lines)
    print_table(frame, headings(frame, lang))


def _as_json(check: Check) -> dict[str, str]:
    said = {"message_zh": check.said.zh, "message_en": check.said.en}
    return {"check": check.name, "status": check.status, **said}


def _print_checks(checks: list[Check], lang: str, output: Path | None) -> None:
    """One line a check: how it is, what was looked at, what to do; further lines indented."""
    from povplan.messages import say

    text = "".join(
        "{}  {}{}{}\n".format(
            say(f"doctor_{check.status}").text(lang),
            say(f"doctor_check_{check.name}").text(lang),
            ": " if lang == "en" else "：",
            check.said.text(lang).replace("\n", "\n      "),
        )
        for check in checks
    )
    if output is None:
        print(text, end="")
    else:
        output.write_text(text, encoding="utf-8")

"""`init` and `doctor`: a workspace is made, and looked over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from povplan.cli.options import LangOption, OutputOption, QuietOption, TextFormatOption, WorkspaceOption

if TYPE_CHECKING:
    from povplan.cli.asking import Asker
    from povplan.cli.output import Voice
    from povplan.jobs.examining import Check


def init(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="DIR", help="文件夹 · Folder.", show_default=False)
    ] = None,
    last: Annotated[
        list[Path] | None,
        typer.Option("--from", help="去年的文件或文件夹 · Last year's files or folders.", show_default=False),
    ] = None,
    sample: Annotated[bool, typer.Option("--sample", help="放一个样例县 · The sample county.")] = False,
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile",
            help="表式 · Family of forms (default: default; with --from: found).",
            show_default=False,
        ),
    ] = None,
    county: Annotated[
        str | None, typer.Option("--county", help="县名 · Name of the county.", show_default=False)
    ] = None,
    code: Annotated[
        str, typer.Option("--code", help="6 位区划代码 · 6-digit code.", show_default=False)
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="不提问 · Ask nothing.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="只试算 · Write nothing.")] = False,
    list_profiles: Annotated[
        bool, typer.Option("--list-profiles", help="列出表式 · List the profiles.")
    ] = False,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """新建工作区 · Make a workspace.

    设置文件和一套可以修改的定义；--from 从去年的报表学会本县的单位和表头；已有的文件不会被覆盖。

    Make a workspace: its settings, and the definitions of a profile, which may then be changed; with --from
    it learns the county's units and headers from last year's files.

    例 Example:  povplan init --sample 样例县

    例 Example:  povplan init 从化 --from 去年报表/
    """
    from povplan.cli.asking import Asker
    from povplan.cli.boundary import language
    from povplan.cli.output import Voice
    from povplan.spec import County

    spoken = language(lang)
    voice, asker = Voice(spoken, quiet), Asker.of(spoken, silent=yes or quiet or dry_run)
    if list_profiles:
        _print_profiles(spoken)
        return
    target, files = _folder_and_files(folders or [], last or [])
    _tell_here(target, voice)
    if sample:
        given = {"--from": files, "--profile": profile, "--county": county, "--code": code}
        _sample(target, [option for option, value in given.items() if value], lang or "zh", voice, dry_run)
    elif files:
        from povplan.cli.newcomer import learn

        about = County(name=(county or "").strip(), code=code)
        learn(target, files, profile, about, voice, asker, speaks=lang or "zh", dry_run=dry_run)
    else:
        _plain(target, profile or "default", county, code, lang or "zh", voice, asker, dry_run)


def _plain(
    target: Path,
    profile: str,
    county: str | None,
    code: str,
    speaks: str,
    voice: Voice,
    asker: Asker,
    dry_run: bool,
) -> None:
    import datetime as dt

    from povplan.jobs.founding import Beginning, found, refuse_unfit, shipped_profile
    from povplan.messages import say
    from povplan.spec import County

    config = shipped_profile(profile)
    refuse_unfit(target, County(code=code))
    name = county if county is not None else asker.name()
    beginning = Beginning(County(name=name.strip(), code=code), speaks)
    founded = found(target, config, beginning, dry_run=dry_run)
    if dry_run:
        voice(say("init_dry_run"))
        return
    print(founded.root)
    voice(say("init_done", folder=founded.root, profile=profile, files=founded.files))
    voice(say("init_next", folder=target, year=dt.date.today().year - 1))


def _sample(target: Path, others: list[str], speaks: str, voice: Voice, dry_run: bool) -> None:
    """The sample county's workspace, its files lying ready for `update`."""
    from dataclasses import replace

    from povplan.cli.typed import typable
    from povplan.errors import PovplanError
    from povplan.jobs.founding import found, sample_county, shipped_profile
    from povplan.messages import say

    if others:
        raise PovplanError(say("init_sample_alone", option=others[0]))
    beginning = replace(sample_county(), lang=speaks)
    founded = found(target, shipped_profile("default"), beginning, dry_run=dry_run)
    if dry_run:
        voice(say("init_dry_run"))
        return
    print(founded.root)
    voice(say("init_sample_done", folder=founded.root))
    in_english = " --lang en" if voice.lang == "en" and speaks == "zh" else ""
    voice(say("init_sample_next", folder=f"{typable(target)}{in_english}"))


def _folder_and_files(given: list[Path], last: list[Path]) -> tuple[Path, list[Path]]:
    """The workspace's folder and last year's files: the shell may have spread `--from 2023/*.xlsx`."""
    from povplan.errors import PovplanError
    from povplan.messages import say

    files = [path for path in given if last and path.is_file()]
    folders = [path for path in given if path not in files]
    if len(folders) > 1:
        shown = "、".join(map(str, folders))
        raise PovplanError(say("init_one_folder", count=len(folders), folders=shown))
    return (folders[0] if folders else Path()), [*last, *files]


def _tell_here(target: Path, voice: Voice) -> None:
    """Before anything is asked or written: that it goes among what lies in the current folder."""
    from contextlib import suppress

    from povplan.messages import say
    from povplan.workspace import SETTINGS

    if target != Path() or Path(SETTINGS).exists():
        return
    with suppress(OSError):  # a folder that cannot be read is told where it cannot be written
        if count := sum(not path.name.startswith(".") for path in target.iterdir()):
            voice(say("init_here", folder=target.resolve(), count=count))


def doctor(
    workspace: WorkspaceOption = None,
    format: TextFormatOption = "table",
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


def _print_profiles(lang: str) -> None:
    import pandas as pd

    from povplan.cli.fitting import print_table
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
    from povplan.cli.typed import completed
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
        print(completed(text), end="")
    else:
        output.write_text(text, encoding="utf-8")

"""What was typed wrongly is told in one sentence of the user's language, and nothing is done."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import pytest

from povplan.cli.app import app
from povplan.cli.boundary import language, run


def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, lang: str) -> str:
    monkeypatch.setenv("POVPLAN_LANG", lang)
    code = run(partial(app, line.split()))
    said = capsys.readouterr()
    assert (code, said.out) == (2, "")
    return said.err.rstrip("\n")


@pytest.mark.parametrize(
    ("line", "zh", "en"),
    [
        (
            "lst",
            "povplan：没有命令“lst”。是不是 list？",
            'povplan: there is no command "lst". Did you mean list? ',
        ),
        ("zzz", "povplan：没有命令“zzz”。", 'povplan: there is no command "zzz". '),
        ("--", "povplan：没有写命令。", "povplan: no command is given. "),
        ("--fo log", "povplan：没有选项 --fo。", "povplan: there is no option --fo. "),
        (
            "change --yeer 2024",
            "povplan change：没有选项 --yeer。是不是 --year？",
            "povplan change: there is no option --yeer. Did you mean --year? ",
        ),
        (
            "update --no-retuns",
            "povplan update：没有选项 --no-retuns。是不是 --no-returns？",
            "povplan update: there is no option --no-retuns. Did you mean --no-returns? ",
        ),
        ("log -z", "povplan log：没有选项 -z。", "povplan log: there is no option -z. "),
        ("log -y", "povplan log：没有选项 -y。", "povplan log: there is no option -y. "),
        (
            "change --year",
            "povplan change：--year 后面要写一个值（年份）。",
            "povplan change: --year wants a value (Year). ",
        ),
        ("log --quiet=3", "povplan log：--quiet 后面不写值。", "povplan log: --quiet takes no value. "),
        (
            "update --no-returns=3",
            "povplan update：--no-returns 后面不写值。",
            "povplan update: --no-returns takes no value. ",
        ),
        (
            "list",
            "povplan list：缺少 LEDGER（台账，编号或名称）。",
            "povplan list: LEDGER is missing (Ledger, by id or label). ",
        ),
        (
            "--year 2024 update",
            "povplan update：--year 要写在命令之后：povplan update … --year。",
            "povplan update: --year goes behind the command: povplan update … --year. ",
        ),
        (
            "fix 农户 001",
            "povplan fix：缺少 FIELD（指标）。",
            "povplan fix: FIELD is missing (Field). ",
        ),
        (
            "table 农户",
            "povplan table：缺少 --rows（行：一个字段，或外层,内层）。",
            "povplan table: --rows is missing (Down: a field, or two). ",
        ),
        (
            "explain a b (c)",
            "povplan explain：多出了“b (c)”；一个值里有空格的，要写在引号里。",
            'povplan explain: "b (c)" is too much; a value with blanks in it goes into quotation marks. ',
        ),
        (
            "change -y last",
            "povplan change：--year 应为整数，不能是“last”。",
            'povplan change: --year must be a whole number, not "last". ',
        ),
        (
            "list 农户 --limit 0",
            "povplan list：--limit 应为不小于 1 的整数，不能是“0”。",
            'povplan list: --limit must be a whole number of at least 1, not "0". ',
        ),
        (
            "update --wait long",
            "povplan update：--wait 应为数字，不能是“long”。",
            'povplan update: --wait must be a number, not "long". ',
        ),
        (
            "change --by foo",
            "povplan change：--by 应为 county、township、village 之一，不能是“foo”。",
            'povplan change: --by must be one of county, township, village, not "foo". ',
        ),
    ],
)
def test_every_kind_is_a_sentence_that_says_where_the_usage_stands(
    line: str, zh: str, en: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = zh.partition("：")[0]

    assert told(monkeypatch, capsys, line, "zh") == f"{zh}用法见 {command} --help"
    assert told(monkeypatch, capsys, line, "en") == f"{en}Usage: {command} --help"


def test_no_workspace_is_named_where_only_the_usage_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "-w" not in told(monkeypatch, capsys, "log -w county extra", "zh")


def test_povplan_alone_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(partial(app, [])) == 2
    assert "update" in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("typed", "lang"),
    [("log --lang=en", "en"), ("log --lang en", "en"), ("log --lang fr", "zh"), ("log", "zh")],
)
def test_the_language_that_is_typed_goes_before_the_one_that_is_set(
    typed: str, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["povplan", *typed.split()])
    monkeypatch.setenv("POVPLAN_LANG", "zh")

    assert language() == lang


@pytest.mark.parametrize(
    ("says", "variable", "typed", "lang"),
    [
        ("lang: en", "", "", "en"),
        ("lang: 'zh'", "", "", "zh"),
        ("", "", "", "zh"),
        ("lang: zh", "en", "", "en"),
        ("lang: zh", "en", "--lang zh", "zh"),
    ],
)
def test_errors_speak_the_language_of_the_workspace_unless_another_is_asked_for(
    says: str, variable: str, typed: str, lang: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "povplan.yaml").write_text(f"povplan: 1\n{says}\n", encoding="utf-8")
    monkeypatch.setenv("POVPLAN_LANG", variable)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")

    for named in (["-w", str(tmp_path)], [f"-w{tmp_path}"], [f"--workspace={tmp_path}"]):
        monkeypatch.setattr(sys, "argv", ["povplan", "log", *named, *typed.split()])
        assert language() == lang
    monkeypatch.setattr(sys, "argv", ["povplan", "log", *typed.split()])
    monkeypatch.chdir(tmp_path)
    assert language() == lang


def test_the_language_that_is_set_goes_before_that_of_the_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["povplan", "log"])
    monkeypatch.setenv("POVPLAN_LANG", "en")

    assert [language(None, "zh"), language("zh", "en")] == ["en", "zh"]


@pytest.mark.parametrize("line", ["change -w {long}", "change", "lst"])
def test_a_folder_that_cannot_be_opened_is_told_in_one_sentence(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    long = tmp_path / ("x" * 300)
    words = [word.format(long=long) for word in line.split()]
    monkeypatch.setattr(sys, "argv", ["povplan", *words])
    for name in ("POVPLAN_LANG", "POVPLAN_WORKSPACE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    code = run(partial(app, words))
    said = capsys.readouterr()
    monkeypatch.chdir(tmp_path)
    why = {
        "change -w {long}": f"{long} 打不开：名称太长。",
        "change": ". cannot be opened: No such file or directory.",
        "lst": 'povplan: there is no command "lst".',
    }
    assert (code, said.out) == (2, "")
    assert said.err.startswith(why[line])


def test_what_is_missing_is_told_without_its_help_where_the_library_keeps_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("povplan.cli.usage._help", lambda param: {"help": "", "help_en": ""})

    assert told(monkeypatch, capsys, "list", "en").startswith("povplan list: LEDGER is missing. Usage")

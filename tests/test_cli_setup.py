"""A workspace is made without writing over anything, and `doctor` tells what is not well."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tomllib
from pathlib import Path

import pytest

from povplan.config import load_config, profiles
from povplan.jobs import examining
from povplan.jobs.examining import examine
from povplan.workspace import Workspace
from tests.commands import Terminal, commit, lay, part, workspace

NOW = dt.datetime(2025, 2, 1, tzinfo=dt.UTC)
A = "桥县/河镇/桥头村"


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POVPLAN_LANG", "zh")


def tree(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


# ---- init ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", profiles())
def test_a_new_workspace_has_the_very_definitions_of_its_profile(
    typed: Terminal, tmp_path: Path, profile: str
) -> None:
    answer = typed("init", tmp_path / "县", "--profile", profile, "--county", "从化市", "--code", "440184")

    made, shipped = Workspace.find(tmp_path / "县"), load_config(profile)
    assert answer.code == 0
    assert Path(answer.out.strip()) == (tmp_path / "县").resolve()
    assert made.config.digest == shipped.digest
    assert sum(path.suffix == ".yaml" for path in (made.root / "configs").rglob("*")) == len(shipped.texts)
    assert (made.settings.profile, made.settings.county.name) == (profile, "从化市")
    assert made.settings.county.code == "440184"
    assert f"povplan update -w {tmp_path / '县'} --year" in answer.err
    assert not (made.root / "ledger").exists()


def test_a_workspace_among_other_things_of_the_current_folder_is_told_beforehand(
    typed: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("满", "空", "另"):
        (tmp_path / name).mkdir()
    (tmp_path / "满" / "我的文件").mkdir()
    said = f"工作区建在当前文件夹 {(tmp_path / '满').resolve()}，里面已有 1 项，不会动它们。"

    monkeypatch.chdir(tmp_path / "满")
    here, apart = typed("init", "--county", "桥县"), typed("init", "../另", "--county", "桥县")
    monkeypatch.chdir(tmp_path / "空")
    alone = typed("init", "--county", "桥县")

    assert here.err.startswith(said)
    assert [answer.code for answer in (here, apart, alone)] == [0, 0, 0]
    assert "当前文件夹" not in apart.err + alone.err


def test_a_definition_changed_in_the_workspace_counts(typed: Terminal, tmp_path: Path) -> None:
    typed("init", tmp_path, "--profile", "guangzhou-2011")
    words = tmp_path / "configs" / "words.yaml"
    words.write_text(words.read_text(encoding="utf-8") + "# 本县\n", encoding="utf-8")

    made = Workspace(tmp_path)

    assert made.config.digest != load_config("guangzhou-2011").digest


def test_an_existing_workspace_is_left_alone(typed: Terminal, tmp_path: Path) -> None:
    typed("init", tmp_path)
    before = tree(tmp_path)

    answer = typed("init", tmp_path, "--profile", "guangzhou-2011")

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"{tmp_path} 已经是工作区")
    assert tree(tmp_path) == before


def test_a_file_that_is_there_is_never_written_over(typed: Terminal, tmp_path: Path) -> None:
    lay(tmp_path / "configs" / "words.yaml", "# 别人的\n")

    answer = typed("init", tmp_path)

    assert answer.code == 2
    assert "为免覆盖，没有写入任何文件" in answer.err
    assert tree(tmp_path) == {"configs/words.yaml": "# 别人的\n".encode()}


def test_other_files_in_the_folder_stay(typed: Terminal, tmp_path: Path) -> None:
    lay(tmp_path / "说明.txt", "去年\n")

    assert typed("init", tmp_path).code == 0
    assert (tmp_path / "说明.txt").read_text(encoding="utf-8") == "去年\n"


def test_a_run_cut_short_can_be_finished(typed: Terminal, tmp_path: Path) -> None:
    typed("init", tmp_path)
    (tmp_path / "povplan.yaml").unlink()

    assert typed("init", tmp_path).code == 0
    assert Workspace(tmp_path).config.profile.profile == "default"


def test_a_county_may_be_called_anything(typed: Terminal, tmp_path: Path) -> None:
    name = '桥"县: {#1}\\'

    typed("init", tmp_path, "--county", name)

    assert Workspace(tmp_path).settings.county.name == name


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--profile", "guangzou"], "没有名为“guangzou”的表式。是否为“guangzhou-2011”？现有：default、"),
        (["--code", "4401"], "区划代码“4401”应为 6 位数字"),
    ],
)
def test_a_wrong_answer_is_one_sentence_and_makes_nothing(
    typed: Terminal, tmp_path: Path, options: list[str], said: str
) -> None:
    answer = typed("init", tmp_path / "新", *options)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(said)
    assert not (tmp_path / "新").exists()


def test_a_folder_that_cannot_be_made_is_one_sentence(typed: Terminal, tmp_path: Path) -> None:
    lay(tmp_path / "文件", "x")

    answer = typed("init", tmp_path / "文件" / "里")

    assert answer.code == 2
    assert answer.err.startswith("无法写入 ")


def test_nothing_is_asked_where_nobody_can_answer(typed: Terminal, tmp_path: Path) -> None:
    answer = typed("init", tmp_path)

    assert (answer.code, "县（市、区）名称" in answer.err) == (0, False)
    assert Workspace(tmp_path).settings.county.name == ""


def test_profiles_are_listed(typed: Terminal) -> None:
    answer = typed("init", "--list-profiles")

    assert [line.split()[0] for line in answer.out.splitlines()[1:] if line[0] != " "] == profiles()


# ---- doctor ----------------------------------------------------------------------------------------


def statuses(at: Workspace, now: dt.datetime = NOW) -> dict[str, str]:
    return {check.name: check.status for check in examine(at.root, now)}


@pytest.fixture
def at(tmp_path: Path) -> Workspace:
    return workspace(tmp_path / "县")


def test_a_sound_workspace_is_well(at: Workspace) -> None:
    commit(at, part(at, "village", 2024, 1, [{"entity": A, "unit": A, "population": 5}]))

    found = statuses(at)

    assert found.pop("folder") in ("ok", "warn")
    assert set(found.values()) == {"ok"}
    assert list(found) == [
        "python", "libraries", "encoding", "workspace", "disk", "definitions", "examples", "rules",
        "ledger", "lock", "batches", "submissions",
    ]  # fmt: skip


def test_doctor_writes_nothing(at: Workspace, typed: Terminal) -> None:
    before = tree(at.root)

    answer = typed("doctor", "-w", at.root, "-f", "json")

    assert (answer.code, answer.json["ok"]) == (0, True)
    assert tree(at.root) == before


def test_without_a_workspace_only_the_computer_is_looked_at(
    typed: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("POVPLAN_WORKSPACE", raising=False)

    loose, named = typed("doctor"), typed("doctor", "-w", tmp_path)

    assert (loose.code, named.code) == (0, 1)
    assert "注意  工作区：" in loose.out
    assert "不行  工作区：" in named.out
    assert named.err == "有 1 项不行，请先处理。\n"


def test_broken_definitions_fail_with_their_places(at: Workspace, typed: Terminal) -> None:
    lay(at.root / "configs" / "words.yaml", "totals: [合计\n")

    answer = typed("doctor", "-w", at.root)

    assert answer.code == 1
    assert "不行  定义：configs/words.yaml:" in answer.out


def test_an_example_that_comes_out_otherwise_fails(at: Workspace) -> None:
    path = at.root / "configs" / "profiles" / "small" / "ledgers" / "household.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("28550.01", "28550"), encoding="utf-8")

    assert statuses(at)["examples"] == "fail"


def test_a_rule_over_a_field_no_form_brings_is_told(at: Workspace) -> None:
    lay(
        at.root / "configs" / "forms" / "homes.yaml",
        """
        form: homes
        label: 户表
        feeds:
          - ledger: household
            columns: {household_id: 户编号, village: 村, persons: 人口, head: 户主}
        """,
    )
    path = at.root / "configs" / "profiles" / "small" / "profile.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "forms: [homes]\n", encoding="utf-8")

    (check,) = (one for one in examine(at.root, NOW) if one.name == "rules")

    assert check.status == "warn"
    assert "X1（income）" in check.said.zh


def test_a_damaged_ledger_fails_and_names_the_file(at: Workspace) -> None:
    commit(at, part(at, "village", 2024, 1, [{"entity": A, "unit": A, "population": 5}]))
    (file,) = (at.root / "ledger" / "parts").rglob("*.parquet")
    file.write_bytes(file.read_bytes()[:-1])

    (check,) = (one for one in examine(at.root, NOW) if one.name == "ledger")

    assert check.status == "fail"
    assert file.name in check.said.zh


def test_a_lost_catalogue_fails_every_look_at_the_ledger_and_stops_none(at: Workspace) -> None:
    commit(at, part(at, "village", 2024, 1, [{"entity": A, "unit": A, "population": 5}]))
    (at.root / "ledger" / "catalogue.sqlite").unlink()

    found = statuses(at)

    assert [found[name] for name in ("ledger", "lock", "batches", "submissions")] == [
        "fail", "ok", "fail", "fail"
    ]  # fmt: skip


def test_a_run_in_progress_is_told(at: Workspace) -> None:
    with Workspace(at.root).store.lock():
        assert statuses(at)["lock"] == "warn"
    assert statuses(at)["lock"] == "ok"


def test_a_year_without_an_update_is_told(at: Workspace) -> None:
    commit(at, part(at, "village", 2024, 1, [{"entity": A, "unit": A, "population": 5}]))

    assert statuses(at, NOW.replace(year=2026))["batches"] == "ok"
    assert statuses(at, NOW.replace(year=2027))["batches"] == "warn"


def test_submissions_that_no_batch_took_in_are_told(at: Workspace) -> None:
    for name in ("桥头镇.xlsx", "~$桥头镇.xlsx"):
        lay(at.root / "submissions" / "2024" / name, "x")

    (check,) = (one for one in examine(at.root, NOW) if one.name == "submissions")

    assert check.status == "warn"
    assert check.said.zh.startswith("1 个报表没有入库：桥头镇.xlsx。入库：povplan update --year 2024 ")


def test_little_disk_is_told(at: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, status in ((3 * 1024**3, "ok"), (1024**3, "warn"), (1024, "fail")):
        usage = type("Usage", (), {"free": free})
        monkeypatch.setattr(shutil, "disk_usage", lambda path, usage=usage: usage)
        assert statuses(at)["disk"] == status


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only_fails(at: Workspace) -> None:
    at.root.chmod(0o500)

    assert statuses(at)["folder"] == "fail"
    at.root.chmod(0o700)


def test_a_missing_or_old_library_fails(monkeypatch: pytest.MonkeyPatch, at: Workspace) -> None:
    monkeypatch.setattr(examining, "LIBRARIES", {"no-such-library": "1", "pandas": "99.1"})

    told = [check.said.en for check in examine(at.root, NOW) if check.name == "libraries"]

    assert told[0] == 'The library no-such-library is missing: pip install "no-such-library>=1"'
    assert told[1].endswith('is too old: pip install -U "pandas>=99.1"')


def test_the_libraries_looked_for_are_those_declared() -> None:
    declared = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))

    wanted = [text.split(",")[0].split(">=") for text in declared["project"]["dependencies"]]

    assert {name: examining._numbers(least) for name, least in wanted} == {
        name: examining._numbers(least) for name, least in examining.LIBRARIES.items()
    }

"""A ZIP of submissions is as good as the folder it was packed from, and as harmless."""

from __future__ import annotations

import datetime as dt
import errno
import stat
import warnings
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from povplan.errors import BadFile
from povplan.jobs import archives, submissions
from povplan.jobs.archives import is_archive, unpacked
from povplan.jobs.examining import examine
from povplan.jobs.submissions import collect, waiting
from povplan.jobs.update import NothingAccepted
from povplan.messages import Said, say
from povplan.platform import file_lock
from povplan.workspace import Workspace
from tests.counties import drawn, funds, run, workspace

NOW = dt.datetime.now(dt.UTC)
ONE, OTHER = "village planned\n河镇/甲村 900", "village planned\n河镇/乙村 700"


@pytest.fixture
def county(tmp_path: Path) -> Workspace:
    return workspace(tmp_path / "w")


def packed(path: Path, **members: bytes | str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in members.items():
            package.writestr(name, data)
    return path


def book(folder: Path, drawing: str) -> bytes:
    return funds(folder / "drawn.xlsx", drawing).read_bytes()


def old(path: Path, data: bytes, *names: str) -> Path:
    """An archive as old Chinese programs write it: names in GBK, and nothing says so."""
    plain = {name: "Q" * (len(name.encode("gbk")) - 1) + str(number) for number, name in enumerate(names)}
    made = packed(path, **dict.fromkeys(plain.values(), data)).read_bytes()
    for name, placeholder in plain.items():
        made = made.replace(placeholder.encode(), name.encode("gbk"))
    path.write_bytes(made)
    return path


def why(path: Path) -> Said:
    with pytest.raises(BadFile) as refused:
        unpacked(path)
    return refused.value.said


def test_its_files_are_taken_in_and_it_is_left_as_it_was(tmp_path: Path, county: Workspace) -> None:
    noise = {"__MACOSX/._甲.xlsx": b"x", ".DS_Store": b"x", "河镇/~$甲.xlsx": b"x"}
    files = {"河镇/甲.xlsx": book(tmp_path, ONE), "河镇/乙.xlsx": book(tmp_path, OTHER)}
    sent = packed(tmp_path / "河镇.zip", **files, **noise)
    before = sent.read_bytes()

    outcome = run(county, sent)

    assert drawn(county, "village", "planned_investment") == {"甲村": 900, "乙村": 700}
    assert say("zip_opened", name="河镇.zip", count=3) in outcome.remarks
    assert sorted(file.name for file in outcome.files) == ["乙.xlsx", "甲.xlsx"]
    assert sent.read_bytes() == before
    assert run(county, sent).unchanged
    kept = county.root / "submissions" / "2011"
    assert {path.read_bytes() for path in kept.iterdir()} == set(files.values())


@pytest.mark.parametrize("taken", [False, True], ids=["new", "taken already"])
def test_each_of_its_files_is_hashed_once(
    tmp_path: Path, county: Workspace, monkeypatch: pytest.MonkeyPatch, taken: bool
) -> None:
    members = {"甲.xlsx": b"one", "乙.xlsx": b"other", "丙.xlsx": b"third"}
    folder = county.root / "submissions" / "2011"
    folder.mkdir(parents=True)
    sent = packed(folder / "全县.zip", **members)
    known = [file.sha256 for file in collect([sent], county.root).files] if taken else []
    hashed: list[str] = []
    digest = submissions._digest

    def counted(path: Path) -> str:
        hashed.append(path.name)
        return digest(path)

    monkeypatch.setattr(submissions, "_digest", counted)
    found = waiting(county.root, known)

    assert len(found.files) == (0 if taken else 3)
    assert hashed == list(members)


def test_one_that_lies_in_a_year_s_folder_is_found_once(tmp_path: Path, county: Workspace) -> None:
    folder = county.root / "submissions" / "2011"
    folder.mkdir(parents=True)
    packed(folder / "全县.zip", **{"甲.xlsx": book(tmp_path, ONE)})
    (told,) = [check.said.zh for check in examine(county.root, NOW) if check.name == "submissions"]

    assert "甲.xlsx" in told
    assert [(file.name, file.year) for file in waiting(county.root, set()).files] == [("甲.xlsx", 2011)]
    run(county, year=None)
    assert drawn(county, "village", "planned_investment") == {"甲村": 900}
    (told,) = [check.said.zh for check in examine(county.root, NOW) if check.name == "submissions"]
    assert told == say("doctor_none_waiting").zh
    assert not run(county, year=None).remarks


def test_what_one_file_lacks_costs_that_file(tmp_path: Path, county: Workspace) -> None:
    inner = packed(tmp_path / "inner.zip", **{"丙.xlsx": b"x"}).read_bytes()
    sent = packed(
        tmp_path / "a.zip", **{"甲.xlsx": book(tmp_path, ONE), "乙.zip": inner, "图.png": b"\x89PNG\r\n"}
    )

    outcome = run(county, sent)

    assert drawn(county, "village", "planned_investment") == {"甲村": 900}
    assert [name for name, _ in outcome.refused] == ["乙.zip", "图.png"]


def test_names_in_gbk_are_read_and_names_that_lead_outside_do_not(tmp_path: Path) -> None:
    names = ["河镇/甲村.xlsx", "..\\..\\乙村.xlsx", "C:\\丙村.xlsx", "/丁村.xlsx"]

    files = unpacked(old(tmp_path / "旧.zip", b"data", *names))

    folder = next(one for one in files[0].parents if one.name == "旧")
    assert [str(one.relative_to(folder)) for one in files] == [
        "河镇/甲村.xlsx",
        "乙村.xlsx",
        "C_/丙村.xlsx",
        "丁村.xlsx",
    ]
    assert all(one.resolve().is_relative_to(folder.resolve()) for one in files)
    assert not list(tmp_path.rglob("*村.xlsx"))


def test_only_the_owner_may_read_what_was_laid_out(tmp_path: Path) -> None:
    (file,) = unpacked(packed(tmp_path / "a.zip", **{"甲.xlsx": b"names of people"}))

    root = next(one for one in file.parents if one.name.startswith("povplan-"))
    assert [stat.S_IMODE(one.stat().st_mode) for one in (root, file)] == [0o700, 0o600]
    assert not any(character.isdigit() for character in root.name)


def test_a_workbook_is_no_archive(tmp_path: Path) -> None:
    assert not is_archive(funds(tmp_path / "a.xlsx", ONE))
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04 and no more")
    assert not is_archive(tmp_path / "b.zip")


def test_an_empty_one_and_one_with_a_password_are_refused(tmp_path: Path, county: Workspace) -> None:
    assert why(packed(tmp_path / "a.zip", **{"__MACOSX/x": b""})) == say("zip_empty")
    locked = packed(tmp_path / "b.zip", **{"甲.xlsx": b"x"})
    data = bytearray(locked.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    locked.write_bytes(data)

    assert why(locked) == say("zip_password")
    with pytest.raises(NothingAccepted) as nothing:
        run(county, locked)
    assert nothing.value.outcome.refused == [("b.zip", say("zip_password"))]


def test_more_than_can_be_meant_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST", 2)
    assert why(packed(tmp_path / "a.zip", a="1", b="2", c="3")) == say("zip_too_many", count=3, most=2)
    bomb = packed(tmp_path / "b.zip", a=bytes(300 << 20))

    assert why(bomb) == say("read_bomb", mib=300)


def test_a_damaged_member_refuses_the_archive(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", a=b"some text that was packed" * 9)
    data = bytearray(path.read_bytes())
    data[40] ^= 255
    path.write_bytes(data)

    assert why(path) == say("read_damaged")


def test_a_folder_with_an_archive_is_looked_through(tmp_path: Path) -> None:
    folder = tmp_path / "来件"
    folder.mkdir()
    same = book(tmp_path, ONE)
    packed(folder / "a.zip", **{"甲.xlsx": same})
    (folder / "乙.xlsx").write_bytes(same)

    found = collect([folder], None)

    assert [file.name for file in found.files] == ["甲.xlsx"]
    assert found.skipped[-1] == say("file_twice", name="乙.xlsx", first="甲.xlsx")


def test_files_called_alike_are_each_there(tmp_path: Path) -> None:
    given = ["台账.xlsx", "台账.xlsx", "台?账.xlsx", "台*账.xlsx", "A.xls", "a.xls", "河镇", "河镇/甲.xlsx"]
    given += ["长" * 120 + end for end in ("东.xlsx", "西.xlsx")] + ["/".join(["深" * 90] * 60) + "/乙.xlsx"]
    path = tmp_path / "同名.zip"
    with zipfile.ZipFile(path, "w") as package, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number, name in enumerate(given):
            package.writestr(name, str(number))

    files = unpacked(path)

    assert [file.read_text() for file in files] == [str(number) for number in range(len(given))]
    assert [file.name for file in files[:8]] == [
        "台账.xlsx",
        "台账.xlsx",
        "台_账.xlsx",
        "台_账.xlsx",
        "A.xls",
        "a.xls",
        "河镇",
        "甲.xlsx",
    ]
    assert {file.suffix for file in files[8:]} == {".xlsx"}


def test_what_windows_leaves_in_folders_is_no_submission(tmp_path: Path) -> None:
    sent = packed(tmp_path / "a.zip", **{"甲.xlsx": b"x", "Thumbs.db": b"y", "河镇/desktop.ini": b"z"})

    assert [file.name for file in unpacked(sent)] == ["甲.xlsx"]
    assert why(packed(tmp_path / "b.zip", **{"Thumbs.db": b"y"})) == say("zip_empty")


def test_a_name_in_no_script_costs_that_archive(tmp_path: Path, county: Workspace) -> None:
    sent = packed(tmp_path / "a.zip", **{"台账.xlsx": b"x"})
    sent.write_bytes(sent.read_bytes().replace("台账".encode(), b"\xff" * 6))

    with pytest.raises(NothingAccepted) as nothing:
        run(county, sent)

    assert nothing.value.outcome.refused == [("a.zip", say("read_damaged"))]


def test_a_full_disk_is_told_as_such_and_nothing_is_left_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(place: Path, chunks: Iterable[bytes]) -> None:
        place.write_bytes(b"".join(chunks))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(archives, "write_whole", full)
    monkeypatch.setattr(archives, "_folder", lambda: tmp_path / "aside")

    assert why(packed(tmp_path / "a.zip", **{"甲.xlsx": b"x"})) == say(
        "zip_no_room", reason=say("errno_ENOSPC")
    )
    assert not list(tmp_path.rglob("aside/**/*"))


def test_what_a_killed_run_left_is_cleared_away_and_what_another_run_reads_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(archives, "_folder", archives._folder.__wrapped__)
    dead, going, other = (tmp_path / f"povplan-{letter * 12}" for letter in "abc")
    for folder in (dead, going, other):
        (folder / "1").mkdir(parents=True)
        (folder / "1" / "甲.xlsx").write_bytes(b"names of people")
    (dead / "alive").touch()

    with file_lock(going / "alive"):
        unpacked(packed(tmp_path / "a.zip", **{"乙.xlsx": b"x"}))

    assert not dead.exists()
    assert [one.name for one in (*going.rglob("*.xlsx"), *other.rglob("*.xlsx"))] == ["甲.xlsx"] * 2

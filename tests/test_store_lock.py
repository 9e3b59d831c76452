"""One writer at a time, and what differs between systems."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path, PureWindowsPath

import pytest

from povplan import platform
from povplan.errors import LOCKED, PovplanError
from povplan.store import Store, share_warning
from tests.batches import draft

HOLD = """
import sys
from pathlib import Path
from povplan.store import Store
with Store(Path(sys.argv[1])).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_told_who_holds_the_lock_and_gets_it_when_that_one_dies(tmp_path: Path) -> None:
    store = Store(tmp_path / "ledger")
    command = [sys.executable, "-c", HOLD, str(store.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline().strip() == b"held"

        with pytest.raises(PovplanError) as raised, store.lock():
            pass
        with pytest.raises(PovplanError) as commit:
            store.commit(draft())
        holder.kill()

    assert raised.value.exit_code == commit.value.exit_code == LOCKED
    assert f"host {socket.gethostname()}, process {holder.pid}, since 20" in raised.value.said.en
    assert store.batches() == []
    assert store.commit(draft()).id == 1


def test_whoever_waits_gets_the_lock_when_it_is_free(tmp_path: Path) -> None:
    first, second = Store(tmp_path), Store(tmp_path)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with first.lock():
            held.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    with pytest.raises(PovplanError), second.lock(wait=0.05):
        pass
    done.set()
    with second.lock(wait=10):
        pass
    thread.join()


def test_a_lock_inside_the_lock_goes_on_and_the_outer_one_stays_held(tmp_path: Path) -> None:
    store = Store(tmp_path / "ledger")

    with store.lock():
        store.commit(draft())
        assert str(os.getpid()) in (store.root / "lock.json").read_text(encoding="utf-8")
        with pytest.raises(PovplanError), Store(store.root).lock():
            pass

    assert not (store.root / "lock.json").exists()
    with Store(store.root).lock():
        pass


def test_a_holder_that_left_no_name_is_said_as_unknown(tmp_path: Path) -> None:
    store = Store(tmp_path)

    with store.lock():
        (tmp_path / "lock.json").write_text("[", encoding="utf-8")
        with pytest.raises(PovplanError) as raised, Store(tmp_path).lock():
            pass

    assert "host ?, process ?" in raised.value.said.en


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/data/povplan/ledger", "ext4"),
        ("/mnt/office share/ledger", "cifs"),
        ("/mnt/office", "ext4"),
        ("/home/li", "nfs4"),
    ],
)
def test_a_folder_is_of_the_file_system_mounted_nearest_above_it(folder: str, kind: str) -> None:
    mounts = [("/", "ext4"), ("/home", "ext4"), ("/mnt/office share", "cifs"), ("/home", "nfs4")]

    assert platform._filesystem(Path(folder), mounts) == kind


def test_a_ledger_on_a_network_share_earns_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "_mounts", lambda: [("/", "ext4")])
    assert share_warning(tmp_path) is None

    monkeypatch.setattr(platform, "_mounts", lambda: [("/", "ext4"), (str(tmp_path), "nfs4")])
    warning = share_warning(tmp_path / "ledger")
    assert warning
    assert "network share" in warning.en


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("C:\\数据\\a#b", "file:///C:/%E6%95%B0%E6%8D%AE/a%23b"),
        ("\\\\server\\share\\a?b", "file:////server/share/a%3Fb"),
    ],
)
def test_windows_paths_become_addresses_that_sqlite_takes(path: str, uri: str) -> None:
    class Absolute(PureWindowsPath):
        def absolute(self) -> Absolute:
            return self

    assert platform.file_uri(Absolute(path)) == uri  # type: ignore[arg-type]


def test_a_ledger_lies_well_under_a_path_with_marks_that_addresses_give_meaning_to(tmp_path: Path) -> None:
    store = Store(tmp_path / "a?mode=rw#1 100%" / "ledger")

    store.commit(draft())

    assert [batch.id for batch in store.batches()] == [1]

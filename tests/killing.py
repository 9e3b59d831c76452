"""Killing a process on purpose: after its n-th operation on disk, at its n-th system call, at random.

Every try runs in a fork of the test process, so nothing is imported again and nothing is cleaned up by
whoever is killed. Where a system has no fork, `CAN_FORK` is false and such tests are skipped.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
import warnings
from collections.abc import Callable
from typing import Any

CAN_FORK = hasattr(os, "fork")
CAN_TRACE = CAN_FORK and shutil.which("strace") is not None
DISK_OPERATIONS = (
    *("open", "write", "fsync", "fdatasync", "close", "replace", "rename", "link", "mkdir", "makedirs"),
    *("rmdir", "chmod", "fchmod", "unlink", "remove", "truncate", "ftruncate", "utime"),
)
SYSTEM_CALLS = (
    "write",
    "pwrite64",
    "?ftruncate",
    "?mkdir,?mkdirat",
    "?rename,?renameat,?renameat2",
    "?unlink,?unlinkat",
)
"""Calls that change what is on disk, but for the making of files; an architecture has one of each kind."""
FAILED, PATIENCE = 99, 120.0
Act = Callable[[], None]


def killed_after(operation: int, act: Act) -> bool:
    """Runs `act` in a fork that kills itself right after its n-th operation; False if it came to the end."""

    def counted() -> None:
        _count_operations(operation)
        act()

    return _ended(_forked(counted))


def killed_at_call(names: str, number: int, act: Act) -> bool:
    """Runs `act` in a fork that strace kills as it enters its n-th system call of that name."""
    start, go = os.pipe()

    def waiting() -> None:
        os.read(start, 1)
        act()

    child = _forked(waiting)
    inject = f"inject={names}:signal=SIGKILL:when={number}"
    command = [
        "strace",
        "-f",
        "-qq",
        "-o",
        os.devnull,
        "-e",
        f"trace={names}",
        "-e",
        inject,
        "-p",
        str(child),
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as tracer:
        attached = _attached(child, tracer)
        os.write(go, b"!")
        killed = _ended(child)
        _, said = tracer.communicate()
    os.close(start)
    os.close(go)
    assert attached, said.decode()
    return killed


def kill_at_random(run: Act, check: Act, times: int, prepare: Act = lambda: None, seed: int = 0) -> int:
    """Kills `run` at random moments, `check`s what is left each time, and says how many kills landed.

    `prepare` puts things back before each run; it and `check` happen in this process. The moments are
    drawn over the time that an undisturbed run takes, shortened whenever a run ends before its moment;
    such a run is tried again, up to three times as many in all. What `run` starts dies with it.
    """
    chance = random.Random(seed)
    prepare()
    begun = time.monotonic()
    assert not _ended(_forked(run)), "the undisturbed run was killed"
    whole = time.monotonic() - begun
    check()
    landed = tries = 0
    while landed < times and tries < 3 * times:
        prepare()
        child = _forked(run)
        moment = chance.uniform(0, whole)
        time.sleep(moment)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
        if _ended(child):
            landed += 1
        else:
            whole = min(whole, moment)
        tries += 1
        check()
    return landed


def _forked(act: Act) -> int:
    """A child, leader of its own process group, that does `act` and ends without clean-up."""
    ready, tell = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads of pyarrow, idle
        child = os.fork()
    if child == 0:
        _live(act, tell)
    os.close(tell)
    os.read(ready, 1)  # the group exists
    os.close(ready)
    return child


def _live(act: Act, tell: int) -> None:
    status = FAILED
    try:
        os.setsid()
        os.write(tell, b"!")
        act()
        status = 0
    except Exception as error:  # noqa: BLE001 - said here, for nobody above is to see it
        os.write(2, f"in the fork: {error!r}\n".encode())
    finally:
        os._exit(status)


def _ended(child: int) -> bool:
    """Waits for a child: whether it was killed. One that failed by itself, or hangs, fails the test."""
    until = time.monotonic() + PATIENCE
    while (found := os.waitpid(child, os.WNOHANG))[0] == 0:
        if time.monotonic() > until:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            raise AssertionError("the fork hangs")
        time.sleep(0.0005)
    code = os.waitstatus_to_exitcode(found[1])
    assert code in (0, -signal.SIGKILL), f"the fork ended with {code}"
    return code != 0


def _attached(child: int, tracer: subprocess.Popen[bytes]) -> bool:
    until = time.monotonic() + 10
    while time.monotonic() < until and tracer.poll() is None:
        with open(f"/proc/{child}/status", encoding="utf-8") as status:  # noqa: PTH123
            if f"TracerPid:\t{tracer.pid}\n" in status.read():
                return True
        time.sleep(0.001)
    return False


def watch_operations(
    after: Callable[[str, tuple[Any, ...]], None], put: Callable[..., Any] = setattr
) -> None:
    """From now on `after(name, arguments)` is called after every operation on disk and SQL statement.

    `put(owner, name, value)` replaces the functions: a monkeypatch's `setattr` undoes it.
    """
    for name in DISK_OPERATIONS:
        if hasattr(os, name):
            put(os, name, _followed(name, getattr(os, name), after))
    connect = sqlite3.connect

    class Watched(sqlite3.Connection):
        def execute(self, *given: Any) -> sqlite3.Cursor:
            cursor = super().execute(*given)
            after("sql", given)
            return cursor

    put(sqlite3, "connect", lambda *given, **named: connect(*given, factory=Watched, **named))


def _followed(name: str, real: Callable[..., Any], after: Callable[[str, tuple[Any, ...]], None]) -> Any:
    def followed(*given: Any, **named: Any) -> Any:
        result = real(*given, **named)
        after(name, given)
        return result

    return followed


def _count_operations(last: int) -> None:
    kill, me, done = os.kill, os.getpid(), 0

    def after(name: str, given: tuple[Any, ...]) -> None:
        nonlocal done
        done += 1
        if done == last:
            kill(me, signal.SIGKILL)

    watch_operations(after)

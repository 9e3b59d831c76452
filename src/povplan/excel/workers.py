"""One function over many submitted files, each in a worker process that may be slow, greedy or killed alone.

Workers are spawned, not forked, so that Linux behaves as Windows does; the function must therefore be
importable by name, and what it returns picklable. Let it return what is needed, not the workbook: a county's
cells cost as much to carry between processes as to read.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import TimeoutError as TimedOut
from concurrent.futures import wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from povplan.errors import BadFile
from povplan.messages import Said, say

if TYPE_CHECKING:
    from pebble import ProcessFuture, ProcessPool

T = TypeVar("T")
AHEAD = 2
"""Files in hand for each worker: enough that none waits, few enough that results do not pile up."""

STEP = 0.5
"""Seconds between two looks for an interrupt."""


@dataclass(frozen=True)
class Refused:
    """A file that gave no result: what to say, and the traceback for the log where the fault is ours."""

    path: Path
    said: Said
    trace: str = ""


@dataclass(frozen=True)
class Limits:
    """Worker processes; seconds for a file; bytes of address space for a worker (not on Windows)."""

    workers: int
    seconds: float
    memory: int


def read_in_workers(
    function: Callable[[Path], T],
    paths: Iterable[Path],
    *,
    workers: int = 2,
    seconds: float = 30,
    memory: int = 4 << 30,
) -> Iterator[T | Refused]:
    """What `function` returns for each path, in the order of the paths; Refused for those it fails on.

    A file that takes too long or too much memory, or that kills its worker, costs that file only. Leaving the
    iteration, by an interrupt too, stops the workers.
    """
    left = list(paths)
    limits = Limits(max(1, min(workers, len(left), os.cpu_count() or 1)), seconds, memory)
    while left:  # more than once only where a death left the pool unusable
        done = 0
        for result in _run(function, left, limits):
            done += 1
            yield result
        left = left[done:]


def _run(function: Callable[[Path], T], paths: Sequence[Path], limits: Limits) -> Iterator[T | Refused]:
    """Results in order; ends early, after the path to blame, when the whole pool has died."""
    pool = _pool(limits, function)
    waiting = iter(paths)
    running: deque[tuple[Path, ProcessFuture[bytes]]] = deque()
    try:
        while True:
            room = limits.workers * AHEAD - len(running) if pool.active or not running else 0
            for path in islice(waiting, room):
                running.append((path, pool.schedule(_read, (path,), timeout=limits.seconds)))
            if not running:
                return
            path, future = running.popleft()
            failure = _failure(future)
            if failure is None:
                yield cast("T | Refused", pickle.loads(future.result()))
                continue
            yield _refused(path, failure, limits)
            if isinstance(failure, BrokenProcessPool):
                return
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


def _failure(future: ProcessFuture[bytes]) -> BaseException | None:
    """Wait in short steps: on Windows an endless wait would not hear an interrupt."""
    while not future.done():
        wait([future], timeout=STEP)
    return future.exception()


def _pool(limits: Limits, function: Callable[[Path], object]) -> ProcessPool:
    """Workers to each of which the function, and all it carries, travels once."""
    from pebble import ProcessPool

    spawn = multiprocessing.get_context("spawn")
    return ProcessPool(
        limits.workers, initializer=_prepare, initargs=(function, limits.memory), context=spawn
    )


def _refused(path: Path, failure: BaseException, limits: Limits) -> Refused:
    from pebble import ProcessExpired

    if isinstance(failure, TimedOut):
        return Refused(path, say("read_timeout", seconds=f"{limits.seconds:g}"))
    if isinstance(failure, (ProcessExpired, BrokenProcessPool)):
        return Refused(path, say("read_crashed"))
    raise failure


_task: Callable[[Path], object]
"""In a worker: what it does with a path."""


def _prepare(function: Callable[[Path], object], memory: int) -> None:
    """In a worker: know the task, be silent, and let an allocation beyond `memory` fail before swapping.

    Readers written in other languages print a stack when they die; what matters comes back as Refused.
    """
    global _task
    _task = function
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _read(path: Path) -> bytes:
    return _guarded(_task, path)


def _guarded(function: Callable[[Path], object], path: Path) -> bytes:
    """In a worker: the pickled result, or Refused. The boundary of this process, as `cli` is of the other.

    Pickled here, so that an object that cannot travel is found where it was made.
    """
    try:
        return pickle.dumps(function(path), protocol=pickle.HIGHEST_PROTOCOL)
    except BadFile as error:
        refused = Refused(path, error.said)
    except MemoryError:
        refused = Refused(path, say("read_memory"))
    except BaseException as error:  # noqa: BLE001 - a reader's panic is no Exception, and must not cross over
        refused = Refused(path, say("read_our_bug", what=type(error).__name__), traceback.format_exc())
    return pickle.dumps(refused, protocol=pickle.HIGHEST_PROTOCOL)

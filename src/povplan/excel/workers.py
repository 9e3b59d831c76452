"""Functions over many submitted files, each in a worker process that may be slow, greedy or killed alone.

Workers are spawned, not forked, so that Linux behaves as Windows does; a function must therefore be
importable by name, and what it returns picklable. Let it return what is needed, not the workbook: a county's
cells cost as much to carry between processes as to read.
"""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import os
import pickle
import signal
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import TimeoutError as TimedOut
from concurrent.futures import wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from povplan.errors import BadFile
from povplan.messages import Said, say

if TYPE_CHECKING:
    from multiprocessing.synchronize import Semaphore

    from pebble import ProcessFuture

T = TypeVar("T")
AHEAD = 2
"""Files in hand for each worker: enough that none waits, few enough that results do not pile up."""

MEMORY = 4 << 30
"""Bytes of address space for a worker."""

BIRTH = 5
"""Seconds that a worker may take to begin."""

STEP = 0.5
"""Seconds between two looks for an interrupt."""

_AT = "sheet: "
"""How the note of an error begins that names the sheet."""


@dataclass(frozen=True)
class Refused:
    """A file that gave no result: what to say, and the traceback for the log where the fault is ours."""

    path: Path
    said: Said
    trace: str = ""
    sheet: str = ""
    """The sheet at which our fault struck, where it is known."""


@contextmanager
def at_sheet(name: str) -> Iterator[None]:
    """What fails in here bears the name of the sheet, so that `Refused` can say it."""
    try:
        yield
    except Exception as error:
        error.add_note(_AT + name)
        raise


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
    memory: int = MEMORY,
    kept: Pool | None = None,
) -> Iterator[T | Refused]:
    """What `function` returns for each path, in the order of the paths; Refused for those it fails on.

    A file that takes too long or too much memory, or that kills its worker, costs that file only. Leaving the
    iteration, by an interrupt too, stops the workers. `kept` are workers that are there before and after.
    """
    task = pickle.dumps(function, protocol=pickle.HIGHEST_PROTOCOL)  # once for all paths
    yield from _all([(task, path) for path in paths], Limits(workers, seconds, memory), kept)


def work_in_workers(
    work: Sequence[tuple[Callable[[Path], T], Path]],
    *,
    workers: int = 2,
    seconds: float = 120,
    memory: int = MEMORY,
    kept: Pool | None = None,
) -> Iterator[T | Refused]:
    """As `read_in_workers`, where each path has a function of its own. They are packed at once."""
    tasks = [(pickle.dumps(function, protocol=pickle.HIGHEST_PROTOCOL), path) for function, path in work]
    return _all(tasks, Limits(workers, seconds, memory), kept)


def _all(left: Sequence[tuple[bytes, Path]], limits: Limits, kept: Pool | None) -> Iterator[Any]:
    limits = replace(limits, workers=max(1, min(limits.workers, len(left), os.cpu_count() or 1)))
    while left:  # more than once only where a death left the pool unusable
        done = 0
        serves = kept is not None and kept.usable and kept.workers >= limits.workers
        for result in _run(left, limits, kept if serves else None):
            done += 1
            yield result
        left = left[done:]


class Reader(Protocol):
    """`read_in_workers`, or the same with workers that are there already."""

    def __call__(self, function: Callable[[Path], T], paths: Iterable[Path], /) -> Iterator[T | Refused]:
        """What `function` returns for each path."""


@dataclass(frozen=True)
class Workers:
    """Those of a pool serve one task after another, as long as their command runs; else each has new ones."""

    pool: Pool | None = None

    def __call__(self, function: Callable[[Path], T], paths: Iterable[Path], /) -> Iterator[T | Refused]:
        """As `read_in_workers`."""
        return read_in_workers(function, paths, kept=self.pool)

    def last(self, function: Callable[[Path], T], paths: Iterable[Path], /) -> Iterator[T | Refused]:
        """The same, where nothing else will be asked of them: they end while the command goes on."""
        yield from self(function, paths)
        if self.pool is not None:
            self.pool.leave()

    def work(self, work: Sequence[tuple[Callable[[Path], T], Path]]) -> Iterator[T | Refused]:
        """As `work_in_workers`."""
        return work_in_workers(work, kept=self.pool)


@contextmanager
def starting(*modules: str, workers: int = 2) -> Iterator[Workers]:
    """Workers that start at once and load `modules`, while the caller still does something else."""
    pool = Pool(min(workers, os.cpu_count() or 1), MEMORY, modules)
    try:
        yield Workers(pool)
    finally:
        pool.stop()


class Pool:
    """Worker processes, running from the moment they are made until they are stopped."""

    def __init__(self, workers: int, memory: int, modules: Sequence[str] = ()) -> None:
        from pebble import ProcessPool

        spawn = multiprocessing.get_context("spawn")
        self.workers, self._begun = workers, spawn.Semaphore(0)
        given = (memory, modules, self._begun)
        with _uninterrupted():
            self._pool = ProcessPool(workers, initializer=_prepare, initargs=given, context=spawn)
            self._running: bool = self._pool.active
        self._leaving = Thread(target=self._end)

    @property
    def usable(self) -> bool:
        """Whether tasks may be given to it."""
        return self._running and bool(self._pool.active)

    def schedule(self, task: bytes, path: Path, seconds: float) -> ProcessFuture[bytes]:
        """The promise of a pickled result; `task` is the function, pickled."""
        return self._pool.schedule(_guarded, (task, path), timeout=seconds)

    def leave(self) -> None:
        """Begin to end the workers; `stop` waits until they have."""
        with _uninterrupted():
            if self._running:
                self._running = False
                self._leaving.start()

    def stop(self) -> None:
        """End the workers, once."""
        self.leave()
        while self._leaving.is_alive():  # on Windows an endless wait would not hear an interrupt
            self._leaving.join(STEP)

    def _end(self) -> None:
        """A worker that is torn down while it is being born would print a traceback."""
        try:
            for _ in range(self.workers):
                self._begun.acquire(timeout=BIRTH)
        finally:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """An interrupt waits; processes and threads that begin in here, and theirs, never hear one.

    A terminal interrupts all of them: a worker that is still being born would die with a traceback, and be
    waited for. Whoever started it stops it. Windows has no such mask.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _run(work: Sequence[tuple[bytes, Path]], limits: Limits, kept: Pool | None) -> Iterator[object]:
    """Results in order; ends early, after the path to blame, when the whole pool has died.

    A kept pool is stopped only where work is left in it.
    """
    pool = kept or Pool(limits.workers, limits.memory)
    waiting = iter(work)
    running: deque[tuple[Path, ProcessFuture[bytes]]] = deque()
    is_done = False
    try:
        while True:
            room = limits.workers * AHEAD - len(running) if pool.usable or not running else 0
            for task, path in islice(waiting, room):
                running.append((path, pool.schedule(task, path, limits.seconds)))
            if not running:
                is_done = True
                return
            path, future = running.popleft()
            failure = _failure(future)
            if failure is None:
                yield pickle.loads(future.result())
                continue
            yield _refused(path, failure, limits)
            if isinstance(failure, BrokenProcessPool):
                return
    finally:
        if not (kept and is_done):
            pool.stop()


def _failure(future: ProcessFuture[bytes]) -> BaseException | None:
    """Wait in short steps: on Windows an endless wait would not hear an interrupt."""
    while not future.done():
        wait([future], timeout=STEP)
    return future.exception()


def _refused(path: Path, failure: BaseException, limits: Limits) -> Refused:
    from pebble import ProcessExpired

    if isinstance(failure, TimedOut):
        return Refused(path, say("read_timeout", seconds=f"{limits.seconds:g}"))
    if isinstance(failure, (ProcessExpired, BrokenProcessPool)):
        return Refused(path, say("read_crashed"))
    raise failure


def _prepare(memory: int, modules: Sequence[str], begun: Semaphore) -> None:
    """In a worker: be silent, and let an allocation beyond `memory` fail before the machine starts to swap.

    Readers written in other languages print a stack when they die; what matters comes back as Refused.
    `modules` are loaded before the first file comes.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    begun.release()
    gc.set_threshold(2_000_000, 20, 20)  # as in the command itself
    _limit(memory)
    for module in modules:
        importlib.import_module(module)


def _limit(memory: int) -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@lru_cache(maxsize=1)
def _function(task: bytes) -> Callable[[Path], object]:
    """In a worker: the function, with all that it carries unpacked once and not for every file."""
    found: Callable[[Path], object] = pickle.loads(task)
    return found


def _guarded(task: bytes, path: Path) -> bytes:
    """In a worker: the pickled result, or Refused. The boundary of this process, as `cli` is of the other.

    Pickled here, so that an object that cannot travel is found where it was made.
    """
    try:
        return pickle.dumps(_function(task)(path), protocol=pickle.HIGHEST_PROTOCOL)
    except BadFile as error:
        refused = Refused(path, error.said)
    except MemoryError:
        refused = Refused(path, say("read_memory"))
    except BaseException as error:  # noqa: BLE001 - a reader's panic is no Exception, and must not cross over
        refused = _our_fault(path, error)
    return pickle.dumps(refused, protocol=pickle.HIGHEST_PROTOCOL)


def _our_fault(path: Path, error: BaseException) -> Refused:
    """A file refused whole, though it may have been one sheet: half a workbook would contradict itself."""
    notes = [note for note in getattr(error, "__notes__", ()) if note.startswith(_AT)]
    what, sheet = type(error).__name__, notes[0].removeprefix(_AT) if notes else ""
    said = say("read_our_bug_sheet", what=what, sheet=sheet) if sheet else say("read_our_bug", what=what)
    error.__notes__ = []
    return Refused(path, said, traceback.format_exc(), sheet)

"""Files are read in the test's own process, unless a test asks for worker processes; what many tests need."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from povplan.excel import workers

if TYPE_CHECKING:
    from tests.commands import Terminal

REAL = {"Pool": workers.Pool, "_run": workers._run}


class NoWorkers:
    """Workers that never start."""

    usable = False

    def __init__(self, *given: Any) -> None:
        pass

    def leave(self) -> None:
        pass

    def stop(self) -> None:
        pass


def run_here(work: Iterable[tuple[Any, Path]], limits: Any, pool: Any) -> Iterator[Any]:
    """What workers would send back for each path."""
    for task, path in work:
        yield pickle.loads(workers._guarded(task, path))


@pytest.fixture(scope="session", autouse=True)
def reads_here() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "Pool", NoWorkers)
        patch.setattr(workers, "_run", run_here)
        yield


@pytest.fixture(scope="module")
def in_workers(reads_here: None) -> Iterator[None]:
    """Files are read by worker processes, as a command does it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, real in REAL.items():
            patch.setattr(workers, name, real)
        yield


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Terminal:
    """What is typed, and what is answered."""
    from tests.commands import Terminal

    return Terminal(capsys)


@pytest.fixture
def loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped definitions are the same for every command."""
    from tests.definitions import shipped

    monkeypatch.setattr("povplan.config.load_config", shipped)

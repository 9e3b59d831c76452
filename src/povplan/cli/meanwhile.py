"""Something that waits for other processes, running on while the command does something else."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Thread
from types import TracebackType
from typing import Generic, Self, TypeVar

T = TypeVar("T")
STEP = 0.5
"""Seconds between two looks for an interrupt."""


class Meanwhile(Generic[T]):
    """What an iterator gives, gathered by a thread of its own from the moment this is entered.

    Leaving early, by an interrupt too, ends it after the item in hand.
    """

    def __init__(self, items: Iterator[T]) -> None:
        self._items = items
        self._given: list[T] = []
        self._fault: BaseException | None = None
        self._enough = Event()
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._enough.set()
        self._wait()

    def all(self) -> list[T]:
        """Everything, once it is there. Raises what stopped the iterator."""
        self._wait()
        if self._fault is not None:
            raise self._fault
        return self._given

    def _run(self) -> None:
        try:
            for item in self._items:
                self._given.append(item)
                if self._enough.is_set():
                    break
        except BaseException as fault:  # noqa: BLE001 - it is raised where the results are asked for
            self._fault = fault
        finally:
            if close := getattr(self._items, "close", None):  # a generator lets go of what it holds
                close()

    def _wait(self) -> None:
        """In short steps: on Windows an endless wait would not hear an interrupt."""
        while self._thread.is_alive():
            self._thread.join(STEP)

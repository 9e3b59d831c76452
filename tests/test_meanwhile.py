"""What is made while the command does something else: all of it, its fault, or no more than is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, current_thread

import pytest

from povplan.cli.meanwhile import Meanwhile


def test_everything_is_there_in_its_order_and_was_made_elsewhere() -> None:
    with Meanwhile(current_thread().name + str(number) for number in range(3)) as going:
        names = going.all()

    assert [name[-1] for name in names] == ["0", "1", "2"]
    assert not any(name.startswith(current_thread().name) for name in names)


def test_a_fault_comes_where_the_results_are_asked_for() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise OSError(28, "No space left on device")

    with Meanwhile(failing()) as going, pytest.raises(OSError, match="No space left"):
        going.all()


def test_who_leaves_early_waits_for_the_item_in_hand_and_lets_go_of_the_rest() -> None:
    begun, left = Event(), Event()
    done: list[str] = []

    def endless() -> Iterator[int]:
        try:
            while True:
                begun.set()
                left.wait(timeout=30)
                yield len(done)
        finally:
            done.append("let go")

    with pytest.raises(KeyboardInterrupt), Meanwhile(endless()):
        begun.wait(timeout=30)
        left.set()
        raise KeyboardInterrupt

    assert done == ["let go"]

"""The right to write the base ledger: one process at a time, and whoever waits is told for whom."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import Timeout

from povplan import platform
from povplan.errors import LOCKED, PovplanError
from povplan.messages import say
from povplan.store.files import writing


class Guard:
    """The lock of one ledger folder. Held again inside itself it is the same lock."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = platform.file_lock(root / "lock")

    @contextmanager
    def held(self, wait: float = 0) -> Iterator[None]:
        """The lock for the length of the block, within `wait` seconds; PovplanError (LOCKED) otherwise."""
        inside = self._lock.is_locked
        self._acquire(wait)
        try:
            if not inside:
                self._sign()
            yield
        finally:
            if not inside:
                with suppress(OSError):
                    self._holder.unlink(missing_ok=True)
            self._lock.release()

    def _acquire(self, wait: float) -> None:
        with writing(self._root):
            platform.make_folder(self._root)
            try:
                self._lock.acquire(timeout=wait)
            except Timeout as timeout:
                raise self._refusal() from timeout

    @property
    def _holder(self) -> Path:
        """Beside the lock, not in it: Windows lets nobody read a locked file."""
        return self._root / "lock.json"

    def _sign(self) -> None:
        since = datetime.now().astimezone().isoformat(timespec="seconds")
        text = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since})
        with writing(self._root):
            platform.create_empty(self._holder)
            self._holder.write_text(text, encoding="utf-8")

    def _refusal(self) -> PovplanError:
        signed = {}
        with suppress(OSError, ValueError):
            signed = json.loads(self._holder.read_text(encoding="utf-8"))
        holder = {name: signed.get(name, "?") for name in ("pid", "host", "since")}
        return PovplanError(say("store_locked", path=self._root, **holder), LOCKED)

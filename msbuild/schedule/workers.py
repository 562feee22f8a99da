"""The threads that attempts run on: kept from one attempt to the next, replaced where one is stuck.

Starting a thread costs more than all else a scheduler does for a job.
"""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

from msbuild.schedule.attempt import Ended, Messenger

if TYPE_CHECKING:
    from msbuild.schedule.attempt import Attempt, Execute, Inbox


class Workers:
    """Runs attempts, each at once: a thread that has nothing to do takes it, else a new one.

    The threads are daemons: one that ignores its cancel event must not keep the process alive.
    All methods are called from one thread.

    Args:
        execute: what an attempt does.
        inbox: where whatever comes of an attempt ends up.
    """

    def __init__(self, execute: Execute, inbox: Inbox) -> None:
        self._execute = execute
        self._inbox = inbox
        self._waiting: SimpleQueue[Attempt | None] = SimpleQueue()
        self._idle = 0
        self._threads = 0

    def launch(self, attempt: Attempt) -> None:
        """Run an attempt."""
        self._waiting.put(attempt)
        if self._idle:
            self._idle -= 1
            return
        self._threads += 1
        threading.Thread(target=self._work, name=f"worker-{self._threads}", daemon=True).start()

    def returned(self) -> None:
        """An attempt sent ``Ended``, so its thread can take another one."""
        self._idle += 1

    def dismiss(self) -> None:
        """Let every thread end, now or with its last attempt."""
        for _ in range(self._threads):
            self._waiting.put(None)

    def _work(self) -> None:
        while (attempt := self._waiting.get()) is not None:
            self._inbox.put(self._ended(attempt))

    def _ended(self, attempt: Attempt) -> Ended:
        try:
            result = self._execute(attempt.planned, Messenger(attempt, self._inbox), attempt.cancel)
        except BaseException as error:  # noqa: BLE001 - nobody else is there to catch it
            return Ended(attempt, None, error)
        return Ended(attempt, result, None)

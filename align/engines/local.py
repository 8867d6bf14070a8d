"""The `local` executor: processes on this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from typing import Any, TypeVar

from align.errors import AlignError, EngineError

Item = TypeVar("Item")
Result = TypeVar("Result")

_make: Callable[[], Callable[[Any], Any]]  # set when a worker process starts
_job: Callable[[Any], Any] | None = None


def _start(make: Callable[[], Callable[[Any], Any]]) -> None:
    global _make
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business; it ends the workers
    _make = make


def _leave_with_parent() -> None:
    """End this worker when the parent is gone: killed with -9 it cannot say so, and the queue would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _call(item: Any) -> Any:
    global _job
    try:
        if _job is None:
            _job = _make()  # here rather than at the start, where an error would only look like a dead worker
        return _job(item)
    except AlignError as error:
        raise EngineError(str(error)) from None  # the one kind that travels between processes whatever it holds


class Local:
    """Runs a job in `workers` processes; with one worker in this process.

    A worker that dies (out of memory, killed) ends the run with an EngineError; results that were
    already yielded stay with the caller.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def map(self, make: Callable[[], Callable[[Item], Result]], items: Iterable[Item]) -> Iterator[Result]:
        """Yield one result an item, in the order of the items. At most a few items a worker are under way."""
        waiting = iter(items)
        first = list(_take(waiting, 2 * self.workers))
        # Starting processes takes seconds, each loading the model: not worth it for a few items.
        if self.workers == 1 or len(first) <= self.workers:
            if first:
                job = make()
                for item in (*first, *waiting):
                    yield job(item)
            return
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(self.workers, mp_context=context, initializer=_start, initargs=(make,))
        pending: deque[Future[Result]] = deque()
        try:
            pending.extend(pool.submit(_call, item) for item in first)
            while pending:
                result = pending.popleft().result()
                pending.extend(pool.submit(_call, item) for item in _take(waiting, 1))
                yield result
        except BrokenProcessPool:
            raise EngineError(
                f"one of {self.workers} workers died, perhaps for want of memory; finished batches are in the "
                "cache: run again with fewer workers (--set run.workers=1) or a smaller batch_tokens"
            ) from None
        finally:
            for future in pending:
                future.cancel()
            for process in list((pool._processes or {}).values()):
                process.terminate()
            pool.shutdown(wait=False, cancel_futures=True)


def _take(items: Iterator[Item], count: int) -> Iterator[Item]:
    for _ in range(count):
        try:
            yield next(items)
        except StopIteration:
            return

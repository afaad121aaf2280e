"""Where blocks of draws run: in threads, in processes, or on the workers of a Dask cluster.

An executor is anything with one function::

    map(function, shared, blocks) -> iterator of (block, function(shared, block)), as they finish

`function` is defined at the top of a module, `shared` (network, scenario, rules) is the same for all blocks and
travels once to each worker of a cluster, `blocks` are numbers. A block follows from `shared` and its number alone, so
it may run anywhere, and again elsewhere when a worker is lost; the result has the same bytes. No more blocks are under
way than keep the workers busy, so that results do not pile up where writing them is slower than computing them.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from supplychain_risk.errors import InputError, WorkerError

if TYPE_CHECKING:
    from distributed import Client

Shared = TypeVar("Shared")
Result = TypeVar("Result")

AHEAD = 2
"""Blocks under way for each worker: one runs while the next travels."""


class Executor(Protocol):
    """Something that runs blocks."""

    def map(
        self, function: Callable[[Shared, int], Result], shared: Shared, blocks: Sequence[int]
    ) -> Iterator[tuple[int, Result]]:
        """Run every block once and hand out the results as they finish."""
        ...


@dataclass(frozen=True)
class LocalThreads:
    """Threads of this process; the compiled dynamics run side by side. The default.

    Attributes
    ----------
    workers : number of threads; None = one per processor.
    """

    workers: int | None = None

    def __post_init__(self) -> None:
        _check_workers(self.workers)

    def map(
        self, function: Callable[[Shared, int], Result], shared: Shared, blocks: Sequence[int]
    ) -> Iterator[tuple[int, Result]]:
        """Run every block once and hand out the results as they finish."""
        workers = self.workers or os.cpu_count() or 1
        pool = ThreadPoolExecutor(workers)
        try:
            yield from _as_finished(lambda block: pool.submit(function, shared, block), blocks, AHEAD * workers)
        finally:
            pool.shutdown(cancel_futures=True)  # an interrupted run does not wait for what is queued


@dataclass(frozen=True)
class LocalProcesses:
    """Processes of this machine, started afresh. A script that uses them needs ``if __name__ == "__main__":``.

    Attributes
    ----------
    workers : number of processes; None = one per processor.
    """

    workers: int | None = None

    def __post_init__(self) -> None:
        _check_workers(self.workers)

    def map(
        self, function: Callable[[Shared, int], Result], shared: Shared, blocks: Sequence[int]
    ) -> Iterator[tuple[int, Result]]:
        """Run every block once and hand out the results as they finish.

        Raises
        ------
        WorkerError : a process died.
        """
        workers, packed = self.workers or os.cpu_count() or 1, pickle.dumps(shared)
        pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
        try:
            yield from _as_finished(
                lambda block: pool.submit(_unpack_and_run, function, packed, block), blocks, AHEAD * workers
            )
        except BrokenProcessPool as error:
            raise WorkerError("a process of LocalProcesses died: killed, or out of memory") from error
        finally:
            pool.shutdown(cancel_futures=True)


@dataclass(frozen=True)
class DaskExecutor:
    """Workers of a Dask cluster; needs the extra `dask`. A lost worker's blocks run again elsewhere.

    Attributes
    ----------
    client : a `distributed.Client`, or the address of a scheduler such as "tcp://10.0.0.5:8786".
    """

    client: Client | str

    def __post_init__(self) -> None:
        if find_spec("distributed") is None:
            raise InputError("DaskExecutor needs the package distributed: pip install 'supplychain_risk[dask]'")

    def map(
        self, function: Callable[[Shared, int], Result], shared: Shared, blocks: Sequence[int]
    ) -> Iterator[tuple[int, Result]]:
        """Run every block once and hand out the results as they finish.

        Raises
        ------
        WorkerError : the scheduler cannot be reached, has no workers, or lost too many of them.
        """
        from distributed import KilledWorker, as_completed

        if isinstance(self.client, str):
            with _connect(self.client) as client:
                yield from DaskExecutor(client).map(function, shared, blocks)
            return
        client, threads = self.client, sum(self.client.nthreads().values())
        if threads == 0:
            raise WorkerError(f"the Dask scheduler {client.scheduler.address} has no workers")
        # A task and not scattered data: if all workers that hold it are lost, the scheduler makes it again.
        held, waiting = client.submit(_hold, shared, pure=False), iter(blocks)
        running = {client.submit(function, held, k, pure=False): k for k in islice(waiting, AHEAD * threads)}
        finished = as_completed(list(running))
        try:
            for future in finished:
                block = running.pop(future)
                for following in islice(waiting, 1):
                    more = client.submit(function, held, following, pure=False)
                    running[more] = following
                    finished.add(more)
                # From the worker itself, and through the scheduler only if it cannot be reached.
                yield block, client.gather(future, direct=True)
        except KilledWorker as error:
            raise WorkerError(f"the Dask cluster lost too many workers: {error}") from error
        finally:
            client.cancel(list(running))


def _connect(address: str) -> Client:
    from distributed import Client

    try:
        return Client(address)
    except OSError as error:
        raise WorkerError(f"no Dask scheduler answers at {address}: {error}") from error


def _as_finished(
    submit: Callable[[int], Future[Result]], blocks: Sequence[int], width: int
) -> Iterator[tuple[int, Result]]:
    """Keep `width` blocks under way and hand out results as they finish."""
    waiting = iter(blocks)
    running = {submit(block): block for block in islice(waiting, width)}
    while running:
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            block = running.pop(future)
            running |= {submit(following): following for following in islice(waiting, 1)}
            yield block, future.result()


def _hold(shared: Shared) -> Shared:
    return shared


def _unpack_and_run(function: Callable[[Any, int], Result], packed: bytes, block: int) -> Result:
    return function(pickle.loads(packed), block)  # noqa: S301  (packed by the parent process)


def _check_workers(workers: int | None) -> None:
    if workers is not None and (isinstance(workers, bool) or workers != int(workers) or workers < 1):
        raise InputError(f"workers: found {workers!r}, expected a whole number of at least 1")

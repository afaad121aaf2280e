"""Draws of a finished run followed once more, backwards: which hits the losses go back to.

The run is repeated block by block, a few draws at a time, with all that happened kept on a tape, and what is asked
about is led back along it (`kernels.causes`). On request only: a run itself carries nothing for it. What is found is
kept by *roots*: one hit on one activity at one site.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from supplychain_risk.errors import InputError
from supplychain_risk.kernels import causes, tape
from supplychain_risk.kernels.causes import Causes, Hits, Origins, Routes
from supplychain_risk.kernels.chain import Floats, Ints
from supplychain_risk.kernels.shock import Shock
from supplychain_risk.scenarios.paths import CapacityPaths, HitPath
from supplychain_risk.simulation.blocks import BLOCK, Job, make_job
from supplychain_risk.simulation.executors import Executor, LocalThreads
from supplychain_risk.simulation.result import Simulation
from supplychain_risk.simulation.roots import Roots, book_roots, find_roots
from supplychain_risk.simulation.shocks import make_shock

TAPE_BYTES = 576 * 1024**2
"""Memory for the tape of each worker, unless a single draw needs more."""

TOGETHER = 128
"""Draws of one block that a worker follows before it hands in what it found: small enough to keep all workers busy."""

LEAST = 1e-8
"""Share of a draw's loss below which a part is not followed further; it stays unexplained."""

WIDEST = 16
"""Most draws on a tape: enough for a processor to work on several at once."""


@dataclass(frozen=True, eq=False)
class Question:
    """A loss to lead back: sum over steps and activities of value x (1 - deliveries outside the company / normal).

    Attributes
    ----------
    value : (A,), or (D, A) where draws differ: value of a step of the activity's normal output.
    discounted : present value of all steps, and of the gap at the end; else the steps of the horizon, as they are.
    after_steps : what a gap of 1 at the end is worth beyond it, in steps at that time (with `discounted`).
    scrap : (A,) or (D, A), value of a day of output scrapped in process.
    steps : steps that count without `discounted`, from the first; None = those of the horizon.
    """

    value: Floats
    discounted: bool = True
    after_steps: float = 0.0
    scrap: Floats | None = None
    steps: int | None = None

    def of(self, draws: slice) -> Question:
        """The question for some of the draws."""

        def chosen(values: Floats | None) -> Floats | None:
            return values[draws] if values is not None and values.ndim == 2 else values

        return replace(self, value=self.value if self.value.ndim == 1 else self.value[draws], scrap=chosen(self.scrap))


@dataclass(frozen=True, eq=False)
class Answer:
    """Where the loss of a question comes from; D draws, losses positive.

    Attributes
    ----------
    roots : one row a root that has a part in it: hit, acts_on (capacity, deliveries, final_demand, capital_purchases,
        plans, unexplained), product, company, site, country.
    draws : (D,) numbers of the draws that were followed.
    loss : (D, K) by root; adds up to `total` in every draw.
    asked : (D, A) the loss by the activity that has it. total : (D,).
    flow : (D, F) what passed from group to group, and `ways` (F, 3) from where to where, 0 = as a missing input, 1 = as
        missing orders; groups are products.
    through : (A,) mean over draws of what passed through each activity on its way.
    """

    roots: pd.DataFrame
    draws: Ints
    loss: Floats
    asked: Floats
    flow: Floats
    ways: Ints
    through: Floats

    @property
    def total(self) -> Floats:
        """(D,) the loss asked about."""
        return np.asarray(self.asked.sum(axis=1))


@dataclass(frozen=True, eq=False)
class _Task:
    """What every block needs; travels to workers."""

    job: Job
    questions: tuple[Question, ...]
    draws: Ints
    roots: Roots
    routes: Routes

    @property
    def shifts(self) -> list[tuple[int, Ints]]:
        """What is followed together: a block, and draws counted from its first."""
        block, inside = np.divmod(self.draws, self.job.block_draws)
        pieces = [(k, inside[block == k]) for k in np.unique(block).tolist()]
        return [(k, own[n : n + TOGETHER]) for k, own in pieces for n in range(0, len(own), TOGETHER)]


@dataclass(frozen=True, eq=False)
class _Found:
    """Answer to one question in one block: only the columns that are not zero everywhere."""

    columns: Ints
    loss: Floats
    asked: Floats
    flow: Floats
    through: Floats


def trace_causes(
    run: Simulation,
    questions: tuple[Question, ...],
    *,
    draws: Ints | None = None,
    executor: Executor | None = None,
    progress: Callable[[int], None] | None = None,
) -> tuple[Answer, ...]:
    """Follow the draws of a run once more and lead losses back to the hits they come from.

    Parameters
    ----------
    run : a simulation.
    questions : losses to lead back. For each draw the repetition costs three to four times what the run did, each
        question about as much as the run again. A worker needs some 600 MB.
    draws : numbers of the draws to follow, rising; None = all.
    executor : where blocks run; None = threads of this process.
    progress : called with the number of draws followed after each block.

    Returns
    -------
    An answer to each question. In every draw its parts add up to what was asked.

    Raises
    ------
    InputError : a question's values do not fit the run.
    """
    job = replace(
        make_job(
            run.network,
            run.scenario,
            run.dynamics,
            n_draws=run.n_draws,
            seed=run.seed,
            horizon=run.horizon,
            sampling=run.sampling,
        ),
        block_draws=BLOCK,
    )
    activities = len(job.plan.chain.output0)
    chosen = np.arange(run.n_draws) if draws is None else np.asarray(draws, dtype=np.int64)
    if not chosen.size or chosen[0] < 0 or chosen[-1] >= run.n_draws or (np.diff(chosen) <= 0).any():
        raise InputError(f"draws: found {chosen.size} numbers, expected rising ones from 0 to {run.n_draws - 1}")
    for question in questions:
        if question.value.shape not in ((activities,), (run.n_draws, activities)):
            raise InputError(
                f"value: found an array of shape {question.value.shape}, expected {activities} activities "
                f"or {run.n_draws} draws x {activities} activities"
            )
    paths = job.sample(0, len(job.plan.row_of_step))
    roots = find_roots(job.network, job.plan, paths)
    routes, ways = causes.routes(
        job.plan.chain,
        job.network.activity_product.astype(np.int64),
        _pool_product(job),
    )
    task = _Task(job, questions, chosen, roots, routes)
    found: dict[int, tuple[_Found, ...]] = {}
    shifts = task.shifts
    for number, answers in (executor or LocalThreads()).map(trace_shift, task, list(range(len(shifts)))):
        found[number] = answers
        if progress is not None:
            progress(len(shifts[number][1]))
    parts = [found[number] for number in range(len(shifts))]
    return tuple(_together(task, ways, [part[n] for part in parts]) for n in range(len(questions)))


def _pool_product(job: Job) -> Ints:
    """Product of each pool of the (parted) network, by what its suppliers make."""
    chain, product = job.plan.chain, np.zeros(len(job.plan.chain.pool_need), dtype=np.int64)
    product[chain.link_pool] = job.network.activity_product[chain.link_supplier]
    return product


def _together(task: _Task, ways: Ints, parts: list[_Found]) -> Answer:
    columns = np.unique(np.concatenate([part.columns for part in parts]))
    loss = [np.zeros((len(part.loss), len(columns))) for part in parts]
    for array, part in zip(loss, parts, strict=True):
        array[:, np.searchsorted(columns, part.columns)] = part.loss
    asked = np.concatenate([part.asked for part in parts])
    through = sum((part.through for part in parts), np.zeros(asked.shape[1])) / len(asked)
    flow = np.concatenate([part.flow for part in parts])
    return Answer(
        roots=task.roots.table.iloc[columns].reset_index(drop=True),
        draws=task.draws,
        loss=np.concatenate(loss),
        asked=asked,
        flow=flow,
        ways=ways,
        through=np.asarray(through),
    )


def trace_shift(task: _Task, number: int) -> tuple[_Found, ...]:
    """Trace some draws of one block, those of one length together."""
    job, chain, (block, chosen) = task.job, task.job.plan.chain, task.shifts[number]
    first = block * job.block_draws
    questions = tuple(question.of(slice(first, first + job.draws_of(block))) for question in task.questions)
    paths = job.sample(block, len(job.plan.row_of_step))
    n_steps = job.horizon.steps(paths.end_day, job.step_days)
    sheets = [_Sheet.blank(paths.n_draws, task) for _ in questions]
    lengths = np.unique(n_steps[chosen]).tolist()
    space = np.empty(max(_room(job, length) * min(_width(job, length), len(chosen)) for length in lengths))
    for length in lengths:
        longer = paths if length == paths.n_steps else job.sample(block, length)
        alike, width = chosen[n_steps[chosen] == length], _width(job, length)
        for start in range(0, len(alike), width):
            piece = alike[start : start + width]
            reel = tape.empty_tape(chain, job.plan.rules, steps=length, draws=len(piece), space=space)
            shock = make_shock(job.plan, longer, piece)
            tape.record_tape(chain, job.plan.rules, shock, reel)
            origins = _origins(longer, len(chain.output0), piece)
            for question, sheet in zip(questions, sheets, strict=True):
                found = _follow(task, question, piece, shock=shock, reel=reel, origins=origins)
                sheet.write(task.roots, longer, piece, found)
    for question, sheet in zip(questions, sheets, strict=True):
        if question.scrap is not None:
            _book_scrap(task.roots, paths, question.scrap, sheet)
    return tuple(sheet.used(chosen) for sheet in sheets)


@dataclass(frozen=True, eq=False)
class _Sheet:
    """Where the answer to a question is written, for all draws of a block."""

    loss: Floats
    asked: Floats
    flow: Floats
    through: Floats

    @classmethod
    def blank(cls, draws: int, task: _Task) -> _Sheet:
        activities = len(task.job.plan.chain.output0)
        return cls(
            loss=np.zeros((draws, task.roots.n_roots)),
            asked=np.zeros((draws, activities)),
            flow=np.zeros((draws, task.routes.rows)),
            through=np.zeros(activities),
        )

    def write(self, roots: Roots, paths: CapacityPaths, piece: Ints, found: Causes) -> None:
        book_roots(roots, paths, piece, found, self.loss)
        self.asked[piece] = found.asked.T
        self.flow[piece] = found.flow.T
        self.through[:] += found.through.sum(axis=1)

    def used(self, chosen: Ints) -> _Found:
        columns = np.flatnonzero((self.loss[chosen] != 0.0).any(axis=0))
        loss = self.loss[np.ix_(chosen, columns)]
        return _Found(columns, loss, self.asked[chosen], self.flow[chosen], self.through)


def _room(job: Job, steps: int) -> int:
    """Numbers on a tape for each draw."""
    return steps * tape.tape_rows(job.plan.chain, job.plan.rules)


def _width(job: Job, steps: int) -> int:
    """Draws that fit on a tape."""
    return int(np.clip(TAPE_BYTES // (8 * _room(job, steps)), 1, WIDEST))


def _follow(task: _Task, question: Question, piece: Ints, *, shock: Shock, reel: tape.Tape, origins: Origins) -> Causes:
    plan, steps = task.job.plan, len(reel.level)
    if question.discounted:
        step_value = np.power(plan.step_discount, np.arange(1.0, steps + 1))
        after = question.after_steps * step_value[-1]
    else:
        counted = len(plan.row_of_step) if question.steps is None else question.steps
        step_value, after = np.where(np.arange(steps) < counted, 1.0, 0.0), 0.0
    value = question.value[piece] if question.value.ndim == 2 else np.tile(question.value, (len(piece), 1))
    asked = causes.Question(step_value, after, np.ascontiguousarray(value.T), LEAST)
    return causes.follow(plan.chain, plan.rules, shock, reel, origins, task.routes, asked)


def _origins(paths: CapacityPaths, activities: int, piece: Ints) -> Origins:
    return Origins(*(_hits(kind, paths.n_steps, activities, piece) for kind in (paths.hits, paths.demand, paths.capex)))


def _hits(paths: tuple[HitPath, ...], steps: int, activities: int, piece: Ints) -> Hits:
    """Hits of one kind, rows sorted by activity and then by hit, as `roots.hit_rows` counts them."""
    activity, hit, intensity = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)], [np.zeros((0, len(piece)))]
    for number, path in enumerate(paths):
        activity.append(path.activities.astype(np.int64))
        hit.append(np.full(len(path.activities), number, dtype=np.int64))
        intensity.append(path.intensity[:, piece])
    of = np.concatenate(activity)
    order = np.argsort(of, kind="stable")
    profile = np.array([path.profile[:, piece] for path in paths]).reshape(len(paths), steps, len(piece))
    return Hits(
        start=np.searchsorted(of[order], np.arange(activities + 1)).astype(np.int64),
        hit=np.concatenate(hit)[order],
        intensity=np.concatenate(intensity)[order],
        profile=profile,
    )


def _book_scrap(roots: Roots, paths: CapacityPaths, scrap: Floats, sheet: _Sheet) -> None:
    """Work scrapped in process goes back to the hit that scraps it, in place."""
    everyone = np.arange(len(sheet.asked))
    for root, path in zip(roots.capacity, paths.hits, strict=True):
        if path.scrap_days is not None:
            value = np.broadcast_to(scrap, sheet.asked.shape)[:, path.activities]
            lost = path.scrap_days.astype(np.float32).astype(np.float64).T * value
            sheet.asked[:, path.activities] += lost
            root.spread(path, everyone, lost.T, sheet.loss)


__all__ = ["Answer", "Question", "trace_causes"]

"""Work on parts of a problem's hours, each by itself: small enough to keep every program warm, several at once."""

import math
from collections.abc import Callable

import numpy as np
from tqdm.auto import tqdm

from geofront.model.problem import Problem
from geofront.solver.threads import THREADS, at_once

MOST_HOURS = 360
"""About the largest number of hours in a part, for all of whose programs there must be memory."""


def parts(problem: Problem) -> list[np.ndarray]:
    """Positions of the hours of each part: whole blocks, of about equal number.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    list of numpy.ndarray
        Ascending in each part.
    """
    blocks = problem.blocks()
    count = min(len(blocks), max(THREADS, math.ceil(len(problem.weight) / MOST_HOURS)))
    return [np.sort(np.concatenate([blocks[i] for i in chosen]))
            for chosen in np.array_split(np.arange(len(blocks)), count)]


def in_parts(problem: Problem, work: Callable[..., tuple], *, steps: int, bar: tqdm) -> list:
    """Sums over all parts of what the work on each comes to.

    Parameters
    ----------
    problem : Problem
    work : callable
        Takes the hours of a part, and a function to call after every step, which counts it and ends the
        work where the rest is no longer wanted. Returns arrays or numbers that add up over hours.
    steps : int
        How many the work on a part has.
    bar : tqdm
        Counts those of all parts.

    Returns
    -------
    list
        The sums, in the order in which ``work`` returns what they are of.

    Raises
    ------
    Exception
        What the work on a part raised; the others end at their next step.
    """
    split = parts(problem)
    bar.reset(total=steps * len(split))

    def counted(hours: np.ndarray, go_on: Callable[[], None]) -> tuple:
        def step() -> None:
            bar.update()
            go_on()

        return work(hours, step)

    results = at_once(counted, split)
    return [sum(several) for several in zip(*results, strict=True)]

"""A feasible placement to show while the optimum is still being worked out."""

import time
from collections.abc import Callable

import numpy as np

from geofront.model.problem import Problem
from geofront.solver.origins import Origins
from geofront.solver.threads import others_turn

DUE_AFTER = 0.15
"""Time after which a preview is due even where blocks go on from kept programs [s]."""


class Preview:
    """Flows of all blocks, told once every share of them has some: of what is not solved by then, those of its hours.

    Parameters
    ----------
    problem : Problem
    origins : Origins
    flow : numpy.ndarray
        (c, r, k, t) [MW], into which the flows of what is solved are written.
    shares : int
        Number of shares, each of which is completed once by the thread whose turn it is.
    tell : callable
        Called with the flows, but not where all is solved by then, or the capacities do not suffice.
    """

    def __init__(self, problem: Problem, origins: Origins, flow: np.ndarray, shares: int,
                 tell: Callable[[np.ndarray], None]):
        self.problem, self.origins, self.flow, self.tell = problem, origins, flow, tell
        self.incomplete, self.unsolved, self.began = shares, False, time.perf_counter()

    def is_overdue(self) -> bool:
        """Whether it is time to tell something."""
        return time.perf_counter() - self.began > DUE_AFTER

    def complete(self, blocks: list[np.ndarray], placed: list[np.ndarray | None]) -> None:
        """Take in the hours (o, r, t) of those blocks of one share that are not solved yet."""
        if any(each is None for each in placed):
            return
        for hours, each in zip(blocks, placed, strict=True):
            self.flow[..., hours] = self.origins.flows(self.problem.at(hours), each)
        self.incomplete -= 1
        self.unsolved |= bool(blocks)
        if self.unsolved and not self.incomplete:
            flow = self.flow.copy()
            with others_turn():
                self.tell(flow)

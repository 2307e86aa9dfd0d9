"""Measures the response time of the explorer, and writes ``explorer.md``: ``python -m benchmarks.explorer``.

Times are measured in the kernel, from the change of a setting to its reading, without drawing in the page.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import geofront as gf
from benchmarks.report import surroundings, table
from benchmarks.run import Measured
from geofront.explore import Explorer
from geofront.files import staged
from geofront.names import FRICTIONS

PAGE = "explorer.md"
LIMIT = 0.5
"""Longest time to the first picture that feels immediate [s]."""

TURNS: dict[str, dict] = {
    **{
        f"{name} {value:g}": {name: value}
        for name, value in (
            ("carbon_price", 5.0),
            ("carbon_price", 150.0),
            ("network_budget", 5000.0),
            ("network_budget", 100.0),
            ("demand_mw", 1050.0),
            ("demand_mw", 2000.0),
            ("headroom", 0.2),
            ("headroom", 0.8),
            ("headroom", 0.0),
        )
    },
    "carbon_signal average": {"carbon_signal": "average"},
    "price of us-virginia × 1.1": {"price_factors": (("us-virginia", 1.1),)},
    "price of us-virginia × 2": {"price_factors": (("us-virginia", 2.0),)},
    "capacity of us-virginia × 1.5": {"capacity_factors": (("us-virginia", 1.5),)},
    "egress × 2": {"egress_factor": 2.0},
    "pinned shares × 1.5": {"pinned_factor": 1.5},
    "regulated shares × 3": {"regulated_factor": 3.0},
    **{
        f"{friction} off": {"frictions": tuple(name for name in FRICTIONS if name != friction)}
        for friction in FRICTIONS
    },
}
"""Changes of one setting from the defaults, near and far."""

_NOTE = (
    "Each row changes one setting of an explorer that has placed the default settings with all frictions. Times are "
    "measured in the kernel from the change to the reading, as the median of {repeats} changes, without drawing in the "
    "page. The first picture is the average day of 24 hours. The optimum of the twelve typical days replaces it. "
    "Simplex iterations bound both times; they are few for small changes, because placements use warm starts."
)


def measure(turn: str, repeats: int = 3, make_scenario: Callable = gf.stylized) -> dict[str, Measured]:
    """Measure the times from a change of one setting to the first picture and to the optimum.

    Parameters
    ----------
    turn : str
        A key of ``TURNS``.
    repeats : int
        Number of repetitions, each with a new explorer.
    make_scenario : callable
        As in :class:`geofront.explore.Explorer`.

    Returns
    -------
    dict
        ``"first"`` and ``"optimum"``.
    """
    measured = {step: Measured(turn) for step in ("first", "optimum")}
    for _ in range(repeats):
        explorer = Explorer(make_scenario)
        explorer.first_reading()
        explorer.reading()
        began = time.perf_counter()
        explorer.change(**TURNS[turn])
        for step, read in (("first", explorer.first_reading), ("optimum", explorer.reading)):
            read()
            measured[step].runs.append(
                {"seconds": time.perf_counter() - began, "megabytes": float("nan"), "points": 1, "values": {}}
            )
    return measured


def measure_all(say: Callable[[str], None], repeats: int = 3) -> dict[str, dict[str, Measured]]:
    """Times by turn, then as :func:`measure` returns them."""
    measured = {}
    for turn in TURNS:
        measured[turn] = measure(turn, repeats)
        say(f"{turn}: " + ", ".join(f"{step} {times.seconds:.2f} s" for step, times in measured[turn].items()))
    return measured


def explorer_page(measured: Mapping[str, Mapping[str, Measured]]) -> str:
    """Format the page as Markdown; first pictures that take too long are bold."""
    turns = [(turn, times["first"].seconds, times["optimum"].seconds) for turn, times in measured.items()]
    medians = ("median", *(statistics.median(column) for column in list(zip(*turns, strict=True))[1:]))
    rows = [
        (turn, f"{first:.2f}" if first <= LIMIT else f"**{first:.2f}**", f"{optimum:.2f}")
        for turn, first, optimum in [*turns, medians]
    ]
    repeats = len(next(iter(measured.values()))["first"].runs)
    return (
        "\n\n".join(
            [
                "# Turning the explorer's knobs",
                "Written by `make bench`, or by `python -m benchmarks.explorer` alone.",
                _NOTE.format(repeats=repeats),
                surroundings(),
                table(("turn", "first picture [s]", "optimum [s]"), "lrr", rows),
            ]
        )
        + "\n"
    )


def write_page(measured: Mapping[str, Mapping[str, Measured]], folder: Path) -> None:
    """Write ``explorer.md``."""
    with staged(folder) as staging:
        (staging / PAGE).write_text(explorer_page(measured), encoding="utf-8", newline="\n")


def main() -> None:
    argparse.ArgumentParser(prog="python -m benchmarks.explorer", description=__doc__).parse_args()
    write_page(measure_all(lambda line: print(line, file=sys.stderr, flush=True)), Path(__file__).parent)


if __name__ == "__main__":
    main()

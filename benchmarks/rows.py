"""Solves one row of the comparison with an older version, and writes time and objective to a file.

:mod:`benchmarks.against` runs it as a script, with ``PYTHONPATH`` set to the version to measure. It therefore imports
nothing else from benchmarks, and uses only functions of both versions.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

import geofront as gf

WITHOUT_MIGRATION = tuple(name for name in gf.FRICTIONS if name != "migration")


@dataclass(frozen=True)
class Row:
    """A row: its title, and a function that prepares and returns the call to time."""

    title: str
    prepare: Callable[[], Callable[[], xr.Dataset]]


def all_rows(hours_file: str = "", quick: bool = False) -> dict[str, Row]:
    """Rows by name; rows of a real year need a file of hours."""

    def days(hours: str = "", count: int = 365) -> xr.Dataset:
        return gf.stylized(snapshots="year", hours=hours or None).isel(hour=slice(0, 24 * (2 if quick else count)))

    def typical() -> xr.Dataset:
        return gf.stylized(snapshots="day" if quick else "month-hour", hours=hours_file or None)

    rows = {"typical": Row("typical days, cold start", lambda: _place(typical()))}
    for name, hours in {"real": hours_file, "stylized": ""}.items():
        if hours or name == "stylized":
            rows[name] = Row(f"{name} year", lambda hours=hours: _place(days(hours)))
            rows[f"{name}-free"] = Row(
                f"{name} year without migration", lambda hours=hours: _place(days(hours), WITHOUT_MIGRATION)
            )
    return rows | {
        "near": Row("carbon price 50 → 55 USD/t, warm start", lambda: _place_warm(typical(), 50.0, 55.0)),
        "far": Row("carbon price 50 → 150 USD/t, warm start", lambda: _place_warm(typical(), 50.0, 150.0)),
        "class-b": Row("exact frontier of class B", lambda: _frontier(typical(), "B")),
        "network": Row("exact network frontier", lambda: _frontier(typical())),
        "network-free": Row(
            "exact network frontier without migration", lambda: _frontier(typical(), frictions=WITHOUT_MIGRATION)
        ),
        "sweep": Row(
            "60 network budgets × 20 carbon prices, a week without migration",
            lambda: _sweep(days(hours_file, 7), quick),
        ),
    }


def _place(scenario: xr.Dataset, frictions=gf.FRICTIONS) -> Callable[[], xr.Dataset]:
    return lambda: gf.place(scenario, frictions=frictions)


def _place_warm(scenario: xr.Dataset, first: float, then: float) -> Callable[[], xr.Dataset]:
    start = gf.WarmStart()
    gf.place(scenario, carbon_price=first, warm_start=start)
    return lambda: gf.place(scenario, carbon_price=then, warm_start=start)


def _frontier(scenario: xr.Dataset, workload=None, frictions=gf.FRICTIONS) -> Callable[[], xr.Dataset]:
    return lambda: gf.latency_frontier(scenario, workload, frictions=frictions)


def _sweep(scenario: xr.Dataset, quick: bool) -> Callable[[], xr.Dataset]:
    budgets, prices = np.geomspace(15, 4000, 6 if quick else 60), np.linspace(0, 190, 2 if quick else 20)
    return lambda: gf.sweep(scenario, network_budgets=budgets, carbon_prices=prices, frictions=WITHOUT_MIGRATION)


def objective(result: xr.Dataset) -> float:
    """Cost of a placement; mean cost of a frontier or sweep [USD/yr]."""
    if "component" in result.dims:
        return float((result.cost * result.weight).sum())
    return float(result.cost.mean())


def measure(row: Row) -> dict[str, float]:
    """CPU and wall time of the timed call [s], and the objective."""
    solve = row.prepare()
    cpu, wall = time.process_time(), time.perf_counter()
    result = solve()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"cpu": cpu, "wall": wall, "objective": objective(result)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("row")
    parser.add_argument("answer", type=Path)
    parser.add_argument("--hours", default="")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    answer = measure(all_rows(given.hours, given.quick)[given.row]) | {"package": str(Path(gf.__file__).resolve())}
    given.answer.write_text(json.dumps(answer))


if __name__ == "__main__":
    main()

"""Turns measurements into ``results.md`` and a plot of how time grows."""

import math
import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.cases import GEOFRONT, Case
from benchmarks.growth import PLOT, exponent, growth_chart
from benchmarks.run import EQUAL, RERUN_BELOW, Measured
from benchmarks.targets import targets
from geofront.files import staged

LIBRARIES = ("geofront", "mip", "highsbox", "linopy", "highspy", "scipy", "numpy", "xarray")
RESULTS = "results.md"

Results = Mapping[str, Mapping[str, Measured]]

def write_page(cases: Mapping[str, Case], measured: Results, folder: Path, hours_file: str) -> None:
    """Write ``results.md``, with what has been measured so far."""
    with staged(folder) as staging:
        page = results_page(cases, measured, quick=False, hours_file=hours_file)
        (staging / RESULTS).write_text(page, encoding="utf-8", newline="\n")


def write_plot(measured: Results, folder: Path) -> None:
    """Draw how time grows."""
    from vl_convert import vegalite_to_png

    with staged(folder) as staging:
        (staging / PLOT).write_bytes(vegalite_to_png(growth_chart(measured).to_dict(), scale=2))


def results_page(cases: Mapping[str, Case], measured: Results, *, quick: bool, hours_file: str) -> str:
    """The page as Markdown."""
    parts = ["# Benchmarks", _introduction(quick, hours_file), "## Targets", _targets_table(measured)]
    for name, tools in measured.items():
        if not name.startswith("growth") and name in cases:
            case = cases[name]
            parts += [f"## {case.title[0].upper()}{case.title[1:]}", case.note, _tools_table(tools)]
    if any(name.startswith("growth") for name in measured):
        parts += ["## How time grows", _growth(measured)]
    return "\n\n".join(parts) + "\n"


def _introduction(quick: bool, hours_file: str) -> str:
    hours = "the real hours of 2023" if hours_file else "stylized hours"
    lines = [
        "Written by `make bench`" + (" with small instances (`--quick`), which say little." if quick else ".")
        + f" The instances of 12 regions have {hours}"
        + ("." if hours_file else "; `make bench ARGS='--hours FILE'` takes real ones."),
        "Time runs from a scenario in memory to labelled results: building, solving, reading back. geofront's includes "
        "validation, costs, emissions and shadow prices, which the peers do not compute. All tools solve the same "
        f"program, and their objectives agree to {EQUAL:g} (relative), or there would be no page. Every run has a "
        "process of its own, whose peak memory includes the interpreter and all libraries. The tools take turns; times "
        f"are medians of up to three runs, of one where it took more than {RERUN_BELOW:.0f} s; a run that takes "
        "too long is stopped, and the page says when. Peers that solve only some points of a grid are scaled up to all "
        "of them. geofront uses two threads where blocks are coupled and along frontiers and sweeps; everything else "
        "runs in one.",
        surroundings(),
    ]
    return "\n\n".join(lines)


def surroundings() -> str:
    """Machine and versions, in words."""
    versions = ", ".join(f"{name} {_version(name)}" for name in LIBRARIES)
    return f"Machine: {machine()}. Python {platform.python_version()}, {versions}."


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "(absent)"


def machine() -> str:
    """Processor, cores and memory."""
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")
             ] if info.exists() else []
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}"


def _targets_table(measured: Results) -> str:
    rows = [(target.text, *target.outcome(measured)) for target in targets() if target.case in measured]
    return table(("target", "measured", "met"), "lll", rows)


def _tools_table(tools: Mapping[str, Measured]) -> str:
    ours = tools[GEOFRONT]
    rows = []
    for tool, record in tools.items():
        scale = ours.points / record.points
        name = tool if scale == 1 else f"{tool} ({record.points} of {ours.points} points, scaled)"
        more = ">" if record.stopped else ""
        rows.append((name, record.stopped or f"{record.seconds * scale:.2f}",
                     f"{more}{record.seconds * scale / ours.seconds:.1f}", _megabytes(record.megabytes),
                     str(len(record.runs))))
    return table(("tool", "time [s]", "time of geofront [1]", "peak memory [MB]", "runs"), "lrrrr", rows)


def _megabytes(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.0f}"


def _growth(measured: Results) -> str:
    return (f"Time of geofront grows as hours to the power of {exponent(measured):.2f}, over all lengths shown: each "
            f"hour is a problem of its own, and one model serves them all.\n\n![Time against hours]({PLOT})")


def table(heads, alignment: str, rows) -> str:
    """Rows of texts as Markdown, each column aligned to the ``l``eft or the ``r``ight."""
    rule = [{"l": "---", "r": "---:"}[side] for side in alignment]
    return "\n".join("| " + " | ".join(row) + " |" for row in (heads, rule, *rows))

"""Turns the times of the explorer's turns into ``explorer.md``."""

from collections.abc import Mapping
from pathlib import Path

from benchmarks.report import surroundings, table
from benchmarks.run import Measured
from benchmarks.turns import LIMIT, PACE, SITUATIONS, optimal_seconds, outcome
from geofront.files import staged

PAGE = "explorer.md"

_NOTE = (
    "Twelve typical days with all frictions; time in the kernel from the turn of a knob to the numbers and the data of "
    "the picture, the median of three turns where nothing rests. At once means before the explorer has looked ahead, "
    "sooner than anybody turns who has read what is shown. A turn nearby then goes on from programs that are kept. "
    "Another friction or network budget, or a turn from far away, is placed from nothing, most of which is CBC's "
    "simplex method on twelve days. There a feasible placement is shown first, hour by hour, with how much its cost "
    "may exceed the least, and the optimum follows. While the knobs rest, the explorer places what the next turn may "
    "lead to, first what would take longest. Dragged, a knob passes a stop every "
    f"{PACE:g} s, and time runs from the last one: what was being placed for a stop before it is given up where that "
    "takes long, and shown first where it is over soon.")


def write_page(measured: Mapping[str, Mapping[str, Measured]], folder: Path) -> None:
    """Write the page.

    Parameters
    ----------
    measured : mapping
        Turns by the name of their situation, and what each took by its words.
    folder : pathlib.Path
    """
    with staged(folder) as staging:
        (staging / PAGE).write_text(explorer_page(measured), encoding="utf-8", newline="\n")


def explorer_page(measured: Mapping[str, Mapping[str, Measured]]) -> str:
    """The page as Markdown."""
    rows = []
    for situation in SITUATIONS:
        if situation.name in measured:
            found, met = outcome(measured[situation.name])
            rows.append((situation.name, found, "yes" if met else "**no**"))
    return "\n\n".join([
        "# Turning the explorer's knobs", "Written by `make bench`, or by `python -m benchmarks.knobs` alone.", _NOTE,
        surroundings(),
        table(("turns", f"shown in at most {LIMIT:g} s", "all"), "lll", rows), *_tables(measured)]) + "\n"


def _tables(measured: Mapping[str, Mapping[str, Measured]]) -> list[str]:
    """Times of the turns, a table for each way of turning; those that took too long are bold."""
    tables = []
    for way in dict.fromkeys(situation.way for situation in SITUATIONS):
        across = [each for each in SITUATIONS if each.way == way and each.name in measured]
        if across:
            heads = [head for each in across for head in (f"{each.when} [s]", f"optimum {each.when} [s]")]
            rows = [(turn, *(_seconds(value) for each in across for value in (
                        measured[each.name][turn].seconds, optimal_seconds(measured[each.name][turn]))))
                    for turn in measured[across[0].name]]
            tables.append(table((way, *heads), "l" + "r" * len(heads), rows))
    return tables


def _seconds(value: float) -> str:
    return f"{value:.2f}" if value <= LIMIT else f"**{value:.2f}**"

"""What waiting saves compared with moving (Table E9)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from geofront.arguments import checked, mapping, table
from geofront.tables.columns import headed

CASES = {"neither": "At home, at once", "time": "Waits", "space": "Moves", "both": "Moves and waits"}
"""Names of the cases in tables."""

_NUMBERS = ("benefit", "percent", "own_benefit", "return_on_delay", "mean_wait")
SPACE_AND_TIME = table((*_NUMBERS, "window"), ("case",), maker="gf.space_and_time")


@checked(results=mapping(SPACE_AND_TIME, "what gf.space_and_time returned, by name"))
def space_and_time(results: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """What a class saves by waiting, by moving and by both (Table E9).

    Parameters
    ----------
    results : mapping of str to pandas.DataFrame
        Results of :func:`geofront.space_and_time` with the same windows, by their name in heads.

    Returns
    -------
    pandas.DataFrame
        Index ``Case`` and ``Window``. For each result: the saving, its share of the class's cost at home and, where it
        differs, the saving of the class itself. For the first result also: the return on delay and the mean wait.
    """
    columns, heads, first = {}, {}, next(iter(results))
    for name, each in results.items():
        units = each.attrs.get("units", {})
        shown = {"benefit": ("Saving", 1), "percent": ("Saved", 1)}
        if not np.allclose(each.own_benefit, each.benefit, rtol=1e-6, equal_nan=True):
            shown["own_benefit"] = "Own saving", 1
        if name == first:
            shown |= {"return_on_delay": ("Waiting saves per hour", 2), "mean_wait": ("Mean wait", 1)}
        for column, (head, digits) in shown.items():
            columns[name, column] = each[column]
            heads[name, column] = f"{head}, {name}", units.get(column, ""), digits
    frame = pd.DataFrame(columns)
    frame.columns = list(columns)
    frame = frame.rename(index=CASES, level="case").rename_axis(["Case", "Window [h]"])
    return headed(frame, heads)

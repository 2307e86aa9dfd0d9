import numpy as np
import pandas as pd
import pytest

from geofront.inputs.decimals import numbers


def read(*cells, decimal=None):
    """Numbers, None for missing values, and "?" for cells that are neither."""
    values, unreadable = numbers(pd.Series(cells, dtype=str), decimal)
    assert values.isna()[unreadable].all()
    return ["?" if bad else None if np.isnan(value) else value for value, bad in zip(values, unreadable, strict=True)]


def test_points_signs_and_exponents():
    cells = ["1", "-2.5", "+3", ".5", "7.", "1e2", "-1.5E-1", "\u22124", " 5 ", "1 234.5"]
    assert read(*cells) == [1, -2.5, 3, 0.5, 7, 100, -0.15, -4, 5, 1234.5]


@pytest.mark.parametrize("marker", ["", " ", "NaN", "nan", "NA", "N/A", "n/a", "n/e", "N/E", "-", "–", "null", "None",
                                    "--", "n.a.", "#N/A", "#NA", "<NA>", "-nan"])  # fmt: skip
def test_markers_of_missing_values(marker):
    assert read("1.5", marker) == [1.5, None]
    assert read("1,5", marker) == [1.5, None]


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "1e400", "cheap", "1.2.3", "0x10", "1_000", "True", "1 2"])
def test_what_is_no_number(cell):
    assert read("1.5", cell) == [1.5, "?"]


def test_decimal_comma_where_it_can_be_nothing_else():
    assert read("12,5", "-3", "1.234,5", "0,123", "45") == [12.5, -3, 1234.5, 0.123, 45]


def test_three_digits_behind_a_comma_may_be_thousands():
    assert read("1,234", "5") == ["?", 5]


def test_comma_and_point_as_decimal_mark_do_not_mix():
    assert read("1,5", "1.25") == ["?", 1.25]


def test_stated_decimal_mark():
    assert read("1,234.50", "12,345", "2", decimal=".") == [1234.5, 12345, 2]
    assert read("39,01", decimal=".") == ["?"]
    assert read("1.234", "39,01", "1,234", decimal=",") == [1234, 39.01, 1.234]
    assert read("39.01", decimal=",") == ["?"]

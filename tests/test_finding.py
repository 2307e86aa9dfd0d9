"""A finding: its numbers, and the checks that fail."""

import numpy as np

from geofront.tables.finding import Finding, failures


def test_numbers_that_are_not_defined_are_left_out():
    numbers = {"a": 1.0, "b": float("nan"), "c": {"d": np.float64("nan"), "e": 0, "f": None}}
    assert Finding("It costs 1 USD.", numbers).numbers == {"a": 1.0, "c": {"e": 0, "f": None}}


def test_checks_that_fail_are_named():
    assert failures({"too much": True, "too little": np.bool_(False)}) == ("too little",)

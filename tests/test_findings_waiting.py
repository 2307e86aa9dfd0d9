"""Findings about waiting and moving: savings by way, per hour and per millisecond, and checks."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from geofront.tables.findings import waiting as findings


def savings(time=(12.0, 23.0), space=60.0, both=(61.0, 64.0), own=0.0, windows=(6, 23)):
    """Savings by waiting for two windows, by moving at once, and by both; what the class saves itself is `own` more."""
    ways = ["neither"] + len(windows) * ["time"] + ["space"] + len(windows) * ["both"]
    index = pd.MultiIndex.from_arrays([ways, [0, *windows, 0, *windows]], names=["case", "window"])
    benefit = np.array([0.0, *time, space, *both])
    waits = np.array([np.nan, *windows, np.nan, *windows])
    table = {"benefit": benefit, "own_benefit": benefit + own, "percent": benefit / 2, "gap": 0.0}
    return pd.DataFrame(table | {"return_on_delay": benefit / waits, "mean_wait": waits / 3}, index)


def test_savings_of_a_class_by_way():
    """Moving saves 60 of 64 USD/MWh; 12 USD/MWh in 6 h are 2 an hour, 23 in 23 h are 1."""
    found = findings.with_others_at_home(savings(), "D")
    assert found.sentence == (
        "Waiting for up to 23 h saves class D 23.0 USD/MWh, moving 60.0, and both 64.0: once it moves, waiting adds "
        "4.0. An hour of the window is worth 2.00 USD/MWh up to 6 h and 1.00 up to 23 h."
    )
    assert found.numbers == {
        "longest_window_h": 23,
        "saving_usd_per_mwh": {"time": 23, "space": 60, "both": 64, "added": 4},
        "return_on_delay_usd_per_mwh_h": {"6": 2, "23": 1},
    }
    assert found.failed == ()


def test_the_longest_window_may_come_first():
    found = findings.with_others_at_home(savings((23.0, 12.0), both=(64.0, 61.0), windows=(23, 6)), "D")
    assert found.sentence.startswith("Waiting for up to 23 h saves class D 23.0 USD/MWh")
    assert found.sentence.endswith("is worth 1.00 USD/MWh.")


def test_a_single_window_is_named_once():
    found = findings.with_others_at_home(savings((12.0,), both=(60.0 - 1e-9,), windows=(6,)), "D")
    assert found.sentence.endswith("once it moves, waiting adds 0.0. An hour of the window is worth 2.00 USD/MWh.")
    assert found.failed == ()


def test_a_class_that_displaces_others_saves_more_itself():
    found = findings.with_others_moving(savings(own=2.0))
    assert "saves the system 60.0 USD per MWh of the class and the class itself 62.0: it displaces" in found.sentence
    assert found.sentence.endswith("If it moves and waits, the system saves 64.0 and the class 66.0.")
    assert found.numbers["saving_with_others_usd_per_mwh"] == {"space": 60, "own": 62, "both": 64, "own_both": 66}


@pytest.mark.parametrize("own", [0.0, -2.0, 1e-9])
def test_a_class_that_displaces_no_other(own):
    assert "displaces" not in findings.with_others_moving(savings(own=own)).sentence


def test_emissions_in_per_cent():
    found = findings.of_emissions(savings(time=(-1e-9, -1e-9)), "average")
    assert found.sentence == (
        "By average carbon intensity, waiting for up to 23 h avoids 0.0 % of the emissions of the class, moving "
        "30.0 %, and both 32.0 %."
    )
    assert found.numbers["emissions_percent"]["both"] == 32


def test_nothing_is_emitted():
    found = findings.of_emissions(savings().assign(percent=float("nan")), "IFI")
    assert found.sentence == "By IFI carbon intensity, nothing is emitted."
    assert found.numbers == {"emissions_percent": {}}


def test_wrong_savings_are_noticed():
    unproved = savings()
    unproved.loc[("both", 23), "gap"] = -1e-3
    assert findings.of_emissions(unproved, "average").failed == ("a saving is not proved",)
    assert findings.with_others_moving(savings(both=(59.0, 64.0))).failed == ("waiting costs something",)
    assert findings.with_others_at_home(savings(time=(62.0, 63.0)), "D").failed == ("moving costs something",)


@pytest.fixture
def scenario():
    """Class A needs 30 MW and class D 10 MW all year."""
    coords = {"client": ["paris"], "workload": ["A", "D"], "hour": [0], "weight": ("hour", [8760.0])}
    return xr.Dataset({"demand": (("client", "workload", "hour"), [[[30.0], [10.0]]])}, coords)


def compared(added_ms=25.0, saved=60.0):
    """Mean latency of all demand, and cost, of which class D has a quarter and 87,600 MWh."""
    cost = 1e8 - np.array([0.0, 87_600 * saved])
    return pd.DataFrame({"latency_mean": [20.0, 20.0 + added_ms], "cost": cost}, ["home", "moved"])


def test_a_millisecond_earns_as_much_as_six_minutes(scenario):
    """25 ms of all demand are 100 ms of class D: 0.6 USD/MWh a ms, against 12 USD/MWh in 2 h or 0.1 a minute."""
    found = findings.per_delay(scenario, savings(), compared(), "D")
    assert found.sentence == (
        "Moving adds 100 ms of latency on average and earns 0.60 USD/MWh per millisecond. Waiting for up to 6 h adds "
        "2.0 h and earns 6.0 USD/MWh per hour: a millisecond of latency earns as much as 6 minutes of waiting."
    )
    assert found.numbers == {"minutes_of_waiting_per_ms": pytest.approx(6)}
    assert found.failed == ()


@pytest.mark.parametrize(("added_ms", "shown"), [(150.0, "1 minute of"), (1500.0, "0.1 minutes of")])
def test_minutes_are_singular_and_plural(scenario, added_ms, shown):
    assert shown in findings.per_delay(scenario, savings(), compared(added_ms), "D").sentence


def test_delays_of_a_class_that_does_not_move_are_not_compared(scenario):
    found = findings.per_delay(scenario, savings(space=0.0), compared(added_ms=0.0, saved=0.0), "D")
    assert found.sentence == "Nothing moves or nothing waits, so savings by delay cannot be compared."
    assert found.numbers == {}
    assert found.failed == ()


def test_a_placement_with_another_saving_is_noticed(scenario):
    found = findings.per_delay(scenario, savings(), compared(saved=61.0), "D")
    assert found.failed == ("gf.place finds another saving than moving at once",)

"""The explorer: its knobs, caching and cancellation, and the contents of the widgets and the picture."""

import asyncio
import base64
import io
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import ipywidgets as widgets
import pandas as pd
import pytest
import vl_convert
import xarray as xr

import geofront as gf
from geofront.errors import Cancelled
from geofront.explore import Explorer, Settings, picture, reading, table
from geofront.explore import explorer as module
from geofront.explore import ranges as ranges_module
from geofront.explore.changes import changes
from geofront.explore.datasets import NOW, REFERENCE, change, datasets
from geofront.explore.knobs import make_knobs, settings_of, tooltip, turn
from geofront.explore.panel import Panel, panel
from geofront.explore.picture import frame_of
from geofront.explore.presets import preset_buttons
from geofront.explore.settings import BUDGETS
from geofront.names import HOUR
from geofront.quantities.frontier import NETWORK_BUDGETS
from geofront.quantities.layers import layer_of_home
from geofront.scenarios.snapshots import average_day

pytestmark = pytest.mark.slow

KNOBS = {"carbon_price": 80.0, "carbon_signal": "average", "network_budget": 100.0, "demand_mw": 500.0, "headroom": 0.4}
DATASETS = {"flows", "arrows", "regions", "layers", "ranges", "cost", "carbon", "frontier", "lines", "position"}


def explorer(**settings) -> Explorer:
    return Explorer(partial(gf.stylized, snapshots="day"), Settings(**settings))


def explorer_of_days(**settings) -> Explorer:
    """Of three typical days."""
    return Explorer(lambda **chosen: gf.stylized(**chosen).isel({HOUR: slice(72)}), Settings(**settings))


@pytest.fixture(scope="module")
def shared() -> Explorer:
    """One explorer for tests that do not count placements; each test resets all knobs first."""
    return explorer()


@pytest.fixture
def at_first(shared) -> Explorer:
    shared.reset()
    shared.shown = "all"
    return shared


@pytest.fixture
def count(monkeypatch) -> list:
    """Carbon prices of the placements made from now on."""
    made = []

    def place(*args, **options):
        made.append(options["carbon_price"])
        return gf.place(*args, **options)

    monkeypatch.setattr(module, "place", place)
    return made


def test_reading_says_what_the_placement_says(at_first):
    at_first.change(carbon_price=80.0, frictions=("capacity", "locality"), price_factors=(("us-texas", 3.0),))
    reading, placement = at_first.reading(), at_first.place()
    totals, base = gf.totals(placement), gf.totals(gf.local(at_first.scenario(), carbon_price=80.0))
    assert reading.cost_per_mwh == pytest.approx(totals.cost_per_mwh)
    assert reading.carbon_per_mwh == pytest.approx(totals.carbon_per_mwh)
    assert reading.local_cost_per_mwh == pytest.approx(base.cost_per_mwh)
    assert reading.local_carbon_per_mwh == pytest.approx(base.carbon_per_mwh)
    assert reading.relocated_share == pytest.approx(gf.compare({"it": placement}).relocated_share["it"])
    assert reading.flow.sum() == pytest.approx(1000.0)
    assert placement.attrs["frictions"] == ("locality", "capacity")


def test_reading_of_classes_adds_up_to_the_whole(at_first):
    reading = at_first.reading()
    parts = [reading.of([number]) for number in range(len(at_first.classes))]
    for name in ("flow", "cost", "emissions", "local_cost", "local_emissions", "demand"):
        assert sum(getattr(part, name).sum() for part in parts) == pytest.approx(getattr(reading, name).sum())
    at_first.shown = "D"
    assert at_first.of_shown(reading).cost_per_mwh == parts[3].cost_per_mwh != reading.cost_per_mwh


@pytest.mark.parametrize(("name", "value"), KNOBS.items())
def test_every_setting_reaches_the_scenario_or_the_placement(at_first, name, value):
    at_first.change(**{name: value})
    scenario, first = at_first.scenario(), at_first.scenario(at_first.at_first)
    if name == "carbon_price":
        assert at_first.place().attrs["carbon_price"] == value
    elif name == "carbon_signal":
        assert scenario.attrs["carbon_signal"] == value
    elif name == "network_budget":
        assert (scenario.latency_budget == scenario.service_time + value).all()
    elif name == "demand_mw":
        assert float(scenario.demand.sum()) == pytest.approx(value / 1000 * float(first.demand.sum()))
    else:
        assert (scenario.capacity > first.capacity).all()


def test_price_factors_multiply_the_first_price_and_leave_it_unharmed(at_first):
    before = at_first.scenario().price.copy(deep=True)
    for factor in (0.5, 0.7):
        at_first.settings = at_first.settings.with_factor("price_factors", "br-saopaulo", factor)
    at_first.settings = at_first.settings.with_factor("price_factors", "us-texas", 2)
    price = at_first.scenario().price
    assert price.sel(region="br-saopaulo").values == pytest.approx(0.7 * before.sel(region="br-saopaulo").values)
    assert price.sel(region="us-texas").values == pytest.approx(2 * before.sel(region="us-texas").values)
    assert price.attrs == before.attrs
    assert at_first.scenario(at_first.at_first).price.identical(before)
    back = at_first.settings.with_factor("price_factors", "us-texas", 1).with_factor(
        "price_factors", "br-saopaulo", 1.0
    )
    assert back == at_first.at_first


def test_frontier_is_that_of_the_package(at_first):
    at_first.change(carbon_price=30.0)
    for budget in BUDGETS[::6]:
        at_first.reading(replace(at_first.settings, network_budget=budget))
    sweep = gf.sweep(at_first.scenario(), network_budgets=BUDGETS[::6], carbon_prices=[30.0])
    cost = [float(reading.cost.sum()) for reading in at_first.frontier().values()]
    assert list(at_first.frontier()) == list(BUDGETS[::6])
    assert cost == pytest.approx(sweep.cost.values.ravel())


def test_nothing_is_placed_twice(count):
    each = explorer()
    each.reading()
    each.change(carbon_price=20.0)
    each.reading()
    each.shown = "A"
    each.of_shown(each.reading())
    each.reset()
    each.reading()
    assert count == [0.0, 20.0]


def test_interrupted_trace_resumes_where_it_stopped(count, monkeypatch):
    each = explorer(frictions=())
    with monkeypatch.context() as patch:
        patch.setattr(reading, "layer_of_home", lambda *_: 1 / 0 if len(count) == 3 else layer_of_home(*_))
        with pytest.raises(ZeroDivisionError):
            each.trace()
    assert (each.traced, list(each.frontier())) == (2, list(BUDGETS[:2]))
    each.trace()
    assert (each.traced, list(each.frontier())) == (len(BUDGETS), list(BUDGETS))
    assert len(count) == len(BUDGETS) + 1
    each.trace()
    assert len(count) == len(BUDGETS) + 1


def test_of_many_hours_fewer_budgets_are_traced(monkeypatch):
    """They are stops of the slider; visited budgets are drawn as well."""
    monkeypatch.setattr(module, "EXACT_HOURS", 23)
    each = explorer(frictions=())
    each.change(network_budget=75.0)
    each.reading()
    each.trace()
    assert set(NETWORK_BUDGETS) < set(BUDGETS)
    assert list(each.frontier()) == sorted([75.0, *NETWORK_BUDGETS])
    assert each.missing() == []


def test_unknown_classes_and_regions_are_refused(at_first):
    with pytest.raises(gf.GeofrontError, match=r"shown='E' is not a class: use 'all' or one of 'A'"):
        at_first.shown = "E"
    with pytest.raises(gf.GeofrontError, match=r"no region 'atlantis': use one of 'us-virginia'"):
        at_first.scenario(at_first.settings.with_factor("price_factors", "atlantis", 2))
    with pytest.raises(TypeError, match="carbon_tax"):
        at_first.change(carbon_tax=1)
    with pytest.raises(gf.GeofrontError, match="settings=None is not a Settings"):
        at_first.settings = None


def test_rows_of_the_picture(at_first):
    rows, reading = datasets(at_first, frame_of(at_first)), at_first.reading()
    assert set(rows) == DATASETS
    json.dumps(rows, allow_nan=False)
    assert len(rows["flows"]) == len(rows["arrows"]) > 3
    assert all(row["home"] != row["region"] and row["percent"] >= 0.2 for row in rows["flows"])
    assert sum(row["percent"] for row in rows["regions"]) == pytest.approx(100, abs=0.01)
    assert sum(row["mw"] for row in rows["regions"]) == pytest.approx(1000, abs=0.1)
    by_class = {row["workload"]: row["end"] for row in rows["layers"] if row["layer"] == "energy-oriented"}
    assert by_class == dict.fromkeys(["all", *at_first.classes], pytest.approx(1))
    local = next(row["share"] for row in rows["layers"] if row["workload"] == "all")
    assert local == pytest.approx(1 - reading.relocated_share, abs=1e-4)
    assert [row["value"] for row in rows["cost"]] == pytest.approx(
        [reading.local_cost_per_mwh, reading.cost_per_mwh], abs=1e-3
    )
    assert rows["position"][0]["cost"] == pytest.approx(reading.cost_per_mwh, abs=1e-3)
    assert rows["position"][0]["own"]


def test_rows_follow_the_class_that_is_shown(at_first):
    whole = datasets(at_first, frame_of(at_first))
    at_first.shown = "D"
    of_class = datasets(at_first, frame_of(at_first))
    assert sum(row["mw"] for row in of_class["regions"]) == pytest.approx(150, abs=0.1)
    assert of_class["cost"] != whole["cost"]
    for name in ("layers", "frontier", "position"):
        assert of_class[name] == whole[name]


def test_frontier_rows_tell_the_present_from_the_first(at_first):
    at_first.reading(replace(at_first.at_first, network_budget=300.0))
    assert [row["line"] for row in datasets(at_first, frame_of(at_first))["lines"]] == [NOW]
    at_first.change(headroom=0.5, network_budget=300.0)
    rows = datasets(at_first, frame_of(at_first))
    assert [row["name"] for row in rows["lines"]] == ["these settings", "at first"]
    now = next(row for row in rows["frontier"] if row["line"] == NOW)
    position = rows["position"][0]
    assert (position["budget"], position["cost"], position["own"]) == (300.0, now["cost"], False)


def test_the_names_beside_the_frontier_are_those_of_its_lines():
    each = explorer(frictions=())
    rows = datasets(each, frame_of(each))
    assert rows["lines"] == []
    assert not any(row["drawn"] for row in rows["frontier"])


def test_the_reference_line_includes_the_present_carbon_price(at_first):
    """Placed without a carbon price, and charged with 80 USD/t on what it emits."""
    first = at_first.reading(replace(at_first.at_first, network_budget=300.0))
    at_first.change(carbon_price=80.0)
    rows = datasets(at_first, frame_of(at_first))["frontier"]
    cost = next(row["cost"] for row in rows if row["line"] == REFERENCE and row["budget"] == 300.0)
    assert cost == pytest.approx(first.cost_per_mwh + 0.08 * first.carbon_per_mwh, abs=1e-3)
    placement = at_first.place(replace(at_first.at_first, network_budget=300.0))
    evaluated = gf.evaluate(at_first.scenario(), placement.flow, carbon_price=80.0)
    assert cost == pytest.approx(gf.totals(evaluated).cost_per_mwh, abs=1e-3)


@pytest.mark.parametrize(
    ("value", "base", "text"),
    [
        (61.7, 101.4, "−39 %"),
        (110, 100, "+10 %"),
        (99.7, 100, "−0.3 %"),
        (100, 100, "0.0 %"),
        (99.99, 100, "0.0 %"),
        (1, 0, ""),
    ],
)
def test_changes_as_text(value, base, text):
    assert change(value, base) == text


def test_picture_holds_its_rows_by_name_and_shows_them(at_first):
    chart = picture(at_first)
    spec = chart.to_dict()
    names = set(re.findall(r'"name": "(\w+)"', json.dumps(spec)))
    assert names >= DATASETS
    svg = vl_convert.vegalite_to_svg(spec, vl_version="6.1", allowed_base_urls=[])
    for text in (
        "Cost [USD/MWh]",
        "Emissions [kg/MWh]",
        "Network budget [ms]",
        "energy-oriented",
        "São Paulo",
        f"{at_first.reading().cost_per_mwh:.3g}",
        "own budgets",
    ):
        assert text in svg
    assert f"{at_first.reading().cost_per_mwh:.1f} USD/MWh" in spec["description"]


def test_every_knob_turns_its_setting_and_back():
    each = explorer(frictions=())
    shown = Panel(each)
    for name, value in KNOBS.items():
        shown.knobs[name].value = value
        assert each.settings == Settings(**{"frictions": ()} | {name: value})
        each.reset()
        assert shown.knobs[name].value != value
    shown.knobs["legal"].value = True
    assert each.settings == Settings(frictions=("legal",))
    shown.knobs["shown"].value = "B"
    assert each.shown == "B"


def test_rounding_of_a_slider_in_the_page_is_no_change(count):
    each = explorer(frictions=())
    Panel(each).knobs["demand_mw"].value = 999.9999999999999
    assert each.settings == each.at_first
    assert count == [0.0]


def test_factor_knob_belongs_to_the_region_that_is_chosen():
    each = explorer(frictions=())
    knobs = Panel(each).knobs
    knobs["region"].value = "br-saopaulo"
    knobs["price_factors"].value = 0.5
    knobs["region"].value = "us-texas"
    assert knobs["price_factors"].value == 1
    knobs["price_factors"].value = 2
    assert each.settings.price_factors == (("br-saopaulo", 0.5), ("us-texas", 2.0))
    knobs["region"].value = "br-saopaulo"
    assert knobs["price_factors"].value == 0.5
    each.reset()
    assert knobs["price_factors"].value == 1


def test_knobs_reach_beyond_their_ends_and_between_their_stops():
    unusual = {"carbon_price": 1000.0, "demand_mw": 10.0, "headroom": 2.0, "network_budget": 77.0}
    first, later = explorer(frictions=(), **unusual), explorer(frictions=())
    for each, knobs in ((first, Panel(first).knobs), (later, Panel(later).knobs)):
        each.change(**unusual)
        assert {name: knobs[name].value for name in unusual} == unusual
        knobs["carbon_signal"].value = "ifi"
        assert each.settings == Settings(frictions=(), carbon_signal="ifi", **unusual)


def test_numbers_and_rows_follow_the_knobs_and_the_code():
    each = explorer(frictions=())
    shown = Panel(each)
    numbers, spec = shown.numbers.value, shown.chart.spec
    assert f"<b>{each.reading().cost_per_mwh:.1f} USD/MWh</b>" in numbers
    shown.knobs["carbon_price"].value = 50
    assert f"<b>{each.reading().cost_per_mwh:.1f} USD/MWh</b>" in shown.numbers.value != numbers
    assert shown.chart.rows["cost"][1]["value"] == pytest.approx(each.reading().cost_per_mwh, abs=1e-3)
    each.change(carbon_price=0.0)
    assert shown.knobs["carbon_price"].value == 0
    assert shown.numbers.value == numbers
    assert shown.chart.spec == spec


def test_a_setting_that_cannot_be_placed_says_so_and_leaves_the_rest(monkeypatch):
    each = explorer(frictions=())
    shown = Panel(each)
    numbers = shown.numbers.value

    def refuse(*_, **__):
        raise gf.GeofrontError("3 MW are unserved at <Paris>")

    with monkeypatch.context() as patch:
        patch.setattr(module, "place", refuse)
        each.change(carbon_price=50.0)
    assert "role='alert'" in shown.status.value
    assert "3 MW are unserved at &lt;Paris&gt;" in shown.status.value
    assert shown.numbers.value == numbers
    each.change(carbon_price=0.0)
    assert "alert" not in shown.status.value


def test_within_jupyter_too_a_setting_that_cannot_be_placed_says_so(monkeypatch):
    each = explorer(frictions=())
    shown = Panel(each)

    def refuse(*_, **__):
        raise gf.GeofrontError("3 MW are unserved")

    async def turn_once() -> None:
        shown.knobs["carbon_price"].value = 10.0
        while "alert" not in shown.status.value:
            await asyncio.sleep(0.01)

    monkeypatch.setattr(module, "place", refuse)
    asyncio.run(asyncio.wait_for(turn_once(), 60))
    assert "3 MW are unserved" in shown.status.value


def run_until(done: Callable[[], bool], *steps: Callable[[], object]) -> None:
    """Repeat each step in an event loop, as in Jupyter, until it returns True, and then wait until all is done."""

    async def run() -> None:
        for step in steps:
            while not step():
                await asyncio.sleep(0.01)
        while not done():
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(run(), 60))


def headline(reading) -> str:
    return f"<b>{reading.cost_per_mwh:.1f} USD/MWh</b>"


def test_first_reading_is_that_of_the_average_day():
    each = explorer_of_days(carbon_price=80.0, price_factors=(("us-texas", 3.0),), network_budget=200.0)
    first, scenario = each.first_reading(), average_day(each.scenario())
    totals = gf.totals(gf.place(scenario, carbon_price=80.0))
    base = gf.totals(gf.local(scenario, carbon_price=80.0))
    assert first.cost_per_mwh == pytest.approx(totals.cost_per_mwh)
    assert first.carbon_per_mwh == pytest.approx(totals.carbon_per_mwh)
    assert first.local_cost_per_mwh == pytest.approx(base.cost_per_mwh)
    assert first.local_carbon_per_mwh == pytest.approx(base.carbon_per_mwh)
    assert first.demand.sum() == pytest.approx(each.reading().demand.sum())
    assert first.cost_per_mwh != pytest.approx(each.reading().cost_per_mwh, rel=1e-4)


def test_first_reading_is_cached_and_once_known_the_reading_itself(count):
    each = explorer_of_days(frictions=())
    assert each.first_reading() is each.first_reading()
    assert not each.is_known()
    optimum = each.reading()
    assert each.first_reading() is optimum
    assert len(count) == 2


def test_of_one_day_the_first_reading_is_the_reading(count):
    each = explorer(frictions=())
    assert each.first_reading() is each.reading()
    assert len(count) == 1


def test_fast_changes_are_placed_once_and_then_their_frontier(count):
    each = explorer(frictions=())
    shown = Panel(each)

    def drag() -> bool:
        for price in (10, 20, 30):
            shown.knobs["carbon_price"].value = price
        return True

    run_until(lambda: len(shown.chart.rows["frontier"]) == len(BUDGETS), drag)
    assert each.settings == replace(each.at_first, carbon_price=30.0)
    assert count == [0.0, 30.0] + len(BUDGETS) * [30.0]
    assert {row["line"] for row in shown.chart.rows["frontier"]} == {NOW}
    assert headline(each.reading()) in shown.numbers.value


def test_the_average_day_is_shown_first_and_replaced(count):
    each = explorer_of_days()
    shown, seen = Panel(each), []
    shown.status.observe(
        lambda event: seen.append((event.new, shown.numbers.value, shown.chart.rows["position"][0]["cost"])), "value"
    )

    def switch_off() -> bool:
        shown.knobs["locality"].value = False
        return True

    run_until(lambda: len(seen) >= 3, switch_off)
    average, optimum = each.reading(replace(each.settings, average_day=True)), each.reading()
    assert average.cost_per_mwh != pytest.approx(optimum.cost_per_mwh, rel=1e-4)
    (placing, *_), (first, *shown_first), (last, *shown_last) = seen
    assert "Placing …" in placing
    assert re.search(r"Average day, after [\d.]+ s; all 3 days follow …", first)
    assert re.search(r"Placed in [\d.]+ s", last)
    for (numbers, position), expected in ((shown_first, average), (shown_last, optimum)):
        assert headline(expected) in numbers
        assert position == pytest.approx(expected.cost_per_mwh, abs=1e-3)


def test_a_panel_opens_with_the_average_day():
    each, opened = explorer_of_days(frictions=()), []

    def open_panel() -> bool:
        opened.append(Panel(each))
        assert not each.is_known()
        assert headline(each.first_reading()) in opened[0].numbers.value
        return True

    run_until(lambda: "Placed in" in opened[0].status.value, open_panel)
    assert headline(each.reading()) in opened[0].numbers.value


def test_a_scenario_with_an_average_day_only_that_can_be_placed_says_so():
    """Its capacity suffices on average, but not in every hour."""

    def uneven(**chosen):
        scenario = gf.stylized(**chosen).isel({HOUR: slice(48)})
        day = scenario.block == scenario.block[0]
        return scenario.assign(demand=scenario.demand * xr.where(day, 0.4, 1.3))

    each = Explorer(uneven, Settings(frictions=("capacity",), headroom=0.0))
    opened = []

    def open_panel() -> bool:
        opened.append(Panel(each))
        return True

    run_until(lambda: "alert" in opened[0].status.value, open_panel)
    assert "MW" in opened[0].status.value
    assert headline(each.first_reading()) in opened[0].numbers.value


def test_a_running_placement_is_cancelled_within_a_second(monkeypatch):
    """Sixty days with all frictions, which take several seconds."""
    each = Explorer(lambda **chosen: gf.stylized(snapshots="year", **chosen).isel({HOUR: slice(60 * 24)}))
    raised, begun = [], threading.Event()

    def place(*args, **options):
        begun.set()
        return gf.place(*args, **options)

    def wait_for_reading() -> None:
        with pytest.raises(Cancelled):
            each.reading()
        raised.append(time.perf_counter())

    monkeypatch.setattr(module, "place", place)
    thread = threading.Thread(target=wait_for_reading)
    thread.start()
    assert begun.wait(60)
    time.sleep(0.5)
    began = time.perf_counter()
    each.cancel_others(replace(each.settings, carbon_price=10.0))
    thread.join(60)
    assert 0 < raised[0] - began < 1
    assert not each.is_known()


@pytest.fixture
def held(monkeypatch):
    """An explorer whose placements at 10 USD/t run until they are cancelled, or until a test ends them."""
    state = SimpleNamespace(
        explorer=explorer(frictions=()),
        begins=0,
        placed=[],
        at_once=0,
        most_at_once=0,
        begun=threading.Event(),
        ended=threading.Event(),
        cancelled=threading.Event(),
        error=None,
    )

    def place(scenario, *, carbon_price, cancel, **options):
        state.at_once += 1
        state.most_at_once = max(state.at_once, state.most_at_once)
        try:
            if carbon_price == 10.0:
                state.begins += 1
                state.begun.set()
                while not state.ended.wait(0.01):
                    if cancel.is_set():
                        state.cancelled.set()
                        raise state.error or Cancelled("the placement was cancelled")
            placement = gf.place(scenario, carbon_price=carbon_price, cancel=cancel, **options)
        finally:
            state.at_once -= 1
        state.placed.append(carbon_price)
        return placement

    monkeypatch.setattr(module, "place", place)
    return state


def turner(shown: Panel, price: float) -> Callable[[], bool]:
    """A step that turns the carbon price."""

    def step() -> bool:
        shown.knobs["carbon_price"].value = price
        return True

    return step


@pytest.mark.parametrize("error", [None, gf.GeofrontError("3 MW are unserved")], ids=["cancelled", "refused"])
def test_nothing_of_a_cancelled_placement_is_shown(held, error):
    held.error = error
    shown, seen = Panel(held.explorer), []
    shown.numbers.observe(lambda event: seen.append(event.new), "value")
    shown.status.observe(lambda event: seen.append(event.new), "value")
    run_until(lambda: "Placed in" in shown.status.value, turner(shown, 10.0), held.begun.is_set, turner(shown, 20.0))
    assert held.cancelled.is_set()
    assert 10.0 not in held.placed
    assert not any("alert" in text for text in seen)
    held.ended.set()
    ten = held.explorer.reading(replace(held.explorer.settings, carbon_price=10.0))
    assert not any(headline(ten) in text for text in seen)


def test_the_average_day_is_cancelled_too(held):
    held.explorer = explorer_of_days(frictions=())
    shown, seen = Panel(held.explorer), []
    shown.status.observe(lambda event: seen.append(event.new), "value")
    run_until(lambda: "Placed in" in shown.status.value, turner(shown, 10.0), held.begun.is_set, turner(shown, 20.0))
    assert held.begins == 1
    assert held.cancelled.is_set()
    assert sum("Average day" in text for text in seen) == 1


def test_settings_turned_back_are_shown_at_once_while_others_are_placed(held):
    shown = Panel(held.explorer)
    at_first = shown.numbers.value

    def turned_back() -> bool:
        held.began = time.perf_counter()
        return turner(shown, 0.0)()

    run_until(lambda: "Placed in" in shown.status.value, turner(shown, 10.0), held.begun.is_set, turned_back)
    assert time.perf_counter() - held.began < 1
    assert shown.numbers.value == at_first
    assert held.cancelled.wait(1)
    assert set(held.placed) == {0.0}


def test_another_class_is_shown_without_a_new_placement(held):
    shown = Panel(held.explorer)
    whole = shown.numbers.value

    def choose() -> bool:
        shown.knobs["shown"].value = "A"
        return shown.numbers.value != whole

    def end() -> bool:
        held.ended.set()
        return True

    run_until(lambda: "Placed in" in shown.status.value, turner(shown, 10.0), held.begun.is_set, choose, end)
    assert held.placed[:2] == [0.0, 10.0]
    assert not held.cancelled.is_set()
    assert headline(held.explorer.of_shown(held.explorer.reading())) in shown.numbers.value


def test_two_threads_that_want_the_same_settings_place_them_once(held):
    wanted = replace(held.explorer.settings, carbon_price=10.0)
    first, second = (threading.Thread(target=held.explorer.reading, args=(wanted,)) for _ in range(2))
    first.start()
    assert held.begun.wait(60)
    second.start()
    second.join(0.1)
    held.ended.set()
    for thread in (first, second):
        thread.join(60)
    assert held.explorer.is_known(wanted)
    assert held.placed == [10.0]


def test_one_thread_places_at_a_time(held):
    each = held.explorer
    cancel = each.cancel_others(each.settings)
    threads = [
        threading.Thread(target=each.reading, args=(replace(each.settings, carbon_price=price), cancel))
        for price in (1.0, 2.0, 3.0, 4.0)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(held.placed) == [1.0, 2.0, 3.0, 4.0]
    assert held.most_at_once == 1


def test_a_placement_that_a_cell_has_cancelled_starts_again(held):
    """A cell that places other settings blocks the event loop until it ends."""
    each = held.explorer
    shown = Panel(each)

    def cell() -> bool:
        each.reading(replace(each.settings, carbon_price=5.0))
        held.ended.set()
        return True

    run_until(lambda: "Placed in" in shown.status.value, turner(shown, 10.0), held.begun.is_set, cell)
    assert held.cancelled.is_set()
    assert held.placed[:3] == [0.0, 5.0, 10.0]
    assert headline(each.reading()) in shown.numbers.value


def test_cancelled_trace_keeps_its_points_and_resumes(held):
    each = held.explorer
    each.trace(replace(each.settings, carbon_price=20.0, network_budget=100.0))
    assert len(held.placed) == len(BUDGETS)
    ten, raised = replace(each.settings, carbon_price=10.0), []
    for budget in BUDGETS[2:]:
        held.ended.set()
        each.reading(replace(ten, network_budget=budget))
        held.ended.clear()
    held.begun.clear()

    def trace() -> None:
        with pytest.raises(Cancelled):
            each.trace(ten)
        raised.append(True)

    thread = threading.Thread(target=trace)
    thread.start()
    assert held.begun.wait(60)
    each.reading(replace(ten, carbon_price=0.0))
    thread.join(60)
    assert raised
    assert list(each.frontier(ten)) == list(BUDGETS[2:])
    held.ended.set()
    each.trace(ten)
    assert list(each.frontier(ten)) == list(BUDGETS)
    assert held.placed.count(10.0) == len(BUDGETS)


@pytest.mark.parametrize(
    "turned",
    [
        {"headroom": 0.2},
        {"demand_mw": 1050.0},
        {"carbon_signal": "ifi"},
        {"network_budget": 2000.0},
        {"frictions": ("legal", "capacity")},
        {"price_factors": (("us-virginia", 0.6),)},
    ],
)
def test_knobs_turned_to_settings_read_the_same_settings(turned):
    knobs = make_knobs(explorer(frictions=()))
    turn(knobs, one := explorer(**turned))
    assert settings_of(knobs, one.settings) == Settings(**turned)


def test_tracing_shows_every_point_as_it_comes():
    each = explorer(frictions=())
    shown, seen = Panel(each), []
    shown.chart.observe(lambda event: seen.append(len(event.new["frontier"])), "rows")
    each.trace()
    assert seen == list(range(1, len(BUDGETS) + 1))


def test_panel_needs_no_address_and_leaves_pictures_as_they_are():
    each = explorer(frictions=())
    shown = Panel(each)
    assert not re.search(r"""(?:from|import)\s*\(?["']https?:""", shown.chart._esm)
    assert shown.chart.spec == picture(each).to_dict()
    assert isinstance(panel(each), widgets.Widget)


ALL_CHANGES = {
    "carbon_price": 80.0,
    "carbon_signal": "average",
    "network_budget": 300.0,
    "demand_mw": 900.0,
    "headroom": 0.2,
    "frictions": ("migration", "egress", "locality", "capacity"),
    "egress_factor": 2.0,
    "pinned_factor": 1.5,
    "regulated_factor": 0.5,
    "price_factors": (("br-saopaulo", 3.0),),
    "capacity_factors": (("us-texas", 1.5),),
}


def test_factors_change_their_variables_and_nothing_else(at_first):
    first = at_first.scenario()
    at_first.change(egress_factor=2.0, pinned_factor=4.0, regulated_factor=0.5, capacity_factors=(("us-texas", 1.5),))
    edited = at_first.scenario()
    assert edited.egress_request.values == pytest.approx(2 * first.egress_request.values)
    assert edited.egress_response.values == pytest.approx(2 * first.egress_response.values)
    assert edited.pinned_share.values == pytest.approx((4 * first.pinned_share).clip(max=1).values)
    assert float(edited.pinned_share.max()) == 1
    assert edited.regulated_share.values == pytest.approx(first.regulated_share.values / 2)
    factor = (edited.capacity / first.capacity).values
    assert factor == pytest.approx([1.5 if label == "us-texas" else 1.0 for label in first.region.values])
    changed = ["egress_request", "egress_response", "pinned_share", "regulated_share", "capacity"]
    assert edited.drop_vars(changed).identical(first.drop_vars(changed))
    assert all(edited[name].attrs == first[name].attrs for name in changed)
    gf.validate(edited)


@pytest.mark.parametrize("changed", [{}, ALL_CHANGES, {"carbon_price": 20.0}], ids=["none", "all", "one"])
def test_code_places_what_is_shown(at_first, changed):
    at_first.change(**changed)
    lines, names = at_first.code().splitlines(), {}
    exec("\n".join(lines[:-1]), names)
    totals, reading = gf.totals(names["placement"]), at_first.reading()
    assert lines[0] == "import geofront as gf"
    assert lines[-1] == "print(gf.totals(placement))"
    assert totals.cost_per_mwh == pytest.approx(reading.cost_per_mwh, rel=1e-9)
    assert totals.carbon_per_mwh == pytest.approx(reading.carbon_per_mwh, rel=1e-9)
    assert len(lines) <= 6 or len(changed) > 1


def test_code_names_what_only_the_caller_has():
    hours = xr.Dataset(attrs={"source": "mine.csv"})
    each = Explorer(partial(gf.stylized, hours=hours), make_real_year=lambda **_: None, solver="CBC")
    assert 'gf.stylized(hours=gf.hours("mine.csv"))' in each.code()
    assert 'gf.place(scenario, solver="CBC")' in each.code()
    assert "scenario = make_scenario(carbon_signal=" in each.code(Settings(real_year=True))


def test_every_change_is_listed_and_undone_by_itself():
    each = explorer(frictions=gf.FRICTIONS)
    each.settings = every = Settings(**ALL_CHANGES)
    found = changes(each)
    texts = [one.text for one in found.values()]
    assert len(texts) == len(ALL_CHANGES)
    assert {"São Paulo: price × 3", "Dallas: capacity × 1.5", "legal off", "carbon price 80 USD/t"} < set(texts)
    first = vars(each.at_first)
    for (name, _), each_change in found.items():
        assert each_change.undone == replace(every, **{name: first[name]})
    for key in found:
        each.settings = changes(each)[key].undone
    assert each.settings == each.at_first


def test_a_change_in_another_region_stays_visible_until_it_is_undone():
    each = explorer(frictions=())
    shown = Panel(each)
    assert shown.changes.box.children == ()
    shown.knobs["region"].value = "br-saopaulo"
    shown.knobs["price_factors"].value = 3
    shown.knobs["region"].value = "eu-paris"
    (button,) = shown.changes.box.children
    assert (button.description, button.tooltip) == ("São Paulo: price × 3 ✕", "Undo: São Paulo: price × 3")
    assert shown.knobs["price_factors"].value == 1
    shown.knobs["capacity_factors"].value = 2
    assert shown.changes.box.children[0] is button
    button.click()
    assert each.settings == Settings(frictions=(), capacity_factors=(("eu-paris", 2.0),))
    assert [one.description for one in shown.changes.box.children] == ["Paris: capacity × 2 ✕"]


def test_presets_start_from_the_first_settings():
    each = explorer(frictions=("legal", "capacity"))
    each.change(egress_factor=3.0)
    buttons = {button.description: button for button in preset_buttons(each)}
    for name, expected in {
        "no law": Settings(frictions=("capacity",)),
        "cheap carbon": Settings(frictions=("legal", "capacity"), carbon_price=20.0),
        "paper's budgets": Settings(),
    }.items():
        buttons[name].click()
        assert each.settings == expected
    assert buttons["real year"].disabled


def test_the_real_year_is_one_that_the_explorer_was_given():
    days = partial(gf.stylized, snapshots="day")
    each = Explorer(days, Settings(frictions=()), make_real_year=partial(days, price_scope="delivered"))
    year = next(button for button in preset_buttons(each) if button.description == "real year")
    assert not year.disabled
    year.click()
    assert each.settings == Settings(frictions=(), real_year=True)
    assert each.scenario().attrs["price_scope"] == "delivered"
    assert 'price_scope="delivered"' in each.code()
    assert [one.text for one in changes(each).values()] == ["real year"]
    with pytest.raises(gf.GeofrontError, match="the explorer has no real year"):
        explorer(real_year=True).scenario()


def test_held_settings_are_what_the_present_ones_are_compared_with():
    each = explorer(frictions=())
    shown = Panel(each)
    act = {button.description: button for button in shown.box.children[1].children[1].children}
    first = each.reading()
    assert "at first" not in shown.numbers.value
    each.change(carbon_price=50.0)
    priced = first.cost_per_mwh + 0.05 * first.carbon_per_mwh
    assert f"at first: {priced:.1f} USD/MWh" in shown.numbers.value
    act["hold as A"].click()
    held = each.reading()
    assert "A: " not in shown.numbers.value
    each.change(headroom=1.0)
    assert f"A: {held.cost_per_mwh:.1f} USD/MWh" in shown.numbers.value
    assert f"A: {held.relocated_share:.0%}" in shown.numbers.value
    each.reading(replace(each.held, network_budget=100.0))
    assert [row["name"] for row in datasets(each, frame_of(each))["lines"]] == ["A"]
    act["back to A"].click()
    assert each.settings == Settings(frictions=(), carbon_price=50.0)
    act["Reset all"].click()
    assert each.settings == each.at_first


def test_a_click_on_a_region_chooses_it():
    each = explorer(frictions=())
    shown = Panel(each)
    labels = [row["label"] for row in shown.chart.rows["regions"]]
    assert sorted(labels) == sorted(each.regions)
    for _ in range(2):
        shown.chart.clicked = "eu-paris"
        assert shown.knobs["region"].value == "eu-paris"
        assert [row["name"] for row in shown.chart.rows["chosen"]] == ["Paris"]
        shown.knobs["region"].value = "us-texas"
    assert [row["name"] for row in shown.chart.rows["chosen"]] == ["Dallas"]
    each.change(carbon_price=10.0)
    assert [row["name"] for row in shown.chart.rows["chosen"]] == ["Dallas"]


def test_knobs_say_what_they_are_in_the_schema():
    knobs, table = make_knobs(explorer(frictions=())), gf.schema()
    for name, variable in {"price_factors": "price", "demand_mw": "demand", "egress_factor": "egress_request"}.items():
        row = table.loc[variable]
        assert f"{row.long_name} [{row.units}]: {row.meaning}" in knobs[name].tooltip
    assert table.at["pinned_share", "meaning"] in knobs["pinned_factor"].tooltip
    assert table.at["warmup", "meaning"] in tooltip("migration")
    assert all(knob.tooltip for name, knob in knobs.items() if name not in gf.FRICTIONS)


def test_ranges_are_those_of_the_package(at_first):
    ranges, placement = at_first.ranges(), at_first.place()
    names = ["local:D", "energy-oriented:D", "regional"]
    expected = gf.near_optimal(at_first.scenario(), placement, quantities=names, slack=0)
    for name, key in zip(names, [("local", "D"), ("energy-oriented", "D"), ("regional", "all")], strict=True):
        both = expected.sel(quantity=name)
        assert ranges[key] == pytest.approx((both.least.item(), both.most.item()), abs=1e-9)
    assert len(ranges) == 3 * (1 + len(at_first.classes))
    rows = datasets(at_first, frame_of(at_first))
    least, most = ranges["energy-oriented", "D"]
    assert {"workload": "D", "start": pytest.approx(1 - most, abs=1e-4), "end": pytest.approx(1 - least, abs=1e-4)} in (
        rows["ranges"]
    )
    bar = next(row for row in rows["layers"] if (row["workload"], row["layer"]) == ("D", "energy-oriented"))
    assert bar["range"] == f"{100 * least:.0f} to {100 * most:.0f} %"


def test_ranges_follow_the_frontier_and_a_turn_cancels_them(monkeypatch):
    each = explorer(frictions=())
    shown, begun, state = Panel(each), threading.Event(), []

    def search(*args, cancel, **options):
        begun.set()
        if len(state) == 0:
            state.append(len(shown.chart.rows["frontier"]))
            assert cancel.wait(60)
            raise Cancelled("cancelled")
        return gf.near_optimal(*args, cancel=cancel, **options)

    monkeypatch.setattr(ranges_module, "near_optimal", search)
    ten, twenty = turner(shown, 10.0), turner(shown, 20.0)
    run_until(lambda: bool(each.ranges_if_known()), ten, begun.is_set, twenty)
    assert state == [len(BUDGETS)]
    assert not each.ranges_if_known(Settings(frictions=(), carbon_price=10.0))
    assert "alert" not in shown.status.value


def test_table_has_the_numbers_shown(at_first):
    reading = at_first.reading()
    ranges, numbers = at_first.ranges(), table(at_first)
    of_all = numbers[(numbers["class"] == "all") & numbers.network_budget_ms.isna()].set_index("quantity")
    assert of_all.value["cost"] == pytest.approx(reading.cost_per_mwh)
    assert of_all.value["local share"] == pytest.approx(1 - reading.relocated_share)
    assert of_all.least["energy-oriented share"] == ranges["energy-oriented", "all"][0]
    flows = numbers[numbers.quantity == "flow"]
    assert flows.value.sum() == pytest.approx(1000.0)
    assert set(flows.region) <= set(at_first.regions)
    along = at_first.frontier()
    assert numbers.network_budget_ms.dropna().tolist() == list(along)


def test_the_data_can_be_saved_once_they_are_placed():
    each = explorer(frictions=())
    shown = Panel(each)
    data = re.search("base64,([^']+)'", shown.data.value).group(1)
    saved = pd.read_csv(io.BytesIO(base64.b64decode(data)))
    pd.testing.assert_frame_equal(saved, table(each), check_dtype=False, rtol=1e-8)

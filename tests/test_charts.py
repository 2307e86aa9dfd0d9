"""Charts: valid, legible, offline and reproducible, with the right numbers; and their helpers."""

import json
import re
import struct

import altair as alt
import numpy as np
import pandas as pd
import pytest
import vl_convert
import xarray as xr
from pictures import HOW, Text, pixels, png, svg, texts
from scenarios import tiny

import geofront as gf
from geofront import charts
from geofront.charts import flows, marks, projection, theme, titles
from geofront.charts.execution import _shares
from geofront.charts.labels import place_labels
from geofront.names import FRICTIONS, LAYERS
from geofront.quantities.near_optimal import layer_ranges
from geofront.scenarios.snapshots import annual_mean

pytestmark = pytest.mark.slow

HALF_PAGE = 88 / 25.4 * 72
"""Width of half a page [pt]."""

NAMES = (
    "world_map",
    "world_map_local",
    "frontier",
    "frontier_network",
    "execution",
    "execution_one_class",
    "execution_ranges",
    "near_optimal",
    "pareto",
    "policies",
    "friction_waterfall",
    "transmission",
    "compare",
    "pays_heatmap",
    "pays_heatmap_both_signs",
    "reach",
    "returns",
    "three_layers",
)


@pytest.fixture(scope="module")
def scenario() -> xr.Dataset:
    return gf.stylized(snapshots="day")


@pytest.fixture(scope="module")
def placement(scenario) -> xr.Dataset:
    return gf.place(scenario)


@pytest.fixture(scope="module")
def drawn(scenario, placement) -> dict[str, alt.TopLevelMixin]:
    """Every chart, from results of the package where these are quick and from similar numbers elsewhere."""
    tables = {signal: policy_table(factor) for signal, factor in (("marginal", 1.0), ("average", 0.6), ("ifi", 0.8))}
    losses = friction_losses()
    one = {"workload": ["A"]}
    return {
        "world_map": charts.world_map(scenario, placement),
        "world_map_local": charts.world_map(scenario, gf.local(scenario)),
        "frontier": charts.frontier(scenario, frontiers(["A", "B", "C", "D", "network"])),
        "frontier_network": charts.frontier(scenario, frontiers(["network"])),
        "execution": charts.execution(scenario, gf.layers(scenario, placement)),
        "execution_one_class": charts.execution(scenario.sel(one), gf.layers(scenario.sel(one), placement.sel(one))),
        "execution_ranges": charts.execution(
            scenario, gf.layers(scenario, placement), ranges=layer_ranges(scenario, placement)
        ),
        "near_optimal": charts.near_optimal(
            gf.near_optimal(
                scenario, placement, quantities={"At home": "local", "D near": "regional:D", "Emissions": "emissions"}
            )
        ),
        "pareto": charts.pareto(
            {"marginal": gf.pareto(scenario, tolerance=1e-2, carbon_prices=[50, 200])},
            {"marginal": gf.policies(scenario, carbon_prices=[50, 200])},
        ),
        "policies": charts.policies(tables),
        "friction_waterfall": charts.friction_waterfall(losses),
        "transmission": charts.transmission(gf.transmission_or_relocation(np.linspace(0, 20000, 21))),
        "compare": charts.compare(gf.compare({"all local": gf.local(scenario), "optimum": placement})),
        "pays_heatmap": charts.pays_heatmap(savings(floor=0.0), "saving"),
        "pays_heatmap_both_signs": charts.pays_heatmap(savings(floor=-99.0), "saving"),
        "reach": charts.reach(geography()),
        "returns": charts.returns(scenario, {"A": returns(192.0), "C": returns(50_000.0)}),
        "three_layers": charts.three_layers(),
    }


@pytest.fixture(scope="module")
def specs(drawn) -> dict[str, dict]:
    return {name: chart.to_dict() for name, chart in drawn.items()}


def frontiers(scopes) -> pd.DataFrame:
    times = {"A": 180, "B": 1100, "C": 45_000, "D": 3_000_000, "network": 0}
    network = np.geomspace(12, 4000, 12)
    frames = []
    for number, scope in enumerate(scopes):
        for frictions, depth in (("all", 40), ("none", 80)):
            share = np.arange(12) / 11
            frames.append(
                pd.DataFrame(
                    {
                        "scope": scope,
                        "frictions": frictions,
                        "budget": times[scope] + network,
                        "cost_per_mwh": 102 - (depth - 4 * number) * share,
                        "carbon_per_mwh": 700 + 40 * np.sin(6 * share + number) - depth * share,
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)


def policy_table(factor: float) -> pd.DataFrame:
    names = ["local", "nearest", "cheapest", "cleanest", *(f"joint at {price} USD/t" for price in (50, 100, 200))]
    table = pd.DataFrame(
        {
            "objective": ["local", "nearest", "cost", "carbon", "cost", "cost", "cost"],
            "carbon_price": [0.0, 0.0, 0.0, 0.0, 50.0, 100.0, 200.0],
            "cost_per_mwh": [101.4, 116.8, 62.5, 115.5, 62.8, 64.2, 68.6],
            "carbon_per_mwh": np.array([706.7, 646.5, 706.1, 561.4, 693.9, 675.6, 645.5]) * factor,
        },
        index=pd.Index(names, name="policy"),
    )
    table.attrs["units"] = {"cost_per_mwh": "USD/MWh", "carbon_per_mwh": "kg/MWh"}
    return table


def friction_losses() -> xr.Dataset:
    units = {"units": "USD/MWh"}
    return xr.Dataset(
        {
            "benefit": ("subset", [67.6, 38.8], units),
            "cumulative": ("friction", [2.2, 2.1, 11.1, 4.7, 8.7], units),
            "shapley": ("friction", [2.0, 1.6, 9.5, 4.4, 11.3], units),
        },
        {"subset": ["none", "+".join(FRICTIONS)], "friction": list(FRICTIONS)},
    )


def geography() -> pd.DataFrame:
    rows = [
        (name, budgets, budget, reach * budget / 500, share, 0.8 * share, 0.6 * share)
        for name, own, reach in (("A Interactive", 120.0, 8), ("D Offline batch", 6e5, 8), ("All classes", np.nan, 6))
        for budgets, budget, share in (("common", 50.0, 30.0), ("common", 500.0, 90.0), ("own", own, 80.0))
    ]
    columns = [
        "Class",
        "Budgets",
        "Network budget",
        "Regions in reach",
        "Technical RID",
        "Economic RID",
        "Realised RID",
    ]
    return pd.DataFrame(rows, columns=columns).fillna({"Regions in reach": 6.0}).set_index(["Class", "Budgets"])


def returns(budget: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "from_ms": [budget, budget + 100],
            "to_ms": [budget + 100, budget + 300],
            "erl": [0.2, 0.01],
            "crl": [-0.1, 0.5],
        }
    )


def savings(floor: float) -> pd.DataFrame:
    places = [f"Region {letter}" for letter in "PQRSTU"]
    rows = [
        (place, month, hour, max(floor, 20 * np.sin(hour / 4 + number) + 10 * np.cos(month / 2)))
        for number, place in enumerate(places)
        for month in range(1, 13)
        for hour in range(24)
    ]
    frame = pd.DataFrame(rows, columns=["region", "month", "hour", "saving"])
    frame.attrs = {"units": {"saving": "USD/MWh"}, "long_names": {"saving": "Net saving"}}
    return frame


def walk(spec):
    """Every object within a specification."""
    if isinstance(spec, dict):
        yield spec
        for value in spec.values():
            yield from walk(value)
    elif isinstance(spec, list):
        for value in spec:
            yield from walk(value)


def rows(chart: alt.TopLevelMixin, field: str) -> list[dict]:
    """The data of a chart that have a field."""
    return [row for data in chart.to_dict()["datasets"].values() for row in data if field in row]


@pytest.mark.parametrize("name", NAMES)
def test_chart_has_title_and_description(specs, name):
    spec = specs[name]
    assert set(specs) == set(NAMES)
    assert spec["title"]["text"]
    assert len(spec["description"]) > 60
    assert "nan" not in spec["description"].lower()


@pytest.mark.parametrize("name", NAMES)
def test_axes_and_colour_scales_of_numbers_have_units(specs, name):
    encodings = [spec["encoding"] for spec in walk(specs[name]) if isinstance(spec.get("encoding"), dict)]
    shown = [
        channel
        for encoding in encodings
        for key, channel in encoding.items()
        if key in ("x", "y", "color", "size", "strokeWidth")
        and channel.get("type") == "quantitative"
        and channel.get("axis", 0) is not None
        and channel.get("legend", 0) is not None
        and channel.get("scale", 0) is not None
        and channel.get("title", "") is not None
    ]
    unitless = {channel["field"] for channel in shown if not re.search(r"\[.+\]$", channel.get("title", ""))}
    assert unitless <= {"month", "Regions in reach"}  # numbers of things


@pytest.mark.parametrize("name", NAMES)
def test_pictures_need_no_network_and_are_the_same_each_time(drawn, specs, name):
    assert not [part["url"] for part in walk(specs[name]) if "url" in part]
    assert drawn[name].to_dict() == specs[name]
    assert svg(specs[name]) == svg(specs[name])
    assert png(specs[name]) == png(specs[name])


@pytest.mark.parametrize("name", NAMES)
def test_text_is_legible_at_half_a_page(specs, name):
    written, (width, _) = texts(specs[name])
    assert min(text.size for text in written) * HALF_PAGE / width >= 7.0
    assert {text.font for text in written} == {theme.FONT}
    assert [text.words for text in written if re.search(r"\de[+-]\d|NaN|undefined|null", text.words)] == []


@pytest.mark.parametrize("name", NAMES)
def test_labels_neither_overlap_nor_leave_the_picture(specs, name):
    written, (width, height) = texts(specs[name])
    once = list({(text.words, round(text.left), round(text.top)): text for text in written}.values())
    overlaps = [
        (one.words, other.words) for number, one in enumerate(once) for other in once[:number] if one.overlap(other) > 1
    ]
    assert overlaps == []
    outside = [
        text.words
        for text in once
        if min(text.left, text.top) < -1 or text.right > width + 1 or text.bottom > height + 1
    ]
    assert outside == []


def test_every_letter_that_any_chart_draws_has_ink(specs):
    letters = sorted({letter for spec in specs.values() for text in texts(spec)[0] for letter in text.words} - {" "})
    cell = 24
    rows = [{"letter": letter, "place": cell * number + cell / 2} for number, letter in enumerate(letters)]
    row = (
        alt.Chart(pd.DataFrame(rows))
        .mark_text(baseline="middle")
        .encode(
            x=alt.X("place:Q", axis=None, scale=alt.Scale(domain=[0, cell * len(letters)], nice=False)), text="letter:N"
        )
        .properties(width=cell * len(letters), height=cell, padding=0)
    )
    image = pixels(png(row.to_dict()))[:, : cell * len(letters), :3]
    inked = (image < 200).any(axis=2).reshape(len(image), len(letters), cell).any(axis=(0, 2))
    assert [letter for letter, ink in zip(letters, inked, strict=True) if not ink] == []


def test_estimated_width_of_text_is_what_is_drawn():
    words = "Harmonised marginal carbon (IFI) São Paulo [USD/MWh]"
    chart = (
        alt.Chart(alt.Data(values=[{}]))
        .mark_text(align="left", text=words)
        .encode(x=alt.value(0))
        .properties(width=500, height=30, padding=0)
    )
    inked = np.flatnonzero((pixels(png(chart.to_dict(), scale=2))[:, :, :3] < 128).any(axis=(0, 2)))
    assert inked[-1] / 2 == pytest.approx(marks.text_width(words), rel=0.01)


def test_text_boxes_of_the_test_helper_overlap_where_they_should():
    box = Text("a", "", 14, 0, 0, 10, 10)
    assert box.overlap(Text("b", "", 14, 8, 5, 20, 20)) == 2
    assert box.overlap(Text("b", "", 14, 12, 0, 20, 10)) == -2


def test_classes_without_names_are_shown_by_their_labels():
    names = pd.Index(["chat", "batch (slow)"], name="workload")
    scenario = gf.scenario(demand=pd.DataFrame(1.0, ["P"], names), price={"P": 1.0})
    assert titles.class_names(scenario) == {"chat": "chat", "batch (slow)": "batch (slow)"}
    numbered = gf.scenario(demand=pd.DataFrame(1.0, ["P"], pd.Index([7], name="workload")), price={"P": 1.0})
    assert titles.class_names(numbered) == {"7": "7"}
    assert titles.class_names(gf.stylized(snapshots="day"))["A"] == "A Interactive"


def test_classes_look_the_same_whichever_are_shown():
    every, one = theme.class_scales("ABCD"), theme.class_scales("C")
    for look in ("color", "dash", "shape"):
        assert one[look].range == [every[look].range[2]]
        assert len({str(value) for value in every[look].range}) == 4
    assert theme.class_scales(["A", "mine"])["color"].range[1] not in every["color"].range


def test_more_classes_than_colours_still_get_a_look():
    assert len(theme.class_scales([f"class {number}" for number in range(20)])["dash"].range) == 20


def lightness(colour: str) -> float:
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue


def test_layers_differ_in_lightness():
    levels = [lightness(theme.LAYER_COLOURS[layer]) for layer in LAYERS]
    assert np.diff(sorted(levels)).min() > 0.1


def test_importing_charts_enables_the_theme():
    assert alt.theme.active == theme.THEME
    assert alt.Chart(alt.Data(values=[])).mark_point().to_dict()["config"]["font"] == theme.FONT


def test_notebooks_show_a_png_of_twice_the_size_with_its_description(drawn):
    with alt.renderers.enable("default"):
        charts.enable()
        bundle, sizes = drawn["compare"]._repr_mimebundle_()
    assert bundle["text/plain"] == drawn["compare"].to_dict()["description"]
    width, height = struct.unpack(">II", bundle["image/png"][16:24])
    assert sizes["image/png"] == {"width": width / 2, "height": height / 2}
    with pytest.raises(gf.GeofrontError, match=r"renderer=.* is unknown: use one of png, interactive"):
        charts.enable("paper")


def test_projection_agrees_with_that_of_vega():
    frame = projection.WorldFrame(482)
    places = pd.DataFrame({"longitude": [10.0, -77.5, 144.96, 179.0, -170.5], "latitude": [0.0, 39.0, -37.8, 60, 20]})
    dots = (
        alt.Chart(places, projection=frame.projection())
        .mark_point()
        .encode(longitude="longitude:Q", latitude="latitude:Q")
        .properties(width=482, height=frame.height)
    )
    drawn = vl_convert.vegalite_to_scenegraph(dots.to_dict(), **HOW)["scenegraph"]["items"][0]["items"][0]["items"]
    x, y = frame.pixels(places.longitude, places.latitude)
    np.testing.assert_allclose([[item["x"], item["y"]] for item in drawn], np.column_stack([x, y]), atol=0.01)


def test_disc_agrees_with_the_azimuthal_projection_of_vega():
    frame = projection.Disc(482, longitude=-30.0, latitude=70.0, reach=150.0)
    places = pd.DataFrame({"longitude": [-30.0, -77.5, 144.96, 103.8, 10.0], "latitude": [70.0, 39.0, -37.8, 1, 0]})
    dots = (
        alt.Chart(places, projection=frame.projection())
        .mark_point()
        .encode(longitude="longitude:Q", latitude="latitude:Q")
        .properties(width=482, height=frame.height)
    )
    drawn = vl_convert.vegalite_to_scenegraph(dots.to_dict(), **HOW)["scenegraph"]["items"][0]["items"][0]["items"]
    x, y = frame.pixels(places.longitude, places.latitude)
    np.testing.assert_allclose([[item["x"], item["y"]] for item in drawn], np.column_stack([x, y]), atol=0.01)
    assert (x[0], y[0]) == pytest.approx((241, 241))


def test_no_arc_on_the_world_map_is_cut_or_jumps(scenario, placement):
    spec = charts.world_map(scenario, placement, least_flow=0.0).to_dict()
    arcs = [part for part in walk(spec) if "mw" in part and "geometry" in part]
    assert len(arcs) == len(flows.away_flows(scenario, placement))
    for arc in arcs:
        points = np.array(arc["geometry"]["coordinates"])
        assert (np.hypot(*(points - spec["width"] / 2).T) < spec["width"] / 2).all()
        assert np.hypot(*np.diff(points, axis=0).T).max() < 25


def test_flows_of_the_same_ends_are_drawn_apart():
    twins = pd.DataFrame({"mw": [30.0, 30.0], "home_longitude": 0.0, "home_latitude": 50.0})
    twins = twins.assign(region_longitude=-70.0, region_latitude=45.0)
    frame = projection.Disc(482, longitude=-30.0, latitude=60.0, reach=120.0)
    x, y = flows.paths(flows.bent(twins, frame), frame, np.array([[0.0], [0.5], [1.0]]))
    gaps = np.hypot(x[:, 0] - x[:, 1], y[:, 0] - y[:, 1])
    assert gaps[[0, 2]] == pytest.approx([0, 0], abs=0.01)
    assert 9.2 < gaps[1] <= 28  # both are 6 px wide, with rims of 1.6 px


EUROPE = {"longitude": [13.4, -3.7, 28.9, 18.1, 2.3], "latitude": [52.5, 40.4, 41.0, 59.3, 48.9]}


def test_projection_of_a_part_of_the_world_agrees_with_that_of_vega():
    frame = projection.WorldFrame.around(*EUROPE.values(), 482)
    assert frame.zoom > 5
    dots = (
        alt.Chart(pd.DataFrame(EUROPE), projection=frame.projection())
        .mark_point()
        .encode(longitude="longitude:Q", latitude="latitude:Q")
        .properties(width=482, height=frame.height)
    )
    drawn = vl_convert.vegalite_to_scenegraph(dots.to_dict(), **HOW)["scenegraph"]["items"][0]["items"][0]["items"]
    x, y = frame.pixels(*EUROPE.values())
    np.testing.assert_allclose([[item["x"], item["y"]] for item in drawn], np.column_stack([x, y]), atol=0.01)


@pytest.mark.parametrize(
    "places",
    [
        EUROPE,
        {"longitude": [139.7, 145.0, -122.0], "latitude": [35.7, -37.8, 37.4]},
        {"longitude": [4.9], "latitude": [52.4]},
        {"longitude": [-74.0, -87.6, -79.4], "latitude": [40.7, 41.9, 43.7]},
        {"longitude": [10.0, 11.0], "latitude": [59.0, 78.2]},
        {"longitude": [179.0, -178.0], "latitude": [-17.0, -18.0]},
    ],
)
def test_a_part_of_the_world_holds_its_places_and_is_larger_than_in_the_whole(places):
    frame, whole = projection.WorldFrame.around(*places.values(), 482), projection.WorldFrame(482)
    x, y = frame.pixels(*places.values())
    assert (x > 20).all()
    assert (x < frame.width - 20).all()
    assert (y > 20).all()
    assert (y < frame.height - 20).all()
    assert 1.4 <= frame.scale / whole.scale <= 8
    assert 0.45 <= frame.height / frame.width <= 0.7


def test_places_all_over_the_world_are_shown_on_the_whole(scenario):
    places = [scenario[f"client_{axis}"].values for axis in ("longitude", "latitude")]
    assert projection.WorldFrame.around(*places, 482) == projection.WorldFrame(482)


def test_the_map_of_a_european_scenario_shows_europe_and_all_of_its_flows():
    tables = gf.data_tables()
    tables["regions"] = tables["regions"].loc[["eu-frankfurt", "eu-paris", "uk-london"]]
    tables["clients"] = tables["clients"].loc[["london", "berlin", "madrid", "istanbul"]]
    europe = gf.from_tables(**tables, snapshots="day")
    spec = charts.world_map(europe, gf.place(europe)).to_dict()
    projections = [part["projection"] for part in walk(spec) if "projection" in part]
    (projected,) = {json.dumps(each) for each in projections if each["type"] != "identity"}
    scale = json.loads(projected)["scale"]
    assert scale > 4 * projection.WorldFrame(spec["width"]).scale
    assert {"London", "Frankfurt", "Paris"} <= {text.words for text in texts(spec)[0]}


def test_a_map_takes_positions_of_regions_for_places_of_the_same_labels():
    sites = pd.DataFrame({"longitude": [10.8, 13.4, -3.7], "latitude": [59.9, 52.5, 40.4]}, ["P", "Q", "R"])
    plain = gf.scenario(demand=pd.Series(1.0, sites.index), price=pd.Series([1.0, 2.0, 3.0], sites.index))
    positions = {f"region_{axis}": ("region", sites[axis].to_numpy()) for axis in sites}
    located = plain.assign_coords(positions)
    spec = charts.world_map(located, gf.place(located)).to_dict()
    every = {f"{dim}_{axis}": (dim, sites[axis].to_numpy()) for dim in ("client", "service") for axis in sites}
    assert charts.world_map(located.assign_coords(every), gf.place(located)).to_dict() == spec
    assert spec["title"]["subtitle"][0] == "Mean over all hours; arrows point to where requests run"
    with pytest.raises(gf.GeofrontError, match="no coordinate 'region_longitude'"):
        charts.world_map(plain, gf.place(plain))


def test_great_circle_by_hand():
    assert projection.along_great_circle((0.0, 0.0), (90.0, 0.0), 0.5) == pytest.approx((45.0, 0.0))
    east, north = projection.along_great_circle((170.0, 0.0), (-170.0, 0.0), 0.5)
    assert (abs(float(east)), float(north)) == pytest.approx((180.0, 0.0))
    over_the_pole = projection.along_great_circle((0.0, 60.0), (180.0, 60.0), 0.5)
    assert float(over_the_pole[1]) == pytest.approx(90.0)
    assert projection.along_great_circle((5.0, 6.0), (5.0, 6.0), 0.3) == pytest.approx((5.0, 6.0))


def test_flows_add_up_to_what_is_relocated(scenario, placement):
    table = flows.away_flows(scenario, placement)
    moved = annual_mean(placement.flow.where(scenario.region != scenario.home, 0.0)).sum()
    assert table.mw.sum() == pytest.approx(float(moved), abs=0.001 * len(table))
    assert ((table.rtt <= 100) == (table.layer == "regional")).all()
    assert table.mw.is_monotonic_decreasing


def test_small_flows_are_left_out_and_the_subtitle_says_so(scenario, placement):
    table = flows.away_flows(scenario, placement)
    limit = float(table.mw.iloc[3])
    spec = charts.world_map(scenario, placement, least_flow=limit).to_dict()
    lines = [part for part in walk(spec) if "mw" in part and "geometry" in part]
    assert len(lines) == 4
    assert f"4 of {len(table)}" in spec["title"]["subtitle"][1]


def test_labels_stay_inside_and_do_not_overlap_even_in_a_crowd():
    random = np.random.default_rng(7)
    crowd = pd.DataFrame(
        {
            "text": [f"place {n}" for n in range(12)],
            "x": random.uniform(100, 200, 12),
            "y": random.uniform(80, 140, 12),
            "radius": 4.0,
        }
    )
    labels = place_labels(crowd, crowd.assign(weight=5.0), (300, 220))
    half = np.column_stack([[marks.text_width(text) / 2 for text in labels.text], np.full(12, 7.0)])
    centre = labels[["label_x", "label_y"]].to_numpy()
    assert (centre - half >= 0).all()
    assert (centre + half <= [300, 220]).all()
    apart = np.abs(centre[:, None] - centre[None]) - (half[:, None] + half[None])
    assert (apart.max(axis=2)[~np.eye(12, dtype=bool)] >= -0.1).all()


def test_frontier_keeps_steps_in_place_and_drops_invisible_ones(scenario):
    """Class A has 180 ms of service time and a nominal network budget of 120 ms."""
    frame = pd.DataFrame(
        {
            "frictions": "all",
            "budget": [12.0, 30, 50, 300],
            "cost_per_mwh": [100.0, 99.99, 80, 70],
            "carbon_per_mwh": [700.0, 700, 650, 690],
        }
    )
    steps = rows(charts.frontier(scenario, frame.assign(scope="network")), "cost_per_mwh")
    assert [(row["network"], row["cost_per_mwh"]) for row in steps] == [(10, 100), (50, 80), (300, 70), (1000, 70)]
    by_class = rows(charts.frontier(scenario, frame.assign(scope="A", budget=frame.budget + 180)), "cost_per_mwh")
    assert [row["cost_per_mwh"] for row in by_class if row["network"] == 120] == [80]


def test_one_frontier_needs_no_container_and_says_which_frictions_it_has(scenario):
    held, free, some = (
        gf.latency_frontier(scenario, "A", budgets=[50.0, 300.0], frictions=frictions)
        for frictions in (FRICTIONS, (), ("capacity", "legal"))
    )
    of_held = charts.frontier(scenario, held).to_dict()
    for same in ([held], (each for each in [held]), {"all": held}, {"all": [held]}):
        assert charts.frontier(scenario, same).to_dict() == of_held
    assert (
        charts.frontier(scenario, [free, held]).to_dict()
        == charts.frontier(scenario, {"none": [free], "all": [held]}).to_dict()
    )
    shown, _ = texts(charts.frontier(scenario, [free, some, held]).to_dict())
    heads = sorted((text.left, text.words) for text in shown if text.words.startswith("With"))
    assert [words for _, words in heads] == ["With all frictions", "With some frictions", "Without frictions"]
    network = gf.latency_frontier(scenario, budgets=[50.0, 300.0], frictions=("capacity",))
    domains = [
        part["domain"]
        for part in walk(charts.frontier(scenario, network).to_dict())
        if "domain" in part and isinstance(part["domain"], list) and "With some frictions" in part["domain"]
    ]
    assert domains
    assert all(domain == ["With some frictions"] for domain in domains)


def test_frontier_takes_the_datasets_as_they_come(scenario):
    frame = frontiers(["A"])
    datasets = {
        frictions: [
            xr.Dataset.from_dataframe(part.set_index("budget")[["cost_per_mwh", "carbon_per_mwh"]]).assign_attrs(
                scope="A"
            )
        ]
        for frictions, part in frame.groupby("frictions")
    }
    assert charts.frontier(scenario, datasets).to_dict() == charts.frontier(scenario, frame).to_dict()


def test_frontier_of_least_emissions_names_its_objective(scenario):
    """Emissions come first, and title and axis say that they are the least."""
    frame = frontiers(["A", "network"]).assign(objective="carbon")
    cost, carbon = (charts.frontier(scenario, each).to_dict() for each in (frame.assign(objective="cost"), frame))
    assert cost == charts.frontier(scenario, frame.drop(columns="objective")).to_dict()
    assert carbon["title"]["text"] == "What latency buys: least emissions"
    assert "against latency budgets, at least emissions." in carbon["description"]
    axes = [part["y"]["title"] for part in walk(carbon) if part.get("y", {}).get("title")]
    assert set(axes) == {"Least emissions [kg/MWh]", "Cost [USD/MWh]"}
    assert axes[0].startswith("Least emissions")
    mixed = pd.concat([frame, frontiers(["B"]).assign(objective="cost")])
    with pytest.raises(gf.GeofrontError, match="the frontiers have different objectives, carbon and cost"):
        charts.frontier(scenario, mixed)
    with pytest.raises(gf.GeofrontError, match="objective holds 'fame'"):
        charts.frontier(scenario, frame.assign(objective="fame"))


def test_frontier_names_its_panels_its_signal_and_its_cut_axis(scenario):
    frame = frontiers(["A", "D", "network"])
    spec = charts.frontier(scenario, frame).to_dict()
    assert spec["title"]["subtitle"][-1] == "Emissions: marginal carbon (MOER); axis of emissions cut"
    shown = {text.words for text in texts(spec)[0]}
    assert {f"({letter})" for letter in "abcdef"} <= shown
    assert "(g)" not in shown
    axes = [part["y"] for part in walk(spec) if part.get("y", {}).get("field") == "carbon_per_mwh"]
    assert len({str(axis["scale"]["domain"]) for axis in axes}) == 1
    low = frame.assign(carbon_per_mwh=frame.carbon_per_mwh - 560)
    uncut = charts.frontier(scenario, low).to_dict()
    assert uncut["title"]["subtitle"][-1] == "Emissions: marginal carbon (MOER)"


def test_waterfall_of_emissions_names_its_benefit():
    losses = friction_losses().assign_attrs(objective="carbon")
    for name in losses.data_vars:
        losses[name].attrs["units"] = "kg/MWh"
    spec = charts.friction_waterfall(losses).to_dict()
    assert spec["title"]["text"] == "What frictions take of the emissions that relocation avoids"
    assert any(part.get("title") == "Emissions avoided [kg/MWh]" for part in walk(spec))


def test_nominal_budgets_are_marked_where_they_are(scenario):
    spec = charts.frontier(scenario, frontiers(["A", "C"])).to_dict()
    rows = {json.dumps(row) for data in spec["datasets"].values() for row in data if row["network"] in (120, 15000)}
    assert {(json.loads(row)["scope"], json.loads(row)["network"]) for row in rows} == {("A", 120), ("C", 15000)}


def test_execution_averages_days_by_weight_and_stays_small():
    first_day = np.arange(8760) < 24
    year = tiny(hours=8760, weight=np.where(first_day, 3.0, 1.0), block=np.arange(8760) // 24)
    layers = gf.layers(year, gf.local(year))
    layers["power"] = xr.where(xr.DataArray(first_day, dims="hour"), 10.0, 1.0 + 0 * layers.power)
    power = rows(charts.execution(year, layers), "mw")
    assert len(power) == 2 * 24
    assert {row["mw"] for row in power} == {round((3 * 30 + 364 * 3) / 367, 2)}


def test_execution_sorts_regions_by_price(scenario, specs):
    order = next(part["sort"] for part in walk(specs["execution"]) if part.get("field") == "name" and "sort" in part)
    price = scenario.price.weighted(scenario.weight).mean("hour").to_series()
    names = titles.region_names(scenario)
    assert order == [names[label] for label in price.sort_values().index]


def test_execution_rounds_shares_once(scenario):
    """6.498 % is 6 %, although 6.50 % would be 7 %."""
    exact = np.array([[0.93502], [0.06498], [-1e-17]])
    layers = gf.layers(scenario, gf.local(scenario)).isel(workload=[0])
    layers = layers.assign(share=layers.share.copy(data=exact))
    chart = charts.execution(scenario, layers)
    assert [row["tooltip"] for row in rows(chart, "per_cent")] == ["93.5%", "6.5%", "0.0%"]
    assert "6% regional" in chart.to_dict()["description"]
    found, _ = texts(chart.to_dict())
    assert [text.words for text in found if text.words.endswith("%")] == ["94%", "6%", "0%"]


def test_execution_shows_what_equal_cost_leaves_open(scenario):
    """24.6 to 25.4 % is 25 %, and what is unique is one number."""
    layers = gf.layers(scenario, gf.local(scenario)).isel(workload=[0])
    ends = {
        end: layers.share.copy(data=[[0.5], [first], [second]])
        for end, first, second in (("least", 0.1, 0.246), ("most", 0.25, 0.254))
    }
    chart = charts.execution(scenario, layers, ranges=xr.Dataset(ends).transpose())
    found, _ = texts(chart.to_dict())
    assert [text.words for text in found if text.words.endswith("%")] == ["50%", "10–25%", "25%"]
    assert "10–25% regional" in chart.to_dict()["description"]
    hollow = [part for part in walk(chart.to_dict()) if isinstance(part.get("mark"), dict) and "stroke" in part["mark"]]
    assert [part["transform"] for part in hollow] == [[{"filter": "datum.most > datum.share"}]]
    assert [row["layer"] for row in rows(chart, "per_cent") if row["most"] > row["share"]] == [
        "regional",
        "energy-oriented",
    ]


def test_execution_shares_add_up_to_100(scenario):
    """68.3, 27.4 and 4.3 % are 68, 28 and 4 %; of ranges, the least and the most of two layers."""
    layers = gf.layers(scenario, gf.local(scenario)).isel(workload=[0])
    layers = layers.assign(share=layers.share.copy(data=[[0.683], [0.274], [0.043]]))
    assert list(_shares(layers).per_cent) == ["68%", "28%", "4%"]
    ends = {"least": [[0.683], [0.174], [0.043]], "most": [[0.683], [0.274], [0.143]]}
    ranges = xr.Dataset({end: layers.share.copy(data=data) for end, data in ends.items()})
    assert list(_shares(layers, ranges).per_cent) == ["68%", "18–28%", "4–14%"]


def test_heat_map_ends_its_colours_below_rare_values_and_says_so():
    frame = savings(floor=1.0)
    frame.attrs = {"units": {"saving": "USD/MWh"}, "long_names": {"saving": "Net saving"}}
    spike = frame.copy()
    spike.loc[5, "saving"] = 280.0
    plain, cut = (charts.pays_heatmap(each, "saving").to_dict() for each in (frame, spike))
    assert cut["title"]["subtitle"][1:] == ["Colours end at 29; the largest value is 280"]
    assert len(plain["title"]["subtitle"]) == 1
    scales = [part["color"]["scale"] for part in walk(cut) if "scale" in part.get("color", {})]
    assert {(scale["domain"][0], scale["domain"][-1], scale["range"][0]) for scale in scales} == {(0, 29, "#FFFFFF")}
    signs = spike.assign(saving=spike.saving.where(spike.saving > 1, -1.0))
    signs.attrs = spike.attrs
    assert len(charts.pays_heatmap(signs, "saving").to_dict()["title"]["subtitle"]) == 1
    assert 280 in {row["value"] for data in cut["datasets"].values() for row in data}


def test_heat_map_of_both_signs_is_white_at_zero(specs):
    colours = [part["color"] for part in walk(specs["pays_heatmap_both_signs"]) if isinstance(part.get("color"), dict)]
    scales = [colour["scale"] for colour in colours if "scale" in colour]
    assert scales
    for scale in scales:
        assert dict(zip(scale["domain"], scale["range"], strict=True))[0] == "#FFFFFF"


def test_heat_map_of_both_signs_has_a_sign_at_the_peak_of_each_area():
    """A print without colour shows 100 and -80 as greys alike. An area of three cells and weak ones have no sign."""
    frame = savings(floor=0.0)
    frame = frame[frame.region == frame.region.iloc[0]].assign(saving=0.0)
    above = frame.month.between(3, 5) & frame.hour.between(8, 10)
    below = frame.month.between(8, 9) & frame.hour.between(18, 20)
    small, weak = (frame.month == 12) & frame.hour.between(1, 3), frame.month.between(7, 8) & frame.hour.between(1, 4)
    for part, value in ((above, 60.0), (below, -80.0), (small, 90.0), (weak, 10.0)):
        frame.loc[part, "saving"] = value
    frame.loc[above & (frame.month == 4) & (frame.hour == 9), "saving"] = 100.0
    spec = charts.pays_heatmap(frame, "saving").to_dict()
    rows = [row for data in spec["datasets"].values() for row in data if "sign" in row]
    marks = {(row["sign"], row["month"], row["hour"], row["is_dark"]) for row in rows}
    assert marks == {("+", 4.5, 9.5, True), ("−", 8.5, 18.5, False)}
    assert spec["title"]["subtitle"] == ["By month and UTC hour; white: zero; signs: above or below"]


def test_policies_mark_cut_axes_and_only_these():
    spec = charts.policies({"marginal": policy_table(1.0)}).to_dict()
    assert spec["title"]["subtitle"].endswith("axes are cut")
    strokes = [part for part in walk(spec) if isinstance(part.get("mark"), dict) and part["mark"]["type"] == "rule"]
    assert len(strokes) == 6  # two and their white ground, through each axis
    table = policy_table(1.0)
    uncut = charts.policies({"marginal": table.assign(cost_per_mwh=table.cost_per_mwh - 60)}).to_dict()
    assert not uncut["title"]["subtitle"].endswith("axes are cut")


def test_one_table_of_policies_needs_no_mapping():
    spec = charts.policies(policy_table(1.0)).to_dict()
    assert len(spec["vconcat"]) == 1
    assert {text.words for text in texts(spec)[0]} >= {"cheapest", "cleanest", "50 USD/t"}
    assert "of placement policies. local 101 USD/MWh and 707 kg/MWh; nearest" in spec["description"]


def test_reach_joins_common_budgets_and_marks_own_ones():
    spec = charts.reach(geography()).to_dict()
    rows = [row for data in spec["datasets"].values() for row in data if row.get("Class") == "A Interactive"]
    lines = {(row["Network budget"], row["Regions in reach"]) for row in rows if "Regions in reach" in row}
    assert lines == {(50, 0.8), (500, 8)}
    marks = [row for data in spec["datasets"].values() for row in data if row.get("label") == "D"]
    assert {row["Network budget"] for row in marks} == {6e5}
    own = geography().xs("own", level="Budgets", drop_level=False)
    with pytest.raises(gf.GeofrontError, match="network budgets that are common to all"):
        charts.reach(own)


def test_reach_has_bars_of_the_worlds_at_the_budgets_of_the_ensemble():
    names = [("network_relocated_share", "50"), ("network_relocated_share", "5000"), ("friction_loss", "")]
    index = pd.MultiIndex.from_tuples(names, names=["outcome", "of"])
    bands = pd.DataFrame({"p5": [1.0, 34.0, 29.0], "p95": [11.0, 59.0, 59.0]}, index)
    spec = charts.reach(geography(), bands).to_dict()
    rows = [row for data in spec["datasets"].values() for row in data if "p5" in row]
    assert rows == [{"Network budget": 50, "p5": 1, "p95": 11}, {"Network budget": 5000, "p5": 34, "p95": 59}]
    assert spec["title"]["subtitle"][-1] == "Bars: realised RID in the middle nine tenths of worlds"
    assert "Bars" not in str(charts.reach(geography(), bands.iloc[2:]).to_dict()["title"])


def test_returns_end_where_nothing_more_is_saved_and_mark_nominal_budgets(scenario):
    spec = charts.returns(scenario, {"A": returns(192.0)}).to_dict()
    rows = [row for data in spec["datasets"].values() for row in data if "erl" in row]
    steps = sorted({(row["network"], row["erl"], row["crl"]) for row in rows})
    assert steps == [(12, 0.2, -0.1), (112, 0.01, 0.5), (120, 0.01, 0.5), (312, 1e-5, 0.0)]
    with pytest.raises(gf.GeofrontError, match="unknown class 'Z'"):
        charts.returns(scenario, {"Z": returns(192.0)})


def test_near_optimal_ranges_have_a_panel_per_unit_and_say_so(specs):
    spec = specs["near_optimal"]
    assert len(spec["vconcat"]) == 2
    assert re.search(r"Emissions: [\d.]+ to [\d.]+ kg/MWh at 0 %, [\d.]+ to", spec["description"])
    assert re.search(r"At home: [\d.]+ to [\d.]+ % at 0 %", spec["description"])


def test_waterfall_ends_at_the_remaining_benefit(specs):
    rows = [row for data in specs["friction_waterfall"]["datasets"].values() for row in data]
    assert {row["end"] for row in rows if row["name"] == "all frictions"} == {38.8}
    begins = {row["name"]: row["begin"] for row in rows if row["value"] < 0}
    assert begins == pytest.approx(dict(zip(FRICTIONS, [65.4, 63.3, 52.2, 47.5, 38.8], strict=True)))


def test_policies_are_joined_by_carbon_price_whatever_their_names_and_order():
    table = policy_table(1.0).iloc[::-1].rename(index={"joint at 50 USD/t": "dear carbon", "cheapest": "least cost"})
    spec = charts.policies({"marginal": table}).to_dict()
    line = next(part for part in walk(spec) if isinstance(part.get("mark"), dict) and part["mark"]["type"] == "line")
    rows = spec["datasets"][line["data"]["name"]]
    field = line["encoding"]["order"]["field"]
    assert [row["policy"] for row in sorted(rows, key=lambda row: row[field])] == [
        "least cost",
        "dear carbon",
        "joint at 100 USD/t",
        "joint at 200 USD/t",
    ]
    assert {text.words for text in texts(spec)[0]} >= {"50 USD/t", "least cost"}


def test_transmission_lines_end_with_the_latency_budget(specs):
    options = gf.transmission_or_relocation(np.linspace(0, 20000, 21))
    rows = [row for data in specs["transmission"]["datasets"].values() for row in data]
    farthest = pd.DataFrame(rows).groupby("option").km.max()
    feasible = options.distance.where(options.feasible).max("distance").to_series()
    assert farthest.to_dict() == feasible.to_dict()


def test_classes_that_reach_beyond_the_axis_of_distances_are_named_at_their_lines(specs):
    """Their costs are nearly the same, so the letters stand above each other, the more expensive class first."""
    written = {text.words: text for text in texts(specs["transmission"])[0]}
    assert written["C"].left == written["D"].left > written["A"].right
    assert written["C"].bottom <= written["D"].top + 1


def test_near_optimal_ranges_differ_in_lightness(specs):
    scales = [part["color"]["scale"] for part in walk(specs["near_optimal"]) if "scale" in part.get("color", {})]
    levels = [lightness(colour) for colour in scales[0]["range"]]
    assert len(levels) >= 2
    assert np.diff([*levels, 1.0]).min() > 0.12


def test_regions_with_the_same_name_keep_their_labels(scenario):
    twins = scenario.assign_coords(region_name=("region", ["Paris"] * scenario.sizes["region"]))
    assert titles.region_names(twins)["eu-paris"] == "eu-paris"
    assert titles.region_names(scenario.drop_vars("region_name"))["eu-paris"] == "eu-paris"


@pytest.mark.parametrize(
    ("milliseconds", "text"), [(300, "300 ms"), (1500, "1.5 s"), (60_000, "1 min"), (3_600_000, "1 h")]
)
def test_durations_in_their_own_unit(milliseconds, text):
    assert titles.duration(milliseconds) == text


def test_steps_of_a_size_legend():
    assert marks.round_steps(53.5) == [10, 20, 50]
    assert marks.round_steps(0.3) == [0.05, 0.1, 0.2]
    assert marks.round_steps(0.0) == []


@pytest.mark.parametrize(
    ("largest", "steps"), [(180.0, [20, 50, 100]), (48.0, [10, 20, 40]), (36.0, [10, 20, 30]), (990.0, [200, 500, 900])]
)
def test_steps_of_a_size_legend_end_near_the_largest(largest, steps):
    assert marks.round_steps(largest)[-len(steps) :] == steps


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda s: charts.world_map(gf.local(s), s), "scenario is a placement, not a scenario: make one with"),
        (lambda s: charts.world_map(s, gf.totals(gf.local(s))), "placement is a Series, not a placement: pass"),
        (lambda s: charts.world_map(s.drop_vars("client_latitude"), gf.local(s)), "no coordinate 'client_latitude'"),
        (lambda s: charts.execution(gf.layers(s, gf.local(s)), s), "scenario is a result of gf.layers, not a scenario"),
        (
            lambda s: charts.execution(s, gf.local(s)),
            "layers is a placement, not a result of gf.layers.*what gf.layers",
        ),
        (
            lambda s: charts.frontier(s, s),
            "frontiers is a scenario, not a frontier: .*what gf.latency_frontier returned",
        ),
        (lambda s: charts.frontier(s, 5), "frontiers is 5, not a frontier: pass what gf.latency_frontier returned"),
        (lambda s: charts.frontier(frontiers(["A"]), s), "scenario is a DataFrame: a scenario is an xarray.Dataset"),
        (lambda s: charts.friction_waterfall(s), "losses is a scenario, not a result of gf.friction_losses"),
        (lambda s: charts.friction_waterfall(None), "losses is None, not a result of gf.friction_losses"),
        (lambda s: charts.transmission(s), "options is a scenario, not a result of gf.transmission_or_relocation"),
        (lambda s: charts.compare(s), "table is a Dataset, not a table: pass what gf.compare returned"),
        (lambda s: charts.policies(s), "tables is a Dataset, not a mapping"),
        (lambda s: charts.policies({"a": s}), r"tables\['a'\] is a Dataset, not a table"),
        (lambda s: charts.pays_heatmap(s, "price"), "frame is a Dataset, not a table"),
        (
            lambda s: charts.typical_days(s),
            "table is a Dataset, not a table: pass what gf.tables.typical_days returned",
        ),
        (lambda s: charts.typical_days(pd.DataFrame({"a": [1]})), "table: missing .*Pass what gf.tables.typical_days"),
        (lambda s: charts.frontier(s, pd.DataFrame({"scope": ["A"]})), "missing or repeated column"),
        (lambda s: charts.frontier(s, {}), "frontiers is empty"),
        (lambda s: charts.frontier(s, frontiers(["A"]).iloc[:0]), "no rows"),
        (lambda s: charts.frontier(s, frontiers(["A"]).assign(scope="Z")), "scope holds 'Z'"),
        (lambda s: charts.frontier(s, frontiers(["A"]).assign(frictions="few")), "frictions holds 'few'"),
        (lambda s: charts.policies({}), "tables is empty"),
        (lambda s: charts.reach(pd.DataFrame({"Class": ["A"]})), "missing or repeated column"),
        (lambda s: charts.returns(s, {}), "returns is empty"),
        (lambda s: charts.compare(pd.DataFrame({"case": ["a"]})), "'cost_per_mwh'"),
        (lambda s: charts.pays_heatmap(savings(0.0), "gain"), "'gain'"),
    ],
)
def test_errors_name_what_is_missing(scenario, draw, message):
    with pytest.raises(gf.GeofrontError, match=message):
        draw(scenario)


def test_front_without_emissions():
    """In a world without emissions the front is a point, at zero percent of none."""
    scenario = tiny(regions="P", carbon=0.0)
    front, policies = gf.pareto(scenario), gf.policies(scenario, {"local": gf.local(scenario)})
    chart = charts.pareto({"marginal": front}, {"marginal": policies}).to_dict()
    assert "from 0% of emissions for 100% of cost to 0% of emissions for 100% of cost" in chart["description"]


def test_an_axis_of_equal_values_has_room():
    """Values that differ by rounding errors only are equal."""
    low, high = marks.padded(pd.Series([75.0, 75.0 + 1e-13]))
    assert (low, high) == (69.0, 81.0)

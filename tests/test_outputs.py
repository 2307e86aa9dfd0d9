"""Files of tables, figures and numbers."""

import csv
import hashlib
import json
import struct
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
import pytest
import vl_convert

from geofront.errors import GeofrontError
from geofront.report.outputs import (
    collect_numbers,
    missing_outputs,
    output_files,
    save_figure,
    save_numbers,
    save_table,
    title,
)
from geofront.tables.cells import decimals
from geofront.tables.display import escape

CAPTION = "Costs & carbon, 100 %"
PARAMETERS = {"carbon_price": np.float64(50.0), "hours_file": "", "output_dir": "/somewhere/else"}


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "cost": [1234.5678901, -3.25, np.nan],
            "requests": [1, 2, 1500],
            "remark": ["CO₂ & a_b", "≥ 5 %", None],
            "lawful": [True, False, True],
        },
        index=pd.Index(["se-stockholm", "us-oregon", "br-saopaulo"], name="region"),
    )


@pytest.fixture
def chart() -> alt.Chart:
    data = pd.DataFrame({"budget": [1.0, 2.0], "cost": [3.0, 1.0]})
    return alt.Chart(data).mark_line(interpolate="step-after").encode(x="budget:Q", y="cost:Q")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_titles_follow_from_stems():
    assert [title(stem) for stem in ("table_3", "figure_12", "table_e1")] == ["Table 3", "Figure 12", "Table E1"]


@pytest.mark.parametrize("stem", ["table3", "Table_3", "map_1", "table_", "../table_3", "figure_1.svg"])
def test_other_stems_are_refused(stem):
    with pytest.raises(GeofrontError, match="not named like a table or figure"):
        title(stem)


def test_table_comes_as_csv_latex_and_sidecar(frame, tmp_path):
    save_table(frame, "table_3", tmp_path, caption=CAPTION, parameters=PARAMETERS, units={"cost": "USD/MWh"})
    assert sorted(contents(tmp_path)) == ["table_3.csv", "table_3.json", "table_3.tex"]
    back = pd.read_csv(tmp_path / "table_3.csv")
    assert list(back.columns) == ["region", "cost [USD/MWh]", "requests", "remark", "lawful"]
    np.testing.assert_allclose(back["cost [USD/MWh]"], frame["cost"], rtol=1e-9)


def test_latex_is_escaped_aligned_and_rounded(frame, tmp_path):
    save_table(frame, "table_3", tmp_path, caption=CAPTION, parameters={}, units={"cost": "USD/MWh"})
    lines = (tmp_path / "table_3.tex").read_text(encoding="utf-8").splitlines()
    assert r"\caption{Costs \& carbon, 100 \%}" in lines
    assert r"\begin{tabular}{lrrll}" in lines
    assert r"region & \shortstack[r]{cost\\{}[USD/MWh]} & requests & remark & lawful \\" in lines
    assert r"se-stockholm & 1,235 & 1 & CO$_2$ \& a\_b & yes \\" in lines
    assert r"us-oregon & $-$3 & 2 & $\ge$ 5 \% & no \\" in lines
    assert r"br-saopaulo & -- & 1,500 & -- & yes \\" in lines


def test_digits_can_be_chosen_and_tiny_values_are_not_negative_zero(frame, tmp_path):
    frame["cost"] = [12.0, -0.001, 1.0]
    units, digits = {"cost": "USD/MWh"}, {"cost": 1}
    save_table(frame, "table_3", tmp_path, caption="c", parameters={}, units=units, digits=digits)
    text = (tmp_path / "table_3.tex").read_text(encoding="utf-8")
    assert r"se-stockholm & 12.0 &" in text
    assert r"us-oregon & 0.0 &" in text


@pytest.mark.parametrize(("largest", "places"), [(12345.0, 0), (99.7, 2), (1.0, 3), (0.0123, 5), (1e-9, 6), (0.0, 0)])
def test_decimals_show_four_significant_digits(largest, places):
    assert decimals(pd.Series([0.0, -largest, np.nan])) == places


def test_latex_escapes_every_special_sign():
    assert escape(r"\ & % $ # _ { } ~ ^") == (
        r"\textbackslash{} \& \% \$ \# \_ \{ \} \textasciitilde{} \textasciicircum{}"
    )


def test_units_come_from_the_frame_where_not_given(frame, tmp_path):
    frame.attrs["units"] = {"cost": "USD/MWh", "requests": ""}
    save_table(frame, "table_e1", tmp_path, caption=CAPTION, parameters={})
    heads = (tmp_path / "table_e1.csv").read_text(encoding="utf-8").splitlines()[0]
    assert heads == "region,cost [USD/MWh],requests,remark,lawful"


@pytest.mark.parametrize("option", ["units", "digits"])
def test_unknown_column_in_units_or_digits_is_refused(frame, tmp_path, option):
    with pytest.raises(GeofrontError, match=f"{option} for unknown columns 'price'"):
        save_table(frame, "table_3", tmp_path, caption="c", parameters={}, **{option: {"price": 2}})
    assert not contents(tmp_path)


def test_empty_table_and_wrong_kind_are_refused(frame, chart, tmp_path):
    with pytest.raises(GeofrontError, match="no rows or no columns"):
        save_table(frame.iloc[:0], "table_3", tmp_path, caption="c", parameters={})
    with pytest.raises(GeofrontError, match="starts with 'table_'"):
        save_table(frame, "figure_3", tmp_path, caption="c", parameters={})
    with pytest.raises(GeofrontError, match="starts with 'figure_'"):
        save_figure(chart, "table_3", tmp_path, caption="c", parameters={})


def test_figure_comes_in_every_format_and_all_but_pdf_are_byte_stable(chart, tmp_path):
    for folder in ("first", "second"):
        save_figure(chart, "figure_2", tmp_path / folder, caption="c", parameters={}, alt_text="A falling step.")
    first, second = contents(tmp_path / "first"), contents(tmp_path / "second")
    assert sorted(first) == sorted(output_files("figure_2"))
    assert first.pop("figure_2.pdf").startswith(b"%PDF")
    second.pop("figure_2.pdf")
    assert first == second
    assert first["figure_2.svg"].startswith(b"<svg")
    assert json.loads(first["figure_2.vl.json"])["mark"]["type"] == "line"
    assert json.loads(first["figure_2.json"])["alt_text"] == "A falling step."


def test_png_has_three_pixels_per_unit(chart, tmp_path):
    save_figure(chart.properties(width=200), "figure_2", tmp_path, caption="c", parameters={})
    width, _ = struct.unpack(">II", (tmp_path / "figure_2.png").read_bytes()[16:24])
    assert 3 * 200 < width < 3 * 300


def test_chart_that_needs_the_network_fails_and_leaves_nothing(tmp_path):
    remote = alt.Chart("https://example.org/data.csv").mark_point().encode(x="a:Q")
    with pytest.raises(ValueError, match="not allowed"):
        save_figure(remote, "figure_2", tmp_path, caption="c", parameters={})
    assert not contents(tmp_path)


def test_failed_export_leaves_the_older_files_as_they_were(frame, tmp_path):
    save_table(frame, "table_3", tmp_path, caption="c", parameters={})
    before = contents(tmp_path)
    with pytest.raises(GeofrontError, match="no file"):
        save_table(frame * 2, "table_3", tmp_path, caption="c", parameters={"hours_file": "absent.csv"})
    assert contents(tmp_path) == before


def test_parameters_in_another_order_are_written(frame, tmp_path):
    """The page of results shows them in the order of the sidecar."""
    for names in ("ab", "ba"):
        save_table(frame, "table_3", tmp_path, caption="c", parameters=dict.fromkeys(names, 1))
        sidecar = json.loads((tmp_path / "table_3.json").read_text(encoding="utf-8"))
        assert list(sidecar["parameters"]) == list(names)


def test_sidecar_has_the_inputs_of_the_output_and_nothing_of_the_machine(frame, tmp_path):
    hours = tmp_path / "folder of mine" / "hours.csv"
    hours.parent.mkdir()
    hours.write_text("utc,region\n", encoding="utf-8")
    save_table(frame, "table_3", tmp_path / "out", caption=CAPTION, parameters=PARAMETERS | {"hours_file": str(hours)})
    text = (tmp_path / "out" / "table_3.json").read_text(encoding="utf-8")
    sidecar = json.loads(text)
    assert sidecar["id"] == "Table 3"
    assert sidecar["caption"] == CAPTION
    assert sidecar["parameters"] == {"carbon_price": 50.0, "hours_file": "hours.csv"}
    assert {"python", "geofront", "xarray", "pandas", "numpy", "mip", "altair"} <= sidecar["versions"].keys()
    assert sidecar["hours_sha256"] == hashlib.sha256(b"utc,region\n").hexdigest()
    assert {"regions.csv", "clients.csv", "workloads.csv"} <= sidecar["data"].keys()
    assert str(tmp_path) not in text
    assert "/somewhere/else" not in text


def test_sidecar_has_what_readers_of_the_page_see(frame, chart, tmp_path):
    frame["mixed"] = pd.Series([300, 0.5, 2], index=frame.index, dtype=object)
    save_table(
        frame,
        "table_3",
        tmp_path,
        caption="c",
        parameters={},
        finding="Cheap.",
        units={"cost": "USD"},
        digits={"cost": 1},
    )
    save_figure(chart, "figure_2", tmp_path, caption="c", parameters={}, finding="It falls.")
    table, figure = (json.loads((tmp_path / f"{stem}.json").read_text("utf-8")) for stem in ("table_3", "figure_2"))
    assert (table["finding"], figure["finding"]) == ("Cheap.", "It falls.")
    assert table["row_heads"] == ["region"]
    assert table["digits"] == {"cost [USD]": 1}
    assert table["own_decimals"] == ["mixed"]
    assert "alt_text" not in figure


def test_numbers_with_own_decimals_are_rounded_for_readers_only(tmp_path):
    frame = pd.DataFrame(
        {"figure": ["a", "b", "c", "d"], "value": pd.Series([100 / 3, 3_600_000.0, 0.1 + 0.2, None], dtype=object)}
    )
    save_table(frame, "table_4", tmp_path, caption="c", parameters={})
    assert (tmp_path / "table_4.csv").read_text().splitlines() == [
        "figure,value",
        "a,33.33333333",
        "b,3600000",
        "c,0.3",
        "d,",
    ]
    assert "a & 33.33 \\" in (tmp_path / "table_4.tex").read_text()
    assert "b & 3,600,000 \\" in (tmp_path / "table_4.tex").read_text()


def test_numbers_of_several_notebooks_are_collected(tmp_path):
    save_numbers({"share": np.float64(0.25), "regions": np.int64(12)}, "06_policies", tmp_path)
    save_numbers({"cost": 64.5, "by_class": {"A": np.array([1.0, 2.0])}}, "05_frontier", tmp_path)
    save_numbers({"gone": 1}, "04_removed", tmp_path)
    numbers = collect_numbers(tmp_path, ["05_frontier", "06_policies"])
    assert numbers == {
        "05_frontier": {"cost": 64.5, "by_class": {"A": [1.0, 2.0]}},
        "06_policies": {"share": 0.25, "regions": 12},
    }
    assert json.loads((tmp_path / "numbers.json").read_text(encoding="utf-8")) == numbers


@pytest.fixture
def another_machine(monkeypatch):
    """Libraries of other versions, and a slightly wider font."""

    def change() -> None:
        monkeypatch.setattr("geofront.report.provenance.versions", lambda: {"python": "3.99.0"})
        to_svg = vl_convert.vegalite_to_svg
        monkeypatch.setattr(
            vl_convert,
            "vegalite_to_svg",
            lambda *given, **options: to_svg(*given, **options).replace("<svg ", '<svg data-font="wide" ', 1),
        )

    return change


def test_what_another_machine_makes_of_the_same_data_replaces_nothing(frame, chart, tmp_path, another_machine):
    save_table(frame, "table_3", tmp_path, caption="c", parameters={})
    save_figure(chart, "figure_2", tmp_path, caption="c", parameters={})
    before = contents(tmp_path)
    another_machine()
    save_table(frame.assign(cost=frame.cost * (1 + 1e-14)), "table_3", tmp_path, caption="c", parameters={})
    data = pd.DataFrame({"budget": [1.0, 2.0], "cost": [3.0 * (1 + 1e-14), 1.0]})
    save_figure(chart.properties(data=data), "figure_2", tmp_path, caption="c", parameters={})
    assert contents(tmp_path) == before


def test_pictures_follow_their_data_and_the_sidecar_what_it_says(chart, tmp_path, another_machine):
    save_figure(chart, "figure_2", tmp_path, caption="c", parameters={})
    before = contents(tmp_path)
    another_machine()
    save_figure(chart, "figure_2", tmp_path, caption="other words", parameters={})
    after = contents(tmp_path)
    assert {name for name in before if after[name] != before[name]} == {"figure_2.json"}
    sidecar = json.loads(after["figure_2.json"])
    assert (sidecar["caption"], sidecar["versions"]) == ("other words", {"python": "3.99.0"})
    save_figure(chart.encode(y="budget:Q"), "figure_2", tmp_path, caption="c", parameters={})
    assert {name for name, content in contents(tmp_path).items() if content == after[name]} == set()


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf", "json"])
def test_a_figure_that_someone_altered_is_drawn_again(chart, tmp_path, suffix):
    save_figure(chart, "figure_2", tmp_path, caption="c", parameters={})
    before = contents(tmp_path)
    (tmp_path / f"figure_2.{suffix}").write_text("{")
    save_figure(chart, "figure_2", tmp_path, caption="c", parameters={})
    after = contents(tmp_path)
    for each in ("svg", "png", "vl.json"):
        assert after[f"figure_2.{each}"] == before[f"figure_2.{each}"]
    assert after["figure_2.pdf"].startswith(b"%PDF")
    assert (
        json.loads(after["figure_2.json"])["pictures_sha256"][".pdf"]
        == hashlib.sha256(after["figure_2.pdf"]).hexdigest()
    )


def test_numbers_are_rounded_to_12_significant_digits(tmp_path):
    data = pd.DataFrame({"cost": [1e6 / 3, 2e-9 / 3], "budget": [0.1 + 0.2, 1e20 / 3]})
    save_figure(alt.Chart(data).mark_point().encode(x="cost:Q"), "figure_2", tmp_path, caption="c", parameters={})
    (rows,) = json.loads((tmp_path / "figure_2.vl.json").read_text())["datasets"].values()
    assert rows == [{"cost": 333333.333333, "budget": 0.3}, {"cost": 6.66666666667e-10, "budget": 3.33333333333e19}]
    save_numbers({"a": np.float64(1 / 3), "b": [0.1 + 0.2], "n": 10**15 + 1}, "01_costs", tmp_path)
    assert json.loads((tmp_path / "numbers" / "01_costs.json").read_text()) == {
        "a": 0.333333333333,
        "b": [0.3],
        "n": 10**15 + 1,
    }


def test_text_that_a_spreadsheet_would_evaluate_gets_an_apostrophe(tmp_path):
    names = ["=1+1", "+1", "-1", "@x", "\tx", "'=1", "'x", "a=b", "", "−1"]
    frame = pd.DataFrame(
        {
            "=cost": np.arange(-5.0, 5.0),
            "mixed": np.array([-0.5, *range(9)], dtype=object),
            "class": pd.Categorical(["-x"] * 10),
        },
        index=pd.Index(names, name="@region"),
    )
    save_table(frame, "table_3", tmp_path, caption="=c", parameters={})
    with open(tmp_path / "table_3.csv", encoding="utf-8", newline="") as file:
        heads, *rows = csv.reader(file)
    assert heads == ["'@region", "'=cost", "mixed", "class"]
    assert [row[0] for row in rows] == ["'=1+1", "'+1", "'-1", "'@x", "'\tx", "''=1", "'x", "a=b", "", "−1"]
    assert [row[1:3] for row in rows[:2]] == [["-5", "-0.5"], ["-4", "0"]]
    assert {row[3] for row in rows} == {"'-x"}
    assert "'" not in (tmp_path / "table_3.tex").read_text(encoding="utf-8").replace("'=1", "").replace("'x", "")


def test_missing_and_infinite_numbers_are_refused(tmp_path):
    with pytest.raises(GeofrontError, match="there are none"):
        save_numbers({}, "06_policies", tmp_path)
    with pytest.raises(GeofrontError, match="NaN or infinity"):
        save_numbers({"share": float("nan")}, "06_policies", tmp_path)
    for name in ("../../../evil", "../evil", "/tmp/evil", "a/b", ".", ""):
        with pytest.raises(GeofrontError, match="not the name of a notebook"):
            save_numbers({"share": 1.0}, name, tmp_path)
    assert collect_numbers(tmp_path) == {}


def test_missing_and_empty_outputs_are_found(frame, tmp_path):
    save_table(frame, "table_3", tmp_path, caption="c", parameters={})
    (tmp_path / "table_3.tex").write_text("", encoding="utf-8")
    assert missing_outputs(["table_3", "table_4"], tmp_path) == [
        "table_3.tex",
        "table_4.csv",
        "table_4.tex",
        "table_4.json",
    ]

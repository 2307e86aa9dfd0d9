"""What counts as a difference between two versions of an output, and what as noise."""

import json

import nbformat
import pytest

from geofront.files import PACKAGE
from geofront.report.differences import (
    Difference,
    compare_charts,
    compare_files,
    compare_json,
    compare_sidecars,
    compare_tables,
    compare_texts,
    same_text,
    shown_text,
    summary,
)
from geofront.report.refresh import unfit_outputs


def lines(differences) -> list[str]:
    return [str(difference) for difference in differences]


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("cost 12.34 USD", "cost 12.35 USD", True),
        ("cost 12.34 USD", "cost 12.36 USD", False),
        ("cost 1,234 USD", "cost 1,235 USD", True),
        ("in 7 regions", "in 8 regions", False),
        ("in 288 hours", "in 289 hours", False),
        ("share 0.5", "share 0.6", False),
        ("gap 1.2345678", "gap 1.2345679", True),
        ("change −3.15 %", "change −3.16 %", True),
        ("change −3.15 %", "change 3.15 %", False),
        ("class A 12.34", "class B 12.34", False),
        ("1.234e-05", "1.235e-05", True),
        ("one 12.34", "one 12.34 two", False),
    ],
)
def test_texts_may_differ_in_the_last_digit_of_a_rounded_number(old, new, same):
    assert same_text(old, new) is same
    assert same_text(new, old) is same


def test_table_is_compared_cell_by_cell_with_noise_allowed():
    old = "region,cost,remark\nse,100,kept at 12.34\nus,0,\n"
    new = "region,cost,remark\nse,100.00001,kept at 12.35\nus,1e-8,\n"
    assert lines(compare_tables("t.csv", old, new)) == []
    changed = new.replace("1e-8", "1e-4").replace("kept", "left")
    assert lines(compare_tables("t.csv", old, changed)) == [
        "t.csv: row 2 (us), column 'cost': committed '0', now '1e-4'",
        "t.csv: row 1 (se), column 'remark': committed 'kept at 12.34', now 'left at 12.35'",
    ]


def test_small_rows_of_a_table_are_compared_on_their_own_scale():
    old = "quantity,C,D\nbudget,60000,3600000\npinned,0.1,0.22\n"
    assert lines(compare_tables("t.csv", old, old.replace("0.22", "0.223"))) == [
        "t.csv: row 2 (pinned), column 'D': committed '0.22', now '0.223' (+0.014)"
    ]


def test_numbers_of_a_table_are_not_taken_for_rounded():
    assert lines(compare_tables("t.csv", "cost\n12.34\n", "cost\n12.35\n"))


def test_other_columns_and_rows_of_a_table_are_named():
    assert lines(compare_tables("t.csv", "a,b\n1,2\n", "a,c\n1,2\n")) == [
        "t.csv: columns: committed 'a, b', now 'a, c'"
    ]
    assert lines(compare_tables("t.csv", "a\n1\n2\n", "a\n1\n")) == ["t.csv: rows: committed '2', now '1' (-0.5)"]


def test_json_is_compared_value_by_value():
    old = {"notebook": {"share": 0.25, "gap": 0.0, "by": [1.0, 2.0], "name": "A", "on": True}}
    new = {"notebook": {"share": 0.25000001, "gap": 0.0, "by": [1.0, 2.1], "on": 1}}
    assert lines(compare_json("numbers.json", json.dumps(old), json.dumps(new))) == [
        "numbers.json: notebook.by.1: committed '2.0', now '2.1' (+0.05)",
        "numbers.json: notebook.name: committed 'A', now gone",
        "numbers.json: notebook.on: committed 'true', now '1'",
    ]


def test_sidecars_may_differ_in_versions_only():
    old = {"caption": "c", "versions": {"python": "3.11"}, "parameters": {"carbon_price": 0.0}}
    new = {"caption": "c", "versions": {"python": "3.13"}, "parameters": {"carbon_price": 1.0}}
    assert lines(compare_sidecars("table_1.json", json.dumps(old), json.dumps(new))) == [
        "table_1.json: parameters.carbon_price: committed '0.0', now '1.0'"
    ]


def chart(costs: list[float], name: str) -> str:
    return json.dumps({"data": {"name": name}, "datasets": {name: [{"cost": cost, "hour": 3} for cost in costs]}})


def test_charts_may_differ_in_the_last_digit_of_rounded_data_and_in_names_of_data():
    old = chart([64.512, 99.75, 3.0], "data-1a2b")
    assert lines(compare_charts("f.vl.json", old, chart([64.513, 99.75, 3.0], "data-3c4d"))) == []
    assert lines(compare_charts("f.vl.json", old, chart([64.512, 99.76, 3.0], "data-3c4d"))) == [
        "f.vl.json: datasets.data 0.1.cost: committed '99.75', now '99.76' (+0.0001)"
    ]


def test_whole_numbers_of_a_chart_are_not_taken_for_rounded():
    assert lines(compare_charts("f.vl.json", chart([100.0, 20.0], "a"), chart([100.0, 21.0], "b")))


def test_text_that_came_or_went_is_quoted():
    assert lines(compare_texts("t.tex", "one\ntwo", "one")) == ["t.tex: line 2: committed 'two', now gone"]
    assert lines(compare_texts("t.tex", "one", "one\ntwo")) == ["t.tex: line 2: not committed, now 'two'"]


def test_long_lines_are_quoted_around_their_first_real_change():
    old, new = "word 12.34 " * 20 + "cost 5 USD", "word 12.35 " * 20 + "cost 6 USD"
    (difference,) = lines(compare_texts("t.tex", old, new))
    assert "cost 5 USD'" in difference
    assert len(difference) < 200


def test_page_is_compared_by_what_it_shows():
    page = (
        "<title>T</title><style>p { color: red }</style><p class='x'>Cost<br>falls &amp; rises</p>"
        "<img alt='A map'><table><tr><td>1</td><td>2</td></tr></table><script>let a = '<p>'</script>"
    )
    assert shown_text(page).splitlines() == ["T", "Cost", "falls & rises", "A map", "1 2"]


def test_pictures_count_by_their_presence(tmp_path):
    (tmp_path / "figure_1.png").write_bytes(b"one")
    (tmp_path / "other.png").write_bytes(b"two")
    here, gone = tmp_path / "figure_1.png", tmp_path / "gone.png"
    assert compare_files("figure_1.png", here, tmp_path / "other.png") == []
    assert lines(compare_files("figure_1.png", here, gone)) == [
        "figure_1.png: committed, but the code does not make it"
    ]
    assert lines(compare_files("figure_1.png", gone, here)) == ["figure_1.png: made by the code, but not committed"]


def test_summary_is_short():
    found = [Difference("a.csv", f"row {number}", "x") for number in range(10)] + [Difference("b.csv", "", "y")]
    shown = summary(found, limit=2)
    assert shown.splitlines() == ["a.csv: row 0: x", "a.csv: row 1: x", "a.csv: … and 8 more", "b.csv: y"]
    assert summary([]).startswith("No differences")


def shown(data: dict) -> nbformat.NotebookNode:
    return nbformat.v4.new_output("display_data", data=data)


@pytest.mark.parametrize(
    ("output", "fault"),
    [
        (nbformat.v4.new_output("stream", name="stderr", text="UserWarning: old\n"), "it warns: 'UserWarning: old'"),
        (nbformat.v4.new_output("error", ename="E", evalue="no", traceback=[]), "it failed: E: no"),
        (shown({"text/html": "<p>x</p>"}), "it shows text/html without a plain-text alternative"),
        (shown({"text/html": "<script>x</script>", "text/plain": "x"}), "its text/html needs JavaScript"),
        (shown({"application/vnd.vegalite.v6+json": {}, "text/plain": "x"}), "needs JavaScript"),
        (shown({"image/svg+xml": "<svg/>", "text/plain": "x"}), "its picture is SVG"),
        (shown({"text/plain": "<Styler object at 0x7f00deadbeef>"}), "it depends on the machine: 'at 0x7f00deadbeef'"),
        (shown({"text/plain": "saved /home/me/x.csv"}), "it depends on the machine: '/home/me/x.csv'"),
        (shown({"text/plain": f"from {PACKAGE}"}), "it depends on the machine"),
    ],
)
def test_outputs_that_some_reader_cannot_see_or_should_not_are_found(output, fault):
    cell = nbformat.v4.new_code_cell("show()", outputs=[output])
    (difference,) = unfit_outputs("n.ipynb", nbformat.v4.new_notebook(cells=[cell]))
    assert str(difference).startswith("n.ipynb: cell 1 ('show()'): ")
    assert fault in str(difference)


def test_addresses_on_the_web_and_plain_outputs_are_fit():
    fit = [
        shown({"text/plain": "https://example.org/home/x and /home"}),
        shown({"text/markdown": "x"}),
        nbformat.v4.new_output("stream", name="stdout", text="12"),
    ]
    cell = nbformat.v4.new_code_cell("show()", outputs=fit)
    assert list(unfit_outputs("n.ipynb", nbformat.v4.new_notebook(cells=[cell]))) == []

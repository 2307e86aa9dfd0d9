"""The README: every number in it follows from a notebook, every output from its example, every link leads somewhere."""

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
from sample_notebooks import write_pair
from typer.testing import CliRunner

from geofront.cli import app
from geofront.errors import GeofrontError
from geofront.report.catalogue import catalogue
from geofront.report.check import check, refresh
from geofront.report.readme import (
    RESULTS,
    compare_readme,
    fill,
    quotes_numbers,
    run_examples,
    typed_numbers,
    write_readme,
)

pytestmark = pytest.mark.slow

NUMBERS = {"07_frictions": {"loss": -28.94, "shares": {"capacity": 0.456}, "levels": [1, 2500.4], "first": "egress"}}


@pytest.fixture(scope="module")
def text(repository) -> str:
    return (repository / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def project(tmp_path) -> Path:
    """A README next to the numbers that it quotes."""
    (tmp_path / "paper_figures").mkdir()
    (tmp_path / "paper_figures" / "numbers.json").write_text(json.dumps(NUMBERS), encoding="utf-8")
    example = "```python\nprint(6 * 7)\n```\n\n```text\n?\n```\n"
    sentence = "It loses <!--n 07_frictions.loss .1f-->?<!--/n--> USD."
    (tmp_path / "README.md").write_text(f"{sentence}\n\n{example}", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        ("07_frictions.loss .1f", "−28.9"),
        ("07_frictions.shares.capacity .0%", "46 %"),
        ("07_frictions.levels.1 ,.0f", "2,500"),
        ("07_frictions.levels.0 d", "1"),
        ("07_frictions.first s", "egress"),
    ],
)
def test_span_shows_the_number_in_its_format(span, shown):
    filled = f"a <!--n {span}-->{shown}<!--/n-->, b <!--n {span}-->{shown}<!--/n-->"
    assert fill(f"a <!--n {span}-->0<!--/n-->, b <!--n {span}--><!--/n-->", NUMBERS) == filled
    assert fill(filled, NUMBERS) == filled


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "a <!--n 07_frictions.gain .1f-->1<!--/n-->",
            r"line 2: no number '07_frictions.gain'; instead of 'gain', "
            r"choose from 'loss', 'shares', 'levels', 'first'",
        ),
        ("a <!--n 09_year.loss .1f-->1<!--/n-->", r"instead of '09_year', choose from '07_frictions'"),
        ("a <!--n 07_frictions.loss.a .1f-->1<!--/n-->", r"instead of 'a', choose from no numbers"),
        ("a <!--n 07_frictions.shares .1f-->1<!--/n-->", r"is not one number; choose from 'capacity' in it"),
        ("a <!--n 07_frictions.first .1f-->1<!--/n-->", r"format '.1f' does not fit 07_frictions.first = 'egress'"),
        ("a <!--n 07_frictions.loss .1f-->1", r"line 2: a span is incomplete"),
        ("a <!--n 07_frictions.loss-->1<!--/n-->", r"line 2: a span is incomplete"),
        ("<!--n 07_frictions.loss .1f-->1<!--/n--> USD", r"line 2: the line starts with a span"),
        ("- <!--n 07_frictions.loss .1f-->1<!--/n--> USD", r"line 2: the line starts with a span"),
    ],
)
def test_span_that_cannot_be_filled_is_refused(line, message):
    with pytest.raises(GeofrontError, match=message):
        fill(f"Title\n{line}\n", NUMBERS)


def test_a_name_with_html_is_text_and_stays_one_span():
    numbers = {"01_a": {"name": "<!--/n--> <b>*x*"}}
    filled = fill("In <!--n 01_a.name s-->?<!--/n-->.", numbers)
    assert filled == r"In <!--n 01_a.name s-->\<!--/n--\> \<b\>\*x\*<!--/n-->."
    assert fill(filled, numbers) == filled


def test_examples_run_in_order_and_show_what_they_print():
    silent = "```python\nx = 2\n```\n"
    printing = "```python\nprint(x)\nprint('y')\n```\n\n```text\n{}\n```\n"
    other = "\n```text\nkept\n```\n"
    text = f"{silent}text\n{printing}{other}"
    assert run_examples(text.format("old")) == text.format("2\ny")


@pytest.mark.parametrize(
    ("code", "message"),
    [("1 / 0", "line 3: the example fails: ZeroDivisionError"), ("print(1)", "line 3: the example prints")],
)
def test_example_that_fails_or_prints_unseen_is_refused(code, message):
    with pytest.raises(GeofrontError, match=message):
        run_examples(f"Title\n\n```python\n{code}\n```\n")


def test_typed_numbers_are_found_in_the_section_of_results_only():
    span = "<!--n 07_frictions.loss .1f-->28.9<!--/n-->"
    section = f"2. Table 5 and Figure E1 ([notebook 07](notebooks/07_frictions.ipynb)) show {span} of 1,000.5 MW."
    found = [str(difference) for difference in typed_numbers(f"12\n## {RESULTS}\n{section}\n## Data\n13\n")]
    assert found == [f"README.md: {RESULTS}: '1,000.5' in {section[:60]!r} … is typed; take it from a notebook"]
    assert list(typed_numbers("no such section, 14")) == []


def test_command_writes_the_readme_and_a_second_run_changes_nothing(project):
    run = CliRunner().invoke(app, ["readme", "--output-dir", str(project / "paper_figures")])
    assert (run.exit_code, run.stdout) == (0, "written  README.md\n")
    written = (project / "README.md").read_text(encoding="utf-8")
    assert "−28.9<!--/n-->" in written
    assert "```text\n42\n```" in written
    assert not write_readme(project / "paper_figures")
    assert sorted(path.name for path in project.iterdir()) == ["README.md", "paper_figures"]


def test_stale_number_and_output_are_differences(project):
    figures = project / "paper_figures"
    assert [difference.where for difference in compare_readme(figures, figures)] == ["line 1", "line 8"]
    write_readme(figures)
    assert list(compare_readme(figures, figures)) == []
    (figures / "numbers.json").unlink()
    (difference,) = compare_readme(figures, figures)
    assert "choose from no numbers: run 'geofront reproduce'" in str(difference)


@pytest.mark.parametrize("other", [None, "Somebody else's.\n\n```python\n1 / 0\n```\n"])
def test_readme_without_numbers_is_not_changed(tmp_path, other):
    if other:
        (tmp_path / "README.md").write_text(other, encoding="utf-8")
    with pytest.raises(GeofrontError, match=r"no README.md with spans for numbers in .*; pass the folder next to it"):
        write_readme(tmp_path / "paper_figures")
    assert list(compare_readme(tmp_path / "paper_figures", tmp_path)) == []


def test_check_and_refresh_cover_the_readme(tmp_path):
    folders = {"output_dir": tmp_path / "paper_figures", "notebooks_dir": tmp_path / "notebooks"}
    folders["notebooks_dir"].mkdir()
    write_pair(folders["notebooks_dir"])
    readme = tmp_path / "README.md"
    readme.write_text("It saves <!--n 01_costs.saving .1f-->?<!--/n--> USD.\n", encoding="utf-8")
    assert refresh(**folders) == ["00_explore", "01_costs", "README.md"]
    assert "35.2<!--/n-->" in readme.read_text(encoding="utf-8")
    assert refresh(**folders) == check(folders["output_dir"], **folders) == []
    readme.write_text(readme.read_text(encoding="utf-8").replace("35.2", "35.9"), encoding="utf-8")
    (difference,) = check(folders["output_dir"], **folders, update=True)
    assert difference.file == "README.md"
    assert check(folders["output_dir"], **folders) == []


def test_readme_is_what_the_numbers_and_examples_make(repository):
    figures = repository / "paper_figures"
    assert quotes_numbers(figures)
    assert list(compare_readme(figures, figures)) == []


def test_verbal_answers_follow_from_the_numbers(repository):
    """The README answers with sentences; each is a claim about the numbers next to it."""
    numbers = json.loads((repository / "paper_figures" / "numbers.json").read_text(encoding="utf-8"))
    geography, frontier, policies, frictions, returns, ways = (
        numbers[name]
        for name in (
            "04_feasible_geography",
            "05_energy_latency_frontier",
            "06_placement_policies",
            "07_frictions",
            "08_returns_and_break_even",
            "01_transmission_or_relocation",
        )
    )

    for quantity in ("regions_in_reach", "technical_percent", "realised_percent"):
        assert geography[quantity] == sorted(geography[quantity]), f"looser latency does not widen {quantity}"
    cost = geography["cost_usd_per_mwh"]
    at_home = policies["local_cost_usd_per_mwh"]
    per_ms = [
        (at_home - cost["50 ms"]) / 50,
        (cost["50 ms"] - cost["200 ms"]) / 150,
        (cost["200 ms"] - cost["5000 ms"]) / 4800,
    ]
    assert max(per_ms) == per_ms[1], "the returns do not begin slowly, then diminish"
    beyond, before = returns["erl_beyond_usd_per_mwh_ms"], returns["erl_usd_per_mwh_ms"]
    assert all(beyond[name] < before[name] for name in before)
    assert beyond["C"] == beyond["D"] == 0.0, "latency still binds C or D"
    assert returns["nothing_gained_from_ms"]["A"] >= 2 * returns["network_budget_ms"]["A"]

    local = policies["local_shares_percent"]
    assert list(local.values()) == sorted(local.values(), reverse=True)
    assert local["D"] > 20, "batch work leaves home"
    far = policies["energy_oriented_percent"]
    for definition in ("beyond_60_ms", "beyond_100_ms", "by_cause"):
        ranges = [far[definition][name] for name in "ABCD"]
        assert all(one["most"] < next_one["least"] for one, next_one in pairwise(ranges)), definition
    assert far["beyond_200_ms"]["B"]["most"] < 0.1, "the boundary does not decide how much is far"
    for name in "ABCD":
        regional = 100 - local[name] - far["beyond_100_ms"][name]["least"]
        assert regional < max(local[name], far["beyond_100_ms"][name]["most"]), "a class is mostly regional"
    (home, *_), (least, most), _ = policies["near_optimal_at_home_percent"]
    assert most - least > home, "0.1 % of cost decides little"

    assert list(frictions["shapley_percent_of_loss"]) == ["capacity", "locality", "legal", "egress", "migration"]

    cheapest, cleanest = policies["cheapest_carbon_change_percent"], policies["cleanest_carbon_change_percent"]
    assert policies["cheapest_cost_change_percent"] < 0
    assert abs(cheapest["marginal"]) < 3, "by the marginal signal, cheap is clean or dirty"
    saved = policies["saving_usd_per_mwh_by_price_scope"]
    assert abs(saved["delivered"] / saved["wholesale"] - 1) < 0.05, "the saving depends on the scope of prices"
    contested = policies["cheapest_carbon_change_percent_contested"]
    assert contested["zero"] < contested["given"] < 0
    assert all(cleanest[signal] < cheapest[signal] for signal in cheapest)
    assert policies["cleanest_cost_change_percent"]["marginal"] > 0
    assert max(cheapest["average"], cheapest["ifi"]) < -5, "the other signals agree with the marginal one"
    assert frontier["cases_of_lower_emissions"] > frontier["cases_against_local"] / 2, "cheap is mostly dirtier"
    assert frontier["steps_of_higher_emissions"] > 0, "latency that saves cost always saves emissions"

    assert ways["relocation_cost_most_usd_per_mwh"] < ways["line_cost_usd_per_mwh"]
    shares = ways["cheapest_way_percent"]
    assert shares["value"]["local"] > 50 > shares["value"]["relocation"] > 10 * shares["value"]["transmission"]
    in_favour = shares["favours_transmission"]
    assert in_favour["transmission"] > 10 * shares["value"]["transmission"], "the inputs do not decide"
    assert ways["classes_that_lines_may_beat_in_reach"] == ["A"]
    assert ways["break_even_km"]["D"] == 0


def test_links_lead_to_files_and_headings(repository, text):
    targets = re.findall(r"\]\(([^)]+)\)", text) + re.findall(r'src="([^"]+)"', text)
    local = [target for target in targets if not target.startswith(("https://", "#"))]
    assert len(local) > 10
    assert [target for target in local if not (repository / target).exists()] == []
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert {target[1:] for target in targets if target.startswith("#")} <= anchors


def test_commands_of_the_readme_exist(repository, text):
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    shell = re.findall(r"^\s*(make|geofront) ([a-z-]+)", blocks, re.MULTILINE)
    targets = re.findall(r"^([a-z-]+):.*## ", (repository / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    commands = CliRunner().invoke(app, ["--help"]).stdout
    assert {name for tool, name in shell if tool == "make"} >= {"reproduce", "test"}
    assert {name for tool, name in shell if tool == "make"} <= set(targets)
    assert {name for tool, name in shell if tool == "geofront"} >= {"reproduce", "fetch-hours"}
    assert all(re.search(rf"\b{name}\b", commands) for tool, name in shell if tool == "geofront")
    given = re.findall(r"-p (\w+) \S+", blocks)
    parameters = {name for notebook in catalogue().values() for name in notebook.parameters}
    assert {"carbon_price", "snapshots", "hours_file"} <= set(given) <= parameters

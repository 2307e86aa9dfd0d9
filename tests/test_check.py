"""The check that what is committed follows from the code, and the notebooks kept executed in place."""

import json
import shutil
from pathlib import Path

import nbformat
import pytest
from sample_notebooks import PARAMETERS, SAVE, TABLE, contents, write, write_pair
from typer.testing import CliRunner

from geofront.cli import app
from geofront.errors import GeofrontError
from geofront.report.catalogue import read_notebook
from geofront.report.check import check, refresh
from geofront.report.refresh import write_back
from geofront.report.runner import reproduce

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def committed(tmp_path_factory) -> Path:
    """A project with refreshed notebooks."""
    project = tmp_path_factory.mktemp("project")
    (project / "notebooks").mkdir()
    write_pair(project / "notebooks")
    changed = refresh(output_dir=project / "paper_figures", notebooks_dir=project / "notebooks")
    assert changed == ["00_explore", "01_costs"]
    return project


@pytest.fixture
def project(committed, tmp_path) -> Path:
    """A copy of the project that a test may change."""
    return shutil.copytree(committed, tmp_path / "project")


def found(project: Path, against: Path, **options) -> list[str]:
    folders = {"output_dir": project / "paper_figures", "notebooks_dir": project / "notebooks"}
    return [str(difference) for difference in check(against / "paper_figures", **folders, **options)]


def shown(project: Path) -> dict[str, bytes]:
    """All files but the fingerprints, which follow from the package's sources."""
    return {name: content for name, content in contents(project).items() if "fingerprint" not in name}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_refreshed_notebook_has_outputs_and_keeps_its_ids(committed):
    notebook = nbformat.read(committed / "notebooks" / "01_costs.ipynb", as_version=4)
    assert [cell.id for cell in notebook.cells] == ["title", "parameters", "table", "figure", "finding", "save"]
    table, figure, finding = (cell.outputs[0].data for cell in notebook.cells[2:5])
    assert set(table) == {"text/html", "text/plain"}
    assert set(figure) == {"image/png", "text/plain"}
    assert figure["text/plain"] == "Cost falls from 99.75 to 64.50 USD/MWh."
    assert "**by 35.25 USD/MWh**" in finding["text/markdown"]
    assert [cell.execution_count for cell in notebook.cells[1:]] == [1, 2, 3, 4, 5]
    assert "paper_figures" in notebook.cells[1].source


def test_refreshed_notebook_needs_no_running_kernel(committed):
    text = (committed / "notebooks" / "00_explore.ipynb").read_text(encoding="utf-8")
    assert "widget" not in json.dumps(json.loads(text)["metadata"])
    assert "widget-view" not in text
    assert "ready" in text
    executed = committed / "paper_figures" / "executed" / "00_explore.ipynb"
    assert "widget-view" in executed.read_text(encoding="utf-8")


def test_refreshing_again_changes_nothing(project):
    before = shown(project)
    assert refresh(output_dir=project / "paper_figures", notebooks_dir=project / "notebooks") == []
    assert shown(project) == before


def test_running_all_again_changes_no_file(project, tmp_path):
    before = shown(project)
    for record in project.rglob("*.fingerprint.json"):
        record.unlink()
    assert refresh(output_dir=project / "paper_figures", notebooks_dir=project / "notebooks") == []
    assert shown(project) == before


def test_notebook_without_ids_gets_stable_ones(committed, tmp_path):
    path = shutil.copy(committed / "notebooks" / "01_costs.ipynb", tmp_path)
    content = json.loads(Path(path).read_text(encoding="utf-8"))
    for cell in content["cells"]:
        del cell["id"]
    content["nbformat_minor"] = 4
    Path(path).write_text(json.dumps(content), encoding="utf-8")
    executed = committed / "paper_figures" / "executed" / "01_costs.ipynb"
    assert write_back(read_notebook(path), executed)
    assert [cell.id for cell in nbformat.read(path, as_version=4).cells] == [f"cell-{number}" for number in range(6)]


def test_copy_of_another_run_is_not_written_back(committed, tmp_path):
    notebook = read_notebook(write(tmp_path, "01_costs", TABLE))
    executed = committed / "paper_figures" / "executed" / "01_costs.ipynb"
    with pytest.raises(GeofrontError, match=r"01_costs: .* is not a run of this notebook with its default parameters"):
        write_back(notebook, executed)


def test_nothing_differs_from_a_second_run(committed):
    assert found(committed, committed) == []


def test_changed_number_in_a_table_is_found_by_row_and_column(project, committed):
    edit(project / "paper_figures" / "table_1.csv", "99.75", "99.8")
    assert found(project, committed) == [
        "table_1.csv: row 2 (Core, Oregon), column 'cost [USD/MWh]': committed '99.8', now '99.75' (-0.0005)"
    ]


def test_changed_number_of_the_text_is_found(project, committed):
    edit(project / "paper_figures" / "numbers.json", "35.25", "35.2501")
    assert found(project, committed) == ["numbers.json: 01_costs.saving: committed '35.2501', now '35.25' (-2.8e-06)"]


def test_changed_data_of_a_figure_are_found(project, committed):
    edit(project / "paper_figures" / "figure_1.vl.json", '"cost": 64.5', '"cost": 66.5')
    (difference,) = found(project, committed)
    assert difference.startswith("figure_1.vl.json: datasets.data 0.1.cost: committed '66.5', now '64.5'")


def test_stale_and_missing_files_are_found(project, committed):
    outputs = project / "paper_figures"
    shutil.copy(outputs / "table_1.csv", outputs / "table_8.csv")
    (outputs / "figure_1.png").unlink()
    edit(outputs / "index.html", "Costs &amp; classes", "Costs")
    missing, page, stale = found(project, committed)
    assert missing == "figure_1.png: made by the code, but not committed"
    assert page.startswith("index.html: line")
    assert page.endswith("committed 'Costs', now 'Costs & classes'")
    assert stale == "table_8.csv: committed, but no notebook makes it"


def test_stale_output_of_a_notebook_is_found_by_cell_and_line(project, committed):
    edit(project / "notebooks" / "01_costs.ipynb", "by 35.25 USD", "by 36.25 USD")
    (difference,) = found(project, committed)
    assert difference.startswith("01_costs.ipynb: cell 5 ('from IPython.display import Markdown, display')")
    assert "text/markdown, line 1: committed 'The cost falls **by 36.25 USD/MWh**" in difference


def test_notebook_that_was_not_refreshed_is_found(project, committed):
    write_pair(project / "notebooks")
    assert "outputs committed none, now stdout" in found(project, committed)[0]


def test_notebook_changed_since_the_run_is_found(project, committed):
    edit(project / "notebooks" / "01_costs.ipynb", "by {99.75", "for {99.75")
    assert any("its source is not the one that was run" in difference for difference in found(project, committed))


def test_run_with_other_parameters_is_found(committed, tmp_path):
    other = tmp_path / "paper_figures"
    reproduce(["01_costs"], {"carbon_price": 5}, output_dir=other, notebooks_dir=committed / "notebooks")
    differences = found(committed, tmp_path)
    assert any(line.startswith("table_1.json: parameters.carbon_price") for line in differences)
    assert any(line.startswith("figure_1.vl.json: datasets.") for line in differences)
    assert "00_explore.ipynb: it was not run" in differences
    assert any(line.startswith("01_costs.ipynb: cells: committed 6, now 7") for line in differences)


def test_update_takes_over_what_is_new(project, committed):
    edit(project / "paper_figures" / "table_1.csv", "99.75", "99.8")
    write_pair(project / "notebooks")
    assert found(project, committed, update=True)
    assert found(project, committed) == []
    assert (project / "notebooks" / "01_costs.ipynb").read_text(encoding="utf-8") == (
        committed / "notebooks" / "01_costs.ipynb"
    ).read_text(encoding="utf-8")


def test_command_runs_everything_and_ends_with_an_error_where_something_differs(project):
    folders = ["--output-dir", str(project / "paper_figures"), "--notebooks-dir", str(project / "notebooks")]
    edit(project / "paper_figures" / "table_1.csv", "99.75", "99.8")
    result = CliRunner().invoke(app, ["check", *folders])
    assert result.exit_code == 1
    assert "table_1.csv: row 2" in result.stdout
    assert "Error: 1 difference; if it is intended, accept it with 'geofront check --update'." in result.stderr
    assert CliRunner().invoke(app, ["notebooks", *folders]).exit_code == 0
    against = ["--against", str(project / "paper_figures")]
    assert CliRunner().invoke(app, ["check", *folders, *against]).exit_code == 0


def test_folder_without_a_run_is_refused(committed, tmp_path):
    with pytest.raises(GeofrontError, match="no executed notebooks in"):
        found(committed, tmp_path)


def test_notebook_without_its_real_hours_is_not_checked(project, tmp_path):
    """With its hours it is checked like any other; without them its outputs, numbers and page stay as they are."""
    reads = PARAMETERS.replace('hours_file = ""', 'hours_file = "../hours_2023.csv.gz"')
    save = SAVE.replace("01_good", "03_real").replace("print(output_dir)", "")
    write(project / "notebooks", "03_real", save, makes=("table_3",), parameters=reads)
    hours = project / "hours_2023.csv.gz"
    hours.write_text("real")
    refresh(output_dir=project / "paper_figures", notebooks_dir=project / "notebooks")
    hours.unlink()
    fresh = tmp_path / "fresh"
    statuses = [
        outcome.status for outcome in reproduce(notebooks_dir=project / "notebooks", output_dir=fresh / "paper_figures")
    ]
    assert statuses == ["made", "made", "left out"]
    before = contents(fresh)
    assert found(project, fresh) == []
    assert contents(fresh) == before
    edit(project / "paper_figures" / "table_1.csv", "64.5", "64.6")
    assert len(found(project, fresh, update=True)) == 1
    assert found(project, fresh) == []
    assert (project / "paper_figures" / "table_3.csv").is_file()
    shown = CliRunner().invoke(
        app, ["verify", "--output-dir", str(fresh / "paper_figures"), "--notebooks-dir", str(project / "notebooks")]
    )
    assert shown.exit_code == 0
    assert "left out   03_real: it needs hours_2023.csv.gz" in shown.output

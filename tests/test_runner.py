"""The runner: its refusals, its outputs, and the notebooks that it does not run again."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import nbformat
import papermill
import pytest
from sample_notebooks import PARAMETERS, SAVE, WIDGET, contents, write
from typer.testing import CliRunner

from geofront.cli import app
from geofront.errors import GeofrontError
from geofront.report.catalogue import assign, catalogue, notebooks_dir, parameters_of, read_notebook, select
from geofront.report.fingerprints import environment, fingerprint
from geofront.report.parameters import Parameter, fit
from geofront.report.runner import Outcome, reproduce

pytestmark = pytest.mark.slow

FAIL = "x = 1\nraise ValueError('the demand is too high')"
EXTRA = SAVE.replace("table_3", "table_9").replace("01_good", "04_extra")


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("with {braces} and spaces") / "notebooks"
    folder.mkdir()
    write(folder, "01_good", SAVE, WIDGET, makes=("table_3",))
    write(folder, "02_bad", "print(carbon_price)", FAIL)
    write(folder, "03_forgetful", "1 + 1", makes=("table_5",))
    write(folder, "04_extra", EXTRA)
    write(folder, "05_plain", "1 + 1", parameters="depth = 3  # levels")
    return folder


@pytest.fixture(scope="module")
def all_run(notebooks, tmp_path_factory) -> tuple[str, Path]:
    """One run of all notebooks: its final error and the folder of outputs."""
    output_dir = tmp_path_factory.mktemp("outputs")
    with pytest.raises(GeofrontError) as caught:
        reproduce(parameters={"carbon_price": 100}, notebooks_dir=notebooks, output_dir=output_dir)
    return str(caught.value), output_dir


@pytest.fixture(scope="module")
def good_run(notebooks, tmp_path_factory) -> Path:
    output_dir = tmp_path_factory.mktemp("good")
    assert reproduce(["01_good"], notebooks_dir=notebooks, output_dir=output_dir) == [Outcome("01_good", "made")]
    return output_dir


@pytest.fixture
def one_run(good_run, tmp_path) -> Path:
    """A folder of outputs of the good notebook."""
    return shutil.copytree(good_run, tmp_path / "outputs")


def test_long_notebooks_begin_first(tmp_path):
    for name in ("01_short", "02_long", "03_short"):
        write(
            tmp_path,
            name,
            f"with open({str(tmp_path / 'begun')!r}, 'a') as file:\n    print({name!r}, file=file)",
            long="long" in name,
        )
    outcomes = reproduce(jobs=1, notebooks_dir=tmp_path, output_dir=tmp_path / "outputs")
    assert (tmp_path / "begun").read_text().split() == ["02_long", "01_short", "03_short"]
    assert [outcome.notebook for outcome in outcomes] == ["01_short", "02_long", "03_short"]


def test_each_failed_notebook_is_named_with_its_cell_and_error(all_run):
    error, _ = all_run
    assert error.startswith("3 of 5 notebooks failed:")
    assert "02_bad: cell 4 of 4 ('x = 1') failed: ValueError: the demand is too high" in error
    assert "03_forgetful: it ran but did not write 'table_5.csv', 'table_5.tex', 'table_5.json'" in error
    assert "04_extra: it wrote 'table_9.csv', 'table_9.json', 'table_9.tex', which its metadata" in error


def test_the_other_notebooks_finish_and_failed_ones_leave_no_outputs(all_run):
    _, output_dir = all_run
    assert sorted(contents(output_dir)) == [
        "executed/01_good.fingerprint.json",
        "executed/01_good.html",
        "executed/01_good.ipynb",
        "executed/02_bad.failed.ipynb",
        "executed/03_forgetful.failed.ipynb",
        "executed/04_extra.failed.ipynb",
        "executed/05_plain.fingerprint.json",
        "executed/05_plain.html",
        "executed/05_plain.ipynb",
        "index.html",
        "numbers.json",
        "numbers/01_good.json",
        "table_3.csv",
        "table_3.json",
        "table_3.tex",
    ]
    assert not list(output_dir.glob(".staging-*"))


def test_failed_copy_shows_the_error_where_it_happened(all_run):
    _, output_dir = all_run
    executed = nbformat.read(output_dir / "executed" / "02_bad.failed.ipynb", as_version=4)
    errors = [out for cell in executed.cells for out in cell.get("outputs", ()) if out.output_type == "error"]
    assert [error.evalue for error in errors] == ["the demand is too high"]


def test_parameters_reach_the_notebooks_that_have_them(all_run):
    _, output_dir = all_run
    assert (output_dir / "table_3.csv").read_text(encoding="utf-8") == "price\n100\n"
    assert json.loads((output_dir / "numbers.json").read_text(encoding="utf-8")) == {"01_good": {"price": 100.0}}
    injected = nbformat.read(output_dir / "executed" / "01_good.ipynb", as_version=4).cells[2]
    assert injected.source == "# Parameters\ncarbon_price = 100.0\n"
    plain = nbformat.read(output_dir / "executed" / "05_plain.ipynb", as_version=4)
    assert [cell.source for cell in plain.cells[1:]] == ["depth = 3  # levels", "1 + 1"]


def test_text_reaches_a_notebook_as_it_is_given(tmp_path):
    write(tmp_path, "01_label", "print(label)", parameters='label = "none"  # any text')
    label = "São 'Paulo' \"{core}\" \\n # = 5"
    reproduce(parameters={"label": label}, notebooks_dir=tmp_path, output_dir=tmp_path / "out")
    executed = nbformat.read(tmp_path / "out" / "executed" / "01_label.ipynb", as_version=4)
    assert executed.cells[-1].outputs[0].text == label + "\n"


def test_plain_papermill_makes_the_same_tables(tmp_path, monkeypatch):
    name, given = "03_regions_and_workloads", {"snapshots": "day"}
    reproduce([name], given, output_dir=tmp_path / "geofront")
    folder = tmp_path / "papermill"
    folder.mkdir()
    monkeypatch.chdir(folder)
    papermill.execute_notebook(
        notebooks_dir() / f"{name}.ipynb",
        "out.ipynb",
        parameters=given | {"output_dir": "."},
        kernel_name="python3",
        progress_bar=False,
    )
    made = contents(tmp_path / "geofront")
    for table in ("table_3", "table_4"):
        for suffix in ("csv", "json", "tex"):
            assert (folder / f"{table}.{suffix}").read_bytes() == made[f"{table}.{suffix}"]
    assert json.loads(made["table_3.json"])["parameters"]["snapshots"] == "day"
    cells = nbformat.read("out.ipynb", as_version=4).cells
    injected = [cell.source for cell in cells if "injected-parameters" in cell.metadata.tags]
    assert injected == ['# Parameters\nsnapshots = "day"\noutput_dir = "."\n']


def test_executed_copy_has_no_trace_of_machine_or_time(one_run, notebooks, tmp_path_factory):
    again = tmp_path_factory.mktemp("again")
    reproduce(["01_good"], notebooks_dir=notebooks, output_dir=again)
    text = (one_run / "executed" / "01_good.ipynb").read_text(encoding="utf-8")
    assert text == (again / "executed" / "01_good.ipynb").read_text(encoding="utf-8")
    assert "T:" not in text
    assert "papermill" not in text
    assert str(one_run) not in text
    executed = nbformat.reads(text, as_version=4)
    nbformat.validate(executed)
    assert [cell.execution_count for cell in executed.cells if cell.cell_type == "code"] == [1, 2, 3]
    states = executed.metadata.widgets["application/vnd.jupyter.widget-state+json"].state
    assert executed.cells[-1].outputs[0].data["application/vnd.jupyter.widget-view+json"].model_id in states


def test_kernels_print_nothing_and_ignore_the_user_s_configuration(notebooks, tmp_path, monkeypatch, capfd):
    kernel = tmp_path / "jupyter" / "kernels" / "python3" / "kernel.json"
    startup = tmp_path / "ipython" / "profile_default" / "startup" / "mine.py"
    for path, text in ((kernel, '{"argv": ["false"], "display_name": "", "language": ""}'), (startup, "1 / 0")):
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    reproduce(["05_plain"], notebooks_dir=notebooks, output_dir=tmp_path / "out")
    assert capfd.readouterr() == ("", "")


def test_unchanged_notebook_is_not_run_again(one_run, notebooks):
    before = {path: path.stat().st_mtime_ns for path in one_run.rglob("*.ipynb")}
    assert reproduce(["01_good"], notebooks_dir=notebooks, output_dir=one_run) == [Outcome("01_good", "unchanged")]
    assert {path: path.stat().st_mtime_ns for path in one_run.rglob("*.ipynb")} == before


def test_altered_output_new_parameter_and_force_run_it_again(one_run, notebooks):
    whole = contents(one_run)
    record = str(Path("executed", "01_good.fingerprint.json"))
    (one_run / "table_3.csv").write_text("price\n7\n", encoding="utf-8")
    (one_run / "numbers" / "01_good.json").unlink()
    for options in ({}, {"force": True}, {"parameters": {"carbon_price": 5}}):
        made = reproduce(["01_good"], notebooks_dir=notebooks, output_dir=one_run, **options)
        assert made == [Outcome("01_good", "made")]
        if "parameters" not in options:
            assert contents(one_run) | {record: b""} == whole | {record: b""}
    assert (one_run / "table_3.csv").read_text(encoding="utf-8") == "price\n5\n"


@pytest.fixture
def pages(one_run) -> list[Path]:
    """The gallery and a page next to it, both with an old time stamp."""
    written = [one_run / "index.html", one_run / "executed" / "01_good.html"]
    for page in written:
        os.utime(page, (0, 0))
    return written


def rewritten(pages: list[Path]) -> list[bool]:
    return [page.stat().st_mtime > 0 for page in pages]


def test_pages_of_which_nothing_has_changed_are_not_written_again(one_run, notebooks, pages):
    before = [page.read_bytes() for page in pages]
    (one_run / ".ipynb_checkpoints").mkdir()  # as JupyterLab leaves it
    for force in (False, True):
        reproduce(["01_good"], notebooks_dir=notebooks, output_dir=one_run, force=force)
        assert rewritten(pages) == [False, False]
    assert [page.read_bytes() for page in pages] == before


@pytest.mark.parametrize("altered", ["index.html", "executed/01_good.html"])
def test_a_page_that_someone_altered_is_written_again(one_run, notebooks, pages, altered):
    before = [page.read_bytes() for page in pages]
    (one_run / altered).write_text("{}", encoding="utf-8")
    reproduce(["01_good"], notebooks_dir=notebooks, output_dir=one_run)
    assert [page.read_bytes() for page in pages] == before


def test_failure_keeps_the_older_outputs(notebooks, one_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("broken")
    write(folder, "01_good", SAVE, FAIL, makes=("table_3",))
    before = contents(one_run)
    with pytest.raises(GeofrontError, match="1 of 1 notebooks failed"):
        reproduce(["01_good"], notebooks_dir=folder, output_dir=one_run, parameters={"carbon_price": 9})
    added = contents(one_run).keys() - before.keys()
    assert added == {"executed/01_good.failed.ipynb"}
    assert {name: contents(one_run)[name] for name in before} == before


def test_dead_kernel_is_a_failure_of_its_notebook(tmp_path):
    write(tmp_path, "01_dies", "import os\nos._exit(1)")
    with pytest.raises(GeofrontError, match=r"01_dies: DeadKernelError"):
        reproduce(notebooks_dir=tmp_path, output_dir=tmp_path / "out")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_interrupt_ends_kernels_and_leaves_no_staging(tmp_path):
    tell_process = f"import os, time\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))"
    write(tmp_path, "01_slow", tell_process, "time.sleep(300)")
    command = [sys.executable, "-c", "from geofront.cli import app; app()", "reproduce"]
    folders = ["--notebooks-dir", str(tmp_path), "--output-dir", str(tmp_path / "out")]
    with subprocess.Popen([*command, *folders], stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 60
        while not (tmp_path / "pid").is_file() or not (tmp_path / "pid").read_text():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) != 0
    assert contents(tmp_path / "out").keys() <= {"executed/01_slow.failed.ipynb"}
    assert not list((tmp_path / "out").glob(".staging-*"))
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_unknown_notebook_is_refused_with_the_known_ones(notebooks):
    with pytest.raises(GeofrontError, match=r"unknown notebook '09_none'; choose from '01_good', '02_bad'"):
        select(catalogue(notebooks), ["01_good", "09_none"])


def test_notebook_is_known_with_or_without_folder_and_suffix(notebooks):
    known = catalogue(notebooks)
    assert select(known, ["notebooks/01_good.ipynb", "01_good"]) == [known["01_good"]]
    assert [entry.name for entry in select(known, [])] == list(known)


def test_parameter_that_no_chosen_notebook_has_is_refused(notebooks):
    known = catalogue(notebooks)
    with pytest.raises(GeofrontError, match=r"unknown parameter 'depth'; choose from 'carbon_price', 'solver'"):
        assign([known["01_good"]], {"depth": "2"})
    given = {"depth": "2", "carbon_price": "1"}
    assert assign([known["01_good"], known["05_plain"]], given) == {
        "01_good": {"carbon_price": 1.0},
        "05_plain": {"depth": 2},
    }


def test_output_folder_is_not_a_parameter(notebooks):
    with pytest.raises(GeofrontError, match="use --output-dir"):
        assign(catalogue(notebooks).values(), {"output_dir": "/elsewhere"})


@pytest.mark.parametrize(
    ("default", "text", "value"),
    [
        (0.0, "100", 100.0),
        (0.0, "1e3", 1000.0),
        (0.0, "-2.5", -2.5),
        (3, "7", 7),
        (True, "false", False),
        ("CBC", "HiGHS", "HiGHS"),
        ("some", "no", "no"),
        ([1], "[2, 3]", [2, 3]),
        ([1], "[]", []),
        (0.0, "050", 50.0),
        (3, "012", 12),
        (3, "08", 8),
        ([5.0], "[1e2, 1e3]", [100.0, 1000.0]),
        ([5.0], "[10, 020]", [10.0, 20.0]),
        ([5.0], "[1, 2,]", [1.0, 2.0]),
        (["A"], "['A', B]", ["A", "B"]),
        (None, "[1, true, x]", [1, True, "x"]),
        (None, "4", 4),
    ],
)
def test_value_takes_the_type_of_the_default(default, text, value):
    fitted = fit(Parameter("solver" if default == "CBC" else "x", default, ""), text)
    assert fitted == value
    assert type(fitted) is type(value)


@pytest.mark.parametrize(
    ("name", "default", "value", "message"),
    [
        ("carbon_price", 0.0, "cheap", r"'carbon_price': 'cheap' is text, but the notebook expects a number"),
        ("carbon_price", 0.0, "true", r"True is true or false, but the notebook expects a number"),
        ("carbon_price", 0.0, "inf", r"inf is not a finite number"),
        ("carbon_price", 0.0, "nan", r"nan is not a finite number"),
        ("carbon_price", 0.0, "1:30", r"'1:30' is text, but the notebook expects a number"),
        ("depth", 3, "1:30", r"'1:30' is text, but the notebook expects a whole number"),
        ("budgets", [5.0], "[true]", r"True is true or false, but the notebook expects a number, such as 5.0"),
        ("budgets", [5.0], "[1, much]", r"'much' is text, but the notebook expects a number"),
        ("budgets", [5.0], "[1, inf]", r"inf is not a finite number"),
        ("budgets", [5.0], "[1,, 2]", r"'' is text, but the notebook expects a number"),
        ("budgets", [5.0], f"[{10**400}]", r"inf is not a finite number"),
        ("carbon_price", 0.0, "0x10", r"'0x10' is text, but the notebook expects a number"),
        ("carbon_price", 0.0, "-" + 400 * "9", r"is not a finite number"),
        ("budgets", [5.0], "[1, [2]]", r"\[2\] is a list, but the notebook expects a number"),
        ("budgets", [5.0], "1, 2", r"'1, 2' is text, but the notebook expects a list"),
        ("levels", [1], "[1.5]", r"1.5 is a number, but the notebook expects a whole number"),
        ("depth", 3, "2.5", r"2.5 is a number, but the notebook expects a whole number, such as 3"),
        ("flag", True, "1", r"1 is a whole number, but the notebook expects true or false"),
        ("label", "a", 5, r"5 is a whole number, but the notebook expects text"),
        ("x", 0.0, "[1", r"'\[1' is text, but the notebook expects a number"),
        ("snapshots", "month-hour", "yaer", r"unknown 'yaer'; choose from 'month-hour', 'day', 'year'"),
        ("hours_file", "", "absent.csv", r"'hours_file': no file 'absent.csv'"),
        ("network_budgets", [50.0], "[]", r"'network_budgets': the list is empty; give one or more values, such"),
    ],
)
def test_value_that_does_not_fit_is_refused(name, default, value, message):
    with pytest.raises(GeofrontError, match=message):
        fit(Parameter(name, default, ""), value)


@pytest.mark.parametrize("path", ["loop", "~nobody/at/all", 300 * "x"])
def test_paths_that_cannot_be_followed_are_named(tmp_path, monkeypatch, path):
    (tmp_path / "loop").symlink_to("loop")
    monkeypatch.chdir(tmp_path)
    for name, message in {"hours_file": "no file", "peers_dir": "no folder", "tables_dir": "no folder"}.items():
        with pytest.raises(GeofrontError, match=f"{name}'?: {message} "):
            fit(Parameter(name, "", ""), path)


def test_unknown_source_is_refused_before_the_notebook_runs():
    chosen = select(catalogue(), ["01_transmission_or_relocation"])
    assert assign(chosen, {"source": "eu-paris"}) == {"01_transmission_or_relocation": {"source": "eu-paris"}}
    with pytest.raises(GeofrontError, match="unknown region in parameter 'source', 'mars'; choose from 'us-virginia'"):
        assign(chosen, {"source": "mars"})


def test_file_of_hours_is_found_from_the_current_directory(tmp_path, monkeypatch):
    (tmp_path / "hours.csv").write_text("utc\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert fit(Parameter("hours_file", "", ""), "hours.csv") == str((tmp_path / "hours.csv").resolve())
    assert fit(Parameter("hours_file", "", ""), "") == ""


def test_entry_has_title_outputs_and_parameters(notebooks):
    notebook = read_notebook(notebooks / "01_good.ipynb")
    assert notebook.title == "The claim of 01_good"
    assert notebook.makes == ("table_3",)
    assert notebook.parameters["carbon_price"] == Parameter("carbon_price", 0.0, "price on emissions [USD/t]")
    assert list(notebook.parameters) == ["carbon_price", "solver", "hours_file", "output_dir"]


def test_broken_notebooks_are_refused(tmp_path):
    with pytest.raises(GeofrontError, match="no notebooks in"):
        catalogue(tmp_path)
    write(tmp_path, "01_a", makes=("table_3",))
    write(tmp_path, "02_b", makes=("table_3",))
    with pytest.raises(GeofrontError, match="Table 3 is made by both '01_a' and '02_b'"):
        catalogue(tmp_path)
    write(tmp_path, "02_b", makes=("chart",))
    with pytest.raises(GeofrontError, match="'chart' is not named like a table or figure"):
        catalogue(tmp_path)
    for text in (
        "{}",
        "[]",
        '{"cells": [], "metadata": []}',
        '{"cells": [], "metadata": {"geofront": 5}}',
        "{",
        "[" * 9999,
        '{"cells": [], "metadata": {"geofront": {"makes": 3}}}',
        '{"cells": [[]], "metadata": {}}',
        "\udcff",
    ):
        (tmp_path / "02_b.ipynb").write_text(text, encoding="utf-8", errors="surrogateescape")
        with pytest.raises(GeofrontError, match=r"02_b\.ipynb: it cannot be read as a notebook"):
            catalogue(tmp_path)
    for makes in ([3], [["table_1"]], "table_1"):
        (tmp_path / "02_b.ipynb").write_text(json.dumps({"cells": [], "metadata": {"geofront": {"makes": makes}}}))
        with pytest.raises(GeofrontError, match=r"is not named like a table or figure"):
            catalogue(tmp_path)


def change(content: dict, path: tuple, value) -> None:
    *steps, last = path
    for step in steps:
        content = content[step]
    if value is None:
        del content[last]
    else:
        content[last] = value


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("nbformat",), 3, "nbformat: 3 is less than the minimum of 4"),
        (("nbformat",), None, "'nbformat' is a required property"),
        (("nbformat_minor",), "x", "nbformat_minor: 'x' is not of type 'integer'"),
        (("metadata", "kernelspec"), 5, "metadata.kernelspec: 5 is not of type 'object'"),
        (("metadata", "language_info"), "Python", "metadata.language_info: 'Python' is not of type 'object'"),
        (("cells", 2, "outputs"), None, "cells.2: 'outputs' is a required property"),
        (("cells", 2, "outputs"), [1], "cells.2.outputs.0: 1 is not of type 'object'"),
        (("cells", 2, "execution_count"), "x", "cells.2.execution_count: 'x' is not of type 'integer', 'null'"),
        (("cells", 0, "source"), {}, "cells.0.source: {} is not valid under any of the given schemas"),
        (("cells", 2, "id"), 5, "cells.2.id: 5 is not of type 'string'"),
    ],
)
def test_a_notebook_of_another_format_is_refused_with_the_place(tmp_path, path, value, message):
    file = write(tmp_path, "01_a", "1 + 1")
    content = json.loads(file.read_text(encoding="utf-8"))
    change(content, path, value)
    file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(GeofrontError) as caught:
        read_notebook(file)
    assert (
        str(caught.value) == f"notebook 01_a.ipynb: it is not in the format of notebooks ({message}); "
        "save it again from JupyterLab."
    )


def test_metadata_of_other_tools_is_ignored(tmp_path):
    file = write(tmp_path, "01_a", "1 + 1")
    content = json.loads(file.read_text(encoding="utf-8"))
    content["metadata"] |= {"papermill": 5, "widgets": 5, "kernelspec": {"name": "julia", "display_name": "J"}}
    content["cells"][2]["metadata"] = {"papermill": 5}
    del content["cells"][2]["id"]
    file.write_text(json.dumps(content), encoding="utf-8")
    assert [made.status for made in reproduce(notebooks_dir=tmp_path, output_dir=tmp_path / "out")] == ["made"]


@pytest.mark.parametrize("source", ["x = 1 + y", "import os", "x, y = 1, 2", "f()", "x = ", "x: int", "a.b = 1"])
def test_parameters_that_are_no_plain_assignments_are_refused(tmp_path, source):
    with pytest.raises(GeofrontError, match=r"01_a\.ipynb: its parameters cell may only assign plain values"):
        read_notebook(write(tmp_path, "01_a", parameters=source))


def test_parameters_may_take_several_lines_and_have_other_signs(tmp_path):
    source = 'budgets: list = [  # ms\n    1.0,\n    2.0,\n]  # budgets, in ms\nname = "São"  # a city é\nplain = -1'
    found = read_notebook(write(tmp_path, "01_a", parameters=source)).parameters
    assert list(found.values()) == [
        Parameter("budgets", [1.0, 2.0], "budgets, in ms"),
        Parameter("name", "São", "a city é"),
        Parameter("plain", -1, ""),
    ]


RECORD = """\
import pandas as pd
from geofront.report.catalogue import parameters_of
from geofront.report.outputs import save_table
budgets = budgets or [50.0, 100.0]
parameters = parameters_of("01_own", globals())
save_table(pd.DataFrame({"price": [carbon_price]}), "table_3", output_dir, caption="Price", parameters=parameters)
"""
BUDGETS = "budgets: list = [  # budgets [ms]\n]\n"


def test_records_have_the_parameters_with_which_a_notebook_ran(tmp_path):
    """Given values, defaults, and what the notebook chose itself; names alone would give the default of budgets."""
    write(tmp_path, "01_own", RECORD, makes=("table_3",), parameters=BUDGETS + PARAMETERS)
    reproduce(parameters={"carbon_price": 20}, notebooks_dir=tmp_path, output_dir=tmp_path / "out")
    sidecar = json.loads((tmp_path / "out" / "table_3.json").read_text(encoding="utf-8"))
    assert sidecar["parameters"] == {"budgets": [50.0, 100.0], "carbon_price": 20.0, "solver": "CBC", "hours_file": ""}


def test_parameters_of_a_notebook_in_the_current_folder_come_before_geofronts(tmp_path, monkeypatch):
    namespace = {"depth": 3, "solver": "CBC", "unrelated": 5}
    monkeypatch.chdir(tmp_path)
    names = ["samples", "snapshots", "seed", "tables_dir", "output_dir"]
    assert list(parameters_of("12_how_sure", dict.fromkeys(names))) == names
    write(tmp_path, "12_how_sure", parameters="depth = 3  # levels")
    assert parameters_of("12_how_sure", namespace) == {"depth": 3}
    write(tmp_path, "01_none", parameters="")
    assert parameters_of("01_none", namespace) == {}


def test_parameters_that_cannot_be_collected_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "01_own", parameters=PARAMETERS)
    with pytest.raises(GeofrontError, match=r"'carbon_price', 'hours_file', 'output_dir' not defined; run its cell of"):
        parameters_of("01_own", {"solver": "CBC"})
    with pytest.raises(GeofrontError, match=r"02_absent\.ipynb: there is no such file"):
        parameters_of("02_absent", {})
    (tmp_path / "03_damaged.ipynb").write_text('{"cells": [', encoding="utf-8")
    with pytest.raises(GeofrontError, match=r"03_damaged\.ipynb: it cannot be read"):
        parameters_of("03_damaged", {})


def test_every_notebook_with_outputs_records_its_own_parameters():
    for name, notebook in catalogue().items():
        code = "\n".join(source for kind, source, _ in notebook.cells if kind == "code")
        calls = re.findall(r"^parameters = (.*)$", code, re.MULTILINE)
        assert calls == ([f'parameters_of("{name}", globals())'] if notebook.makes else []), name


def test_fingerprint_follows_all_inputs_but_not_saved_outputs(notebooks, tmp_path):
    surroundings = environment()
    hours = tmp_path / "hours.csv"
    hours.write_text("first", encoding="utf-8")
    source = read_notebook(notebooks / "01_good.ipynb")
    marks = [
        fingerprint(source, {}, surroundings),
        fingerprint(source, {"carbon_price": 1.0}, surroundings),
        fingerprint(source, {}, surroundings | {"data": {"regions.csv": "other"}}),
        fingerprint(source, {}, surroundings | {"package": {"costs.py": "other"}}),
        fingerprint(source, {"hours_file": str(hours)}, surroundings),
        fingerprint(read_notebook(write(tmp_path, "01_good", SAVE, makes=("table_3",))), {}, surroundings),
    ]
    hours.write_text("second", encoding="utf-8")
    marks.append(fingerprint(source, {"hours_file": str(hours)}, surroundings))
    assert len(set(marks)) == len(marks)

    executed = nbformat.read(notebooks / "01_good.ipynb", as_version=4)
    executed.cells[-1].outputs = [nbformat.v4.new_output("stream", text="shown")]
    nbformat.write(executed, tmp_path / "01_good.ipynb")
    assert fingerprint(read_notebook(tmp_path / "01_good.ipynb"), {}, surroundings) == marks[0]
    assert fingerprint(source, {"carbon_price": 0.0}, surroundings) == marks[0]


def command(*words: str | Path):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_command_lists_notebooks_without_running_them(notebooks):
    result = command("reproduce", "--list", "--notebooks-dir", notebooks)
    assert result.exit_code == 0
    assert "01_good\n  The claim of 01_good\n  makes: Table 3\n    carbon_price = 0.0" in result.stdout
    assert "price on emissions [USD/t]" in result.stdout
    assert "05_plain\n  The claim of 05_plain\n  makes: no table or figure\n    depth = 3" in result.stdout
    assert "output_dir" not in result.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["09_none"], "unknown notebook '09_none'"),
        (["-p", "carbon_prise", "1"], "unknown parameter 'carbon_prise'"),
        (["-p", "carbon_price", "much"], "'much' is text"),
        (["-p", "carbon_price"], "parameter 'carbon_price' has no value"),
        (["-p", "depth", "1", "-p", "depth", "2"], "parameter 'depth' is given twice"),
    ],
)
def test_command_refuses_in_one_line_before_anything_runs(notebooks, tmp_path, words, message):
    output_dir = tmp_path / "out"
    result = command("reproduce", "--notebooks-dir", notebooks, "--output-dir", output_dir, *words)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {message}") or message in result.stderr.splitlines()[0]
    assert "Traceback" not in result.stderr
    assert not output_dir.exists()


def test_command_runs_with_values_of_two_words_each(notebooks, tmp_path):
    words = ["-p", "carbon_price", "-5", "-p", "solver=HiGHS", "01_good", "--output-dir", tmp_path]
    result = command("reproduce", "--notebooks-dir", notebooks, *words)
    made, where = result.stdout.splitlines()
    assert result.exit_code == 0
    assert re.fullmatch(r"made       01_good in \d+ s", made)
    assert where == f"The tables and figures are in {tmp_path.resolve()}."
    starts, ends = result.stderr.splitlines()
    assert starts == "01_good starts"
    assert re.fullmatch(r"01_good made in \d+ s", ends)
    assert (tmp_path / "table_3.csv").read_text(encoding="utf-8") == "price\n-5\n"


def test_command_verifies_what_the_notebooks_declare(one_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("declared")
    write(folder, "01_good", makes=("table_3",))
    options = ("--notebooks-dir", folder, "--output-dir", one_run)
    assert command("verify", *options).exit_code == 0
    (one_run / "table_3.tex").write_text("", encoding="utf-8")
    assert "missing or empty" in command("verify", *options).stderr
    write(folder, "01_good")
    assert "declare no tables or figures" in command("verify", *options).stderr


def test_notebook_without_its_real_hours_is_left_out(tmp_path):
    """Unless it is chosen by name, or other hours are given; once the file exists, it runs and follows it."""
    folder, output_dir = tmp_path / "notebooks", tmp_path / "outputs"
    folder.mkdir()
    reads = PARAMETERS.replace('hours_file = ""', 'hours_file = "../hours_2023.csv.gz"')
    write(folder, "01_good", SAVE, makes=("table_3",), parameters=reads)
    write(folder, "02_other", "1 + 1")
    run = partial(reproduce, notebooks_dir=folder, output_dir=output_dir)
    left_out, made = run()
    assert (left_out.status, made.status) == ("left out", "made")
    assert "needs hours_2023.csv.gz" in left_out.reason
    assert "geofront fetch-hours 2023" in left_out.reason
    with pytest.raises(GeofrontError, match="01_good: it needs hours_2023"):
        run(["01_good"])
    assert [outcome.status for outcome in run(parameters={"hours_file": ""})] == ["made", "unchanged"]
    (tmp_path / "hours_2023.csv.gz").write_text("real")
    assert [outcome.status for outcome in run()] == ["made", "unchanged"]
    assert [outcome.status for outcome in run()] == ["unchanged", "unchanged"]
    assert "hours_sha256" in json.loads((output_dir / "table_3.json").read_text())
    (tmp_path / "hours_2023.csv.gz").write_text("other")
    assert [outcome.status for outcome in run()] == ["made", "unchanged"]


def test_notebook_without_its_published_studies_is_left_out(tmp_path):
    folder, output_dir = tmp_path / "notebooks", tmp_path / "outputs"
    folder.mkdir()
    reads = PARAMETERS + 'peers_dir = "../peers"  # folder of studies\n'
    write(folder, "01_good", "1 + 1", parameters=reads)
    write(folder, "02_other", "1 + 1")
    run = partial(reproduce, notebooks_dir=folder, output_dir=output_dir)
    left_out, made = run()
    assert (left_out.status, made.status) == ("left out", "made")
    assert left_out.reason == "it needs peers next to the folder of notebooks; download it with 'geofront fetch-peers'"
    with pytest.raises(GeofrontError, match="'peers_dir': no folder 'absent'"):
        run(parameters={"peers_dir": "absent"})
    (tmp_path / "studies").mkdir()
    assert [outcome.status for outcome in run(parameters={"peers_dir": tmp_path / "studies"})] == ["made", "unchanged"]
    (tmp_path / "peers").mkdir()
    assert run(["01_good"])[0].status == "made"


def test_notebooks_that_report_at_once_do_not_mix_their_lines():
    code = (
        "import sys, threading\n"
        "from geofront.report.runner import _say\n"
        "sys.setswitchinterval(1e-6)\n"
        "threads = [threading.Thread(target=lambda: [_say('it starts') for _ in range(2000)]) for _ in range(2)]\n"
        "[thread.start() for thread in threads]\n"
        "[thread.join() for thread in threads]\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines() == 4000 * ["it starts"]

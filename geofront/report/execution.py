"""Run one notebook through papermill in a kernel of its own, and tidy the executed copy for readers."""

import os
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import ensure_event_loop
from nbformat import NotebookNode
from papermill import PapermillExecutionError, execute_notebook
from papermill.translators import translate_parameters
from traitlets import default

from geofront.errors import GeofrontError
from geofront.report.catalogue import Notebook
from geofront.report.provenance import OUTPUT_DIR, published

KERNEL = "python3"
INJECTED = "injected-parameters"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
IDENTIFIER = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


class NotebookFailed(GeofrontError):
    """A cell of a notebook raised an error, or its kernel died."""


class LocalKernel(AsyncKernelManager):
    """A kernel of the running interpreter that no configuration of the user reaches.

    Where the platform has it, kernel and runner talk over sockets in a private folder instead of over TCP,
    about which kernels print a warning.
    """

    running: "set[LocalKernel]" = set()  # noqa: RUF012  (shared by all kernels on purpose)

    def __init__(self, **settings: Any):
        super().__init__(**settings)
        self.folder = tempfile.TemporaryDirectory(prefix="geofront-", ignore_cleanup_errors=True)
        if sys.platform != "win32":
            self.transport = "ipc"
            self.ip = str(Path(self.folder.name, "socket"))
        self.connection_file = str(Path(self.folder.name, "connection.json"))

    @default("kernel_spec_manager")
    def _only_this_interpreter(self) -> KernelSpecManager:
        return KernelSpecManager(kernel_dirs=[], parent=self)

    async def _async_pre_start_kernel(self, **settings: Any) -> tuple[list[str], dict[str, Any]]:
        settings["env"] = {
            **os.environ,
            "IPYTHONDIR": self.folder.name,
            "JUPYTER_NO_CONFIG": "1",
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
            "PYTHONHASHSEED": "0",
            "TQDM_DISABLE": "1",
        }
        LocalKernel.running.add(self)
        return await super()._async_pre_start_kernel(**settings)

    async def _async_interrupt_kernel(self) -> None:
        # A kernel that is to shut down has nothing left to interrupt; if it is a little slow, it prints an error then.
        if not self.shutting_down:
            await super()._async_interrupt_kernel()

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart=restart)
        if not restart:
            LocalKernel.running.discard(self)
            self.folder.cleanup()

    pre_start_kernel = _async_pre_start_kernel
    cleanup_resources = _async_cleanup_resources


def kill_kernels() -> None:
    """End the kernels of all notebooks that are being run, whatever they are computing."""
    for kernel in list(LocalKernel.running):
        process = getattr(kernel.provisioner, "process", None)
        if process is not None:
            process.kill()


def execute(
    notebook: Notebook,
    parameters: Mapping[str, Any],
    staging: Path,
    copy: Path,
    on_cell: Callable[..., None] | None = None,
) -> None:
    """Run a notebook from top to bottom in its own folder.

    Parameters
    ----------
    notebook : Notebook
        The source; it is not modified.
    parameters : mapping
        Values that replace the defaults, as from `geofront.report.catalogue.assign`.
    staging : pathlib.Path
        Given to the notebook as its ``output_dir``, if it has that parameter.
    copy : pathlib.Path
        Where the executed copy goes, whether the notebook succeeds or fails.
    on_cell : callable, optional
        Called with keyword arguments after each code cell.

    Raises
    ------
    NotebookFailed
        If a cell raises (the message has the cell, its first line and the error) or the kernel dies.
    """
    given = dict(parameters)
    if OUTPUT_DIR in notebook.parameters:
        given[OUTPUT_DIR] = str(staging)
    loop = ensure_event_loop()
    try:
        executed = execute_notebook(
            _no_fields(notebook.path),
            _no_fields(copy),
            parameters=given,
            kernel_name=KERNEL,
            language="python",
            kernel_manager_class=LocalKernel,
            # Not papermill's cwd, which changes the directory of the whole process, hence of other threads.
            resources={"metadata": {"path": str(notebook.path.parent)}},
            progress_bar=False,
            coalesce_streams=True,
            on_cell_executed=on_cell,
        )
    except PapermillExecutionError as error:
        raise NotebookFailed(_failure(notebook, error, injected=bool(given))) from error
    except Exception as error:
        raise NotebookFailed(f"{notebook.name}: {type(error).__name__}: {error}") from error
    finally:
        loop.close()
    tidy(executed, published(parameters))
    copy.write_text(_steady_text(executed, staging) + "\n", encoding="utf-8", newline="\n")


def _no_fields(path: Path) -> str:
    # papermill takes a path for a format string.
    return str(path).replace("{", "{{").replace("}", "}}")


def _failure(notebook: Notebook, error: PapermillExecutionError, injected: bool) -> str:
    tagged = (index for index, (_, _, tags) in enumerate(notebook.cells) if "parameters" in tags)
    before = 1 if injected and error.cell_index > next(tagged, -1) else 0
    first_line = next((line.strip() for line in error.source.splitlines() if line.strip()), "")
    return (
        f"{notebook.name}: cell {error.cell_index + 1 - before} of {len(notebook.cells)} "
        f"({first_line!r}) failed: {error.ename}: {error.evalue}"
    )


def tidy(executed: NotebookNode, parameters: Mapping[str, Any]) -> None:
    """Take from an executed notebook all that changes from run to run or tells of the machine, in place.

    Parameters
    ----------
    executed : nbformat.NotebookNode
        As papermill leaves it.
    parameters : mapping
        The parameters shown in the cell that papermill injected; without any, that cell goes.
    """
    executed.metadata.pop("papermill", None)
    executed.metadata.kernelspec = {"display_name": "Python 3", "language": "python", "name": KERNEL}
    executed.metadata.language_info = {"name": "python"}
    executed.cells = [cell for cell in executed.cells if parameters or not _is_injected(cell)]
    numbers: dict[str, int] = {}

    def numbered(identifier: str) -> str:
        return f"id-{numbers.setdefault(identifier, len(numbers))}"

    count = 0
    for cell in executed.cells:
        for transient in ("papermill", "execution"):
            cell.metadata.pop(transient, None)
        if not cell.metadata.get("tags"):
            cell.metadata.pop("tags", None)
        if _is_injected(cell):
            cell.id = INJECTED
            cell.source = translate_parameters(KERNEL, "python", parameters, "Parameters")
        if cell.cell_type == "code" and cell.execution_count is not None:
            count += 1
            cell.execution_count = count
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = count
                if html := output.get("data", {}).get("text/html"):
                    output.data["text/html"] = IDENTIFIER.sub(lambda found: numbered(found[0]), html)


def _is_injected(cell: NotebookNode) -> bool:
    return INJECTED in cell.metadata.get("tags", ())


def _steady_text(executed: NotebookNode, staging: Path) -> str:
    text = nbformat.writes(executed).replace(str(staging), "output_dir")
    # Widgets get random identifiers; the order in which they were made is always the same.
    widgets = executed.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    for number, identifier in enumerate(widgets):
        text = text.replace(identifier, f"{number:032x}")
    return nbformat.writes(nbformat.reads(text, as_version=4)) if widgets else text

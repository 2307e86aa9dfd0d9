"""Run one notebook in a kernel of its own, and clean the executed copy for readers."""

import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import ensure_event_loop
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from traitlets import default

from geofront.errors import GeofrontError
from geofront.files import temporary_folder
from geofront.report.catalogue import Notebook
from geofront.report.pages import first_line, read
from geofront.report.provenance import OUTPUT_DIR, published

KERNEL = "python3"
INJECTED = "injected-parameters"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
LONGEST_FOLDER = 60
"""Letters of a folder in which the path of a socket, limited to some 100 letters, still fits."""


class NotebookFailed(GeofrontError):
    """A cell of a notebook raised an error, or its kernel died."""


class LocalKernel(AsyncKernelManager):
    """A kernel of the running interpreter that ignores the user's Jupyter and IPython configuration.

    Where the platform allows it, kernel and runner use sockets in a private folder; over TCP, kernels print a warning.
    """

    running: "set[LocalKernel]" = set()  # noqa: RUF012  (shared by all kernels on purpose)

    def __init__(self, **settings: Any):
        super().__init__(**settings)
        self.resources = ExitStack()
        parent = tempfile.gettempdir()
        if sys.platform != "win32":
            parent = parent if len(parent) <= LONGEST_FOLDER else "/tmp"
        self.folder = self.resources.enter_context(temporary_folder(Path(parent), "geofront-kernel-"))
        if sys.platform != "win32":
            self.transport = "ipc"
            self.ip = str(self.folder / "socket")
        self.connection_file = str(self.folder / "connection.json")

    @default("kernel_spec_manager")
    def _only_this_interpreter(self) -> KernelSpecManager:
        return KernelSpecManager(kernel_dirs=[], parent=self)

    async def _async_pre_start_kernel(self, **settings: Any) -> tuple[list[str], dict[str, Any]]:
        settings["env"] = {
            **os.environ,
            "IPYTHONDIR": str(self.folder),
            "JUPYTER_NO_CONFIG": "1",
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
            "PYTHONHASHSEED": "0",
            "TQDM_DISABLE": "1",
        }
        LocalKernel.running.add(self)
        return await super()._async_pre_start_kernel(**settings)

    async def _async_interrupt_kernel(self) -> None:
        # A kernel that is shutting down has nothing to interrupt, and may print an error if it is slow.
        if not self.shutting_down:
            await super()._async_interrupt_kernel()

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart=restart)
        if not restart:
            LocalKernel.running.discard(self)
            self.resources.close()

    pre_start_kernel = _async_pre_start_kernel
    cleanup_resources = _async_cleanup_resources


def kill_kernels() -> None:
    """Kill the kernels of all notebooks that are running."""
    for kernel in list(LocalKernel.running):
        process = getattr(kernel.provisioner, "process", None)
        if process is not None:
            process.kill()


def execute(notebook: Notebook, parameters: Mapping[str, Any], staging: Path, copy: Path,
            on_cell: Callable[..., None] | None = None) -> None:
    """Run a notebook from top to bottom in its own folder; its file is not modified.

    `parameters` replace the defaults, and `staging` its ``output_dir``, if it has that parameter. The executed copy is
    written to `copy` whether the notebook succeeds or fails. `on_cell` is called with keyword arguments after each
    code cell.

    Raises
    ------
    NotebookFailed
        A cell raises (the message has the cell, its first line and the error), or the kernel dies.
    """
    executed = read(notebook.path)
    for cell in executed.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    given = {**parameters, OUTPUT_DIR: str(staging)} if OUTPUT_DIR in notebook.parameters else dict(parameters)
    if given:
        place = next(index for index, (_, _, tags) in enumerate(notebook.cells) if "parameters" in tags) + 1
        cell = nbformat.v4.new_code_cell(_assignments(given), id=INJECTED, metadata={"tags": [INJECTED]})
        executed.cells.insert(place, cell)
    client = NotebookClient(
        executed, timeout=None, kernel_name=KERNEL, kernel_manager_class=LocalKernel, record_timing=False,
        resources={"metadata": {"path": str(notebook.path.parent)}}, on_cell_executed=on_cell)
    loop = ensure_event_loop()
    try:
        client.execute()
    except CellExecutionError as error:
        raise NotebookFailed(_failure(notebook, executed, error)) from error
    except Exception as error:
        raise NotebookFailed(f"{notebook.name}: {type(error).__name__}: {error}") from error
    finally:
        loop.close()
        tidy(executed, published(parameters))
        copy.write_text(_steady_text(executed, staging) + "\n", encoding="utf-8", newline="\n")


def _assignments(values: Mapping[str, Any]) -> str:
    return "\n".join(["# Parameters", *(f"{name} = {value!r}" for name, value in values.items())]) + "\n"


def _failure(notebook: Notebook, executed: NotebookNode, error: CellExecutionError) -> str:
    cells = [cell for cell in executed.cells if not _is_injected(cell)]
    number = max(number for number, cell in enumerate(cells, start=1) if cell.get("execution_count"))
    line = first_line(cells[number - 1])
    return f"{notebook.name}: cell {number} of {len(cells)} ({line!r}) failed: {error.ename}: {error.evalue}"


def tidy(executed: NotebookNode, parameters: Mapping[str, Any]) -> None:
    """Remove from an executed notebook all that changes from run to run or depends on the machine, in place.

    The injected cell shows `parameters` instead of those that were used; without any, it is removed.
    """
    executed.metadata.kernelspec = {"display_name": "Python 3", "language": "python", "name": KERNEL}
    executed.metadata.language_info = {"name": "python"}
    executed.cells = [cell for cell in executed.cells if parameters or not _is_injected(cell)]
    count = 0
    for cell in executed.cells:
        if not cell.metadata.get("tags"):
            cell.metadata.pop("tags", None)
        if _is_injected(cell):
            cell.source = _assignments(parameters)
        if cell.cell_type == "code" and cell.execution_count is not None:
            count += 1
            cell.execution_count = count
            cell.outputs = _joined(cell.outputs)
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = count


def _joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Outputs with one text for each stream: the kernel sends it in pieces whose size depends on timing."""
    streams: dict[str, NotebookNode] = {}
    for output in outputs:
        if output.output_type == "stream" and streams.setdefault(output.name, output) is not output:
            streams[output.name].text += output.text
    return [output for output in outputs if output.output_type != "stream" or streams[output.name] is output]


def _is_injected(cell: NotebookNode) -> bool:
    return INJECTED in cell.metadata.get("tags", ())


def _steady_text(executed: NotebookNode, staging: Path) -> str:
    text = nbformat.writes(executed).replace(str(staging), "output_dir")
    # Widgets get random identifiers; the order in which they were made is always the same.
    widgets = executed.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    for number, identifier in enumerate(widgets):
        text = text.replace(identifier, f"{number:032x}")
    return nbformat.writes(nbformat.reads(text, as_version=4)) if widgets else text

"""Runs a notebook through papermill in its own kernel, and cleans the executed copy for readers."""

import logging
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
from nbformat import NotebookNode
from papermill import PapermillExecutionError, execute_notebook
from papermill.execute import remove_error_markers
from papermill.translators import translate_parameters
from traitlets import default

from geofront.errors import GeofrontError
from geofront.files import temporary_folder
from geofront.report.catalogue import Notebook
from geofront.report.pages import first_line, read
from geofront.report.provenance import OUTPUT_DIR, published

# NotebookFailed has the errors that papermill would log.
logging.getLogger("papermill").addHandler(logging.NullHandler())

KERNEL = "python3"
INJECTED = "injected-parameters"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
LONGEST_FOLDER = 60
"""Longest name of a folder for sockets, whose paths are limited to about 100 characters."""


class NotebookFailed(GeofrontError):
    """A cell of a notebook raised an error, or its kernel died."""


class LocalKernel(AsyncKernelManager):
    """Kernel of the running interpreter that ignores the user's Jupyter and IPython configuration.

    Kernel and runner use sockets in a private folder if the platform allows it; over TCP, kernels print a warning.
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
        # A slow kernel may print an error if it is interrupted while it shuts down.
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
    """Kill the kernels of all running notebooks."""
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
    """Run a notebook from top to bottom in its own folder; its file is not modified.

    `parameters` replace the defaults, and `staging` replaces ``output_dir`` if the notebook has that parameter. The
    executed copy is written to `copy` whether the notebook succeeds or fails. `on_cell` is called with keyword
    arguments after each code cell.

    Raises
    ------
    NotebookFailed
        If a cell raises an error (the message has the cell, its first line and the error), or the kernel dies.
    """
    given = {**parameters, OUTPUT_DIR: str(staging)} if OUTPUT_DIR in notebook.parameters else dict(parameters)
    source = read(notebook.path)
    for left_by_tools in ("papermill", "widgets"):
        source.metadata.pop(left_by_tools, None)
    loop = ensure_event_loop()
    try:
        executed = execute_notebook(
            source,
            str(copy).replace("{", "{{").replace("}", "}}"),  # papermill formats the path as a template
            parameters=given,
            kernel_name=KERNEL,
            language="python",
            progress_bar=False,
            # The rest goes to nbclient. papermill's `cwd` would change the folder of the whole process.
            resources={"metadata": {"path": str(notebook.path.parent)}},
            kernel_manager_class=LocalKernel,
            record_timing=False,
            on_cell_executed=on_cell,
        )
    except OSError:
        raise  # not the notebook's fault: the disk may be full
    except Exception as error:
        if not copy.is_file():
            raise NotebookFailed(f"{notebook.name}: it cannot be run ({type(error).__name__}: {error})") from error
        executed = remove_error_markers(read(copy))
        _write_clean(executed, copy, parameters, staging)
        raise NotebookFailed(_failure(notebook, executed, error)) from error
    finally:
        loop.close()
    _write_clean(executed, copy, parameters, staging)


def _write_clean(executed: NotebookNode, copy: Path, parameters: Mapping[str, Any], staging: Path) -> None:
    tidy(executed, published(parameters))
    copy.write_text(_steady_text(executed, staging) + "\n", encoding="utf-8", newline="\n")


def _failure(notebook: Notebook, executed: NotebookNode, error: Exception) -> str:
    if not isinstance(error, PapermillExecutionError):
        return f"{notebook.name}: {type(error).__name__}: {error}"
    cells = [cell for cell in executed.cells if not _is_injected(cell)]
    number = max(number for number, cell in enumerate(cells, start=1) if cell.get("execution_count"))
    line = first_line(cells[number - 1])
    return f"{notebook.name}: cell {number} of {len(cells)} ({line!r}) failed: {error.ename}: {error.evalue}"


def tidy(executed: NotebookNode, parameters: Mapping[str, Any]) -> None:
    """Remove run-dependent and machine-dependent content from an executed notebook, in place.

    The injected cell shows `parameters` instead of the values used; without parameters it is removed.
    """
    executed.metadata.pop("papermill", None)
    executed.metadata.kernelspec = {"display_name": "Python 3", "language": "python", "name": KERNEL}
    executed.metadata.language_info = {"name": "python"}
    executed.cells = [cell for cell in executed.cells if parameters or not _is_injected(cell)]
    count = 0
    for cell in executed.cells:
        cell.metadata.pop("papermill", None)
        if not cell.metadata.get("tags"):
            cell.metadata.pop("tags", None)
        if _is_injected(cell):
            cell.id = INJECTED
            cell.source = translate_parameters(KERNEL, "python", parameters, "Parameters")
        if cell.cell_type == "code" and cell.execution_count is not None:
            count += 1
            cell.execution_count = count
            cell.outputs = _joined(cell.outputs)
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = count


def _joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join the texts of each stream, which the kernel sends in pieces that depend on timing."""
    streams: dict[str, NotebookNode] = {}
    for output in outputs:
        if output.output_type == "stream" and streams.setdefault(output.name, output) is not output:
            streams[output.name].text += output.text
    return [output for output in outputs if output.output_type != "stream" or streams[output.name] is output]


def _is_injected(cell: NotebookNode) -> bool:
    return INJECTED in cell.metadata.get("tags", ())


def _steady_text(executed: NotebookNode, staging: Path) -> str:
    text = nbformat.writes(executed).replace(str(staging), "output_dir")
    # Widgets have random identifiers, but are created in the same order in each run.
    widgets = executed.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    for number, identifier in enumerate(widgets):
        text = text.replace(identifier, f"{number:032x}")
    return nbformat.writes(nbformat.reads(text, as_version=4)) if widgets else text

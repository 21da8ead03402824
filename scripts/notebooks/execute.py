"""Executes one notebook with the TypeScript kernel and saves it so that executing it again gives the same file.

    .venv/bin/python scripts/notebooks/execute.py NOTEBOOK [--output PATH] [--inject CODE] [--cell-timeout SECONDS]

The kernel works in the project's folder wherever the notebook lies, and inherits the environment (SGM_OVERRIDES among it).
CODE, a line of TypeScript, becomes a cell tagged `injected-parameters` after the cell tagged `parameters`, as papermill does.
A failing cell ends with exit status 1: the partly executed notebook goes to NAME.failed.ipynb beside the output, and the output
itself is left as it was. SIGINT and SIGTERM interrupt the kernel, so that long work can save what it has (130, 143). When the process
that started this one ends, this one does, and the kernel with it; a disk that is full or read-only ends it with one line.
"""

import argparse
import asyncio
import errno
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

root = Path(__file__).resolve().parents[2]
jupyter = root / ".cache" / "jupyter"
for name in ("config", "data", "runtime"):  # nothing from the user's own Jupyter, nothing into it
    os.environ.setdefault(f"JUPYTER_{name.upper()}_DIR", str(jupyter / name))
os.environ.setdefault("IPYTHONDIR", str(jupyter / "ipython"))

import nbformat  # noqa: E402  (Jupyter reads its folders from the environment when it is imported)
from jupyter_client import AsyncKernelManager  # noqa: E402
from nbclient import NotebookClient  # noqa: E402
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError  # noqa: E402

from parent import end_with_parent  # noqa: E402
from progress import Progress  # noqa: E402
from tidy import inject, tidy, write  # noqa: E402


class Client(NotebookClient):
    """Tells what is going on while cells run; lines that a cell replaces by display updates are shown as they come."""

    progress: Progress

    def process_message(self, msg, cell, cell_index):
        content = msg["content"]
        if msg["msg_type"] in ("display_data", "update_display_data"):
            self.progress.say(content["data"].get("text/plain", ""))
        elif msg["msg_type"] == "stream" and content["name"] == "stdout":
            self.progress.say(content["text"])
        return super().process_message(msg, cell, cell_index)


async def execute(notebook, arguments):
    """Runs all cells; returns None, or what stopped them."""
    manager = AsyncKernelManager(kernel_name=arguments.kernel)
    client = Client(
        notebook,
        km=manager,
        timeout=arguments.cell_timeout,
        startup_timeout=600,  # the kernel itself takes seconds; a machine may be loaded
        iopub_timeout=600,  # what a cell has sent may take as long to be read; nothing of it is dropped in silence
        raise_on_iopub_timeout=True,
        kernel_name=arguments.kernel,
        resources={"metadata": {"path": str(root)}},
        record_timing=False,
        coalesce_streams=True,
    )
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    client.progress = Progress(arguments.notebook.stem, len(cells))
    stopped = []

    async def interrupt():
        await manager.interrupt_kernel()
        await asyncio.sleep(15)  # a training saves its checkpoint at the next step boundary
        running.cancel()

    def on_signal(number):
        stopped.append(number)
        if len(stopped) == 1:
            asyncio.ensure_future(interrupt())
        else:
            running.cancel()

    client.on_cell_execute = lambda cell, cell_index: client.progress.begin(cell)
    client.on_cell_executed = lambda cell, cell_index, execute_reply: client.progress.end()

    def listen(**_):
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, on_signal, number)

    listen()
    client.on_notebook_start = listen  # once more: nbclient puts its own handlers when it has started the kernel
    # What native code writes past the kernel's own channels: told only where the kernel died of it.
    native = tempfile.TemporaryFile()
    running = asyncio.ensure_future(client.async_execute(stdout=native, stderr=native))
    try:
        await running
        error = None
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as problem:
        error = problem
        if isinstance(problem, DeadKernelError):
            native.seek(0)
            sys.stderr.write("\n" + native.read().decode(errors="replace")[-4000:])
    except asyncio.CancelledError:
        error = RuntimeError("interrupted")
    finally:
        client.progress.close()
        if manager.has_kernel:
            await manager.shutdown_kernel(now=True)
    if stopped:
        sys.stderr.write(f"{arguments.notebook.name}: interrupted\n")
        raise SystemExit(128 + stopped[0])
    return client.progress.cell, error


def report(notebook, cell, error):
    """Says which cell failed, its source, and what it wrote."""
    index = notebook.cells.index(cell) if cell is not None else -1
    said = [o for o in (cell.get("outputs", []) if cell is not None else []) if o.get("name") == "stderr"]
    text = "".join(o["text"] for o in said) or str(error)
    source = cell.source if cell is not None else ""
    rule = "-" * 72
    sys.stderr.write(f"\nCell {index} (counted from 0) failed:\n{rule}\n{source}\n{rule}\n{text.rstrip()}\n{rule}\n")
    if isinstance(error, CellTimeoutError):
        sys.stderr.write("It ran into the limit for one cell (--cell-timeout).\n")
    elif isinstance(error, DeadKernelError):
        sys.stderr.write("The kernel died: out of memory, or a crash in native code.\n")


def main():
    parser = argparse.ArgumentParser(description="Executes one notebook with the project's TypeScript kernel.")
    parser.add_argument("notebook", type=Path)
    parser.add_argument("--output", type=Path, help="where the executed notebook goes (default: in place)")
    parser.add_argument("--inject", default="", help="a line of TypeScript run right after the parameters cell")
    parser.add_argument("--cell-timeout", type=float, default=None, help="seconds that one cell may take (default: no limit)")
    parser.add_argument("--kernel", default="tslab")
    arguments = parser.parse_args()
    if not arguments.notebook.is_file():
        parser.error(f"no notebook at {arguments.notebook}")
    end_with_parent()
    try:
        return run(arguments)
    except OSError as problem:
        place = f" ({problem.filename})" if problem.filename else ""
        remedy = "make room" if problem.errno in (errno.ENOSPC, errno.EDQUOT) else "let this program write there"
        sys.stderr.write(f"{arguments.notebook.name}: {problem.strerror}{place}. The notebook is as it was. Remedy: {remedy}, then run it again\n")
        return 1


def run(arguments):
    (jupyter / "ipython").mkdir(parents=True, exist_ok=True)
    output = arguments.output or arguments.notebook
    failed = output.with_name(f"{output.stem}.failed.ipynb")
    notebook = nbformat.read(arguments.notebook, as_version=4)
    inject(notebook, arguments.inject)
    started = time.monotonic()
    try:
        cell, error = asyncio.run(execute(notebook, arguments))
    except KeyboardInterrupt:  # before the kernel runs, or while it is shut down: no cell is left that could save
        sys.stderr.write(f"{arguments.notebook.name}: interrupted\n")
        return 130
    if error is None:
        tidy(notebook, root)
        write(notebook, output)
        failed.unlink(missing_ok=True)
        sys.stderr.write(f"{arguments.notebook.name}: executed in {time.monotonic() - started:.1f} s\n")
        return 0
    report(notebook, cell, error)
    tidy(notebook, root, keep_stderr=True)
    write(notebook, failed)
    sys.stderr.write(f"{arguments.notebook.name} failed; as far as it came: {os.path.relpath(failed)}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())

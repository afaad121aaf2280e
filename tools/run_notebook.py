"""Execute notebooks kept as scripts (jupytext percent format); a cell that fails ends with code 1."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import jupytext
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

TIMEOUT_SECONDS = 600


def run_notebook(path: Path) -> int:
    """Run all cells of one script; returns how many there were."""
    notebook = jupytext.read(path)
    with TemporaryDirectory() as folder:
        # Sockets in a folder of our own: TCP would be open to other users of the machine.
        sockets = Config({"KernelManager": {"transport": "ipc", "ip": f"{folder}/kernel"}})
        NotebookClient(notebook, timeout=TIMEOUT_SECONDS, kernel_name="python3", config=sockets).execute()
    return sum(cell.cell_type == "code" for cell in notebook.cells)


def main() -> None:
    """Run the notebooks named on the command line."""
    for name in sys.argv[1:]:
        begin = time.perf_counter()
        try:
            cells = run_notebook(Path(name))
        except CellExecutionError as error:
            sys.exit(f"{name}: {error}")
        print(f"{name}: {cells} cells ran in {time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()

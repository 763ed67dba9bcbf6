"""Execute a notebook in a kernel of its own, on private sockets.

Arguments: the notebook, where the executed one goes.
"""

import sys
from pathlib import Path

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

if __name__ == "__main__":
    notebook = nbformat.read(sys.argv[1], as_version=4)
    kernel = AsyncKernelManager(kernel_name="python3", transport="ipc")
    NotebookClient(notebook, km=kernel, timeout=300).execute()
    nbformat.write(notebook, Path(sys.argv[2]))

"""Runs notebooks in Jupyter, one after the other, and fails where a cell does.

    python tests/peers/run_notebooks.py [--kernel noisebook] [--out DIR] [--json] notebooks/*.ipynb

A panic is no error to Jupyter, and neither is what `?` returns early with: evcxr prints both to the error stream and
reports the cell as done. Nothing else in a notebook writes there, so whatever stands on it fails.
Each notebook runs in its own folder, for `:dep` names the library by its path from there, and in a kernel of its own.
It prints how long the kernel took to start, how long until the first cell that shows something had run, and how long
each cell took; `--out` gets the notebooks as they were then, also one that failed.

Needs nbclient and the kernel that `noisebook notebooks setup` installs. Tried with nbclient 0.11 and evcxr_jupyter 0.22.
"""

import argparse
import json
import re
import sys
import time
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

# The checkout whose notebooks these are.
HOME = Path(__file__).resolve().parents[2]
# "thread '<unnamed>' (4711) panicked at src/lib.rs:120:5:"
PANIC = re.compile(r"^thread '.*' (\(\d+\) )?panicked at ", re.MULTILINE)
# What the library displays instead of a value that could not be had.
NOTHING = "There is nothing to show: "
# What colors text in a terminal.
COLORS = re.compile("\x1b\\[[0-9;]*m")


def failure(cell):
    """What went wrong in a cell, in one line; None where nothing did."""
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if errors:
        lines = [errors[0].evalue, *errors[0].traceback, errors[0].ename]
        return next((line for line in (COLORS.sub("", line).strip() for line in lines) if line), "an error")
    shown = [output.data.get("text/plain", "") for output in cell.outputs if "data" in output]
    if nothing := [text for text in shown if text.startswith(NOTHING)]:
        return nothing[0]
    said = "".join(output.text for output in cell.outputs if output.get("name") == "stderr")
    if said.strip():
        panic = PANIC.search(said)
        told = said[panic.start() :] if panic else said.strip()
        return ("a panic: " if panic else "on the error stream: ") + " ".join(told.splitlines()[:2])
    return None


def run(path, kernel, timeout):
    """The notebook as it is after its run, and the report of the run. Whatever failed is in the report."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    report = {"notebook": path.name, "kernel_seconds": None, "first_result_seconds": None, "cells": [], "failure": None}
    client = NotebookClient(
        notebook,
        kernel_name=kernel,
        timeout=timeout,
        startup_timeout=600,
        # An output that came in spite of an error tells what was wrong.
        allow_errors=True,
        resources={"metadata": {"path": str(path.parent)}},
    )
    began = time.monotonic()
    cell_id = "the kernel"
    try:
        # Another checkout may have set the kernel up; the lessons and models are to be this one's.
        client.create_kernel_manager().kernel_spec.env["NOISEBOOK_HOME"] = str(HOME)
        with client.setup_kernel():
            report["kernel_seconds"] = round(time.monotonic() - began, 2)
            for index, cell in enumerate(notebook.cells):
                if cell.cell_type != "code":
                    continue
                cell_id = cell.get("id", str(index))
                cell_began = time.monotonic()
                client.execute_cell(cell, index)
                ended = time.monotonic()
                report["cells"].append({"id": cell_id, "seconds": round(ended - cell_began, 2)})
                if report["first_result_seconds"] is None and cell.outputs:
                    report["first_result_seconds"] = round(ended - began, 2)
                if said := failure(cell):
                    report["failure"] = f"{cell_id}: {said}"
                    break
    except NoSuchKernel:
        report["failure"] = f"there is no kernel {kernel}; `noisebook notebooks setup` installs noisebook"
    except (CellExecutionError, CellTimeoutError, DeadKernelError, RuntimeError) as error:
        report["failure"] = f"{cell_id}: {' '.join(str(error).split())}"
    report["seconds"] = round(time.monotonic() - began, 2)
    return notebook, report


def table(report):
    """The report for people."""
    cells = report["cells"]
    lines = [f"{report['notebook']}: {len(cells)} code cells in {report['seconds']:.1f} s"]
    for what, seconds in [("kernel ready", report["kernel_seconds"]), ("first result", report["first_result_seconds"])]:
        if seconds is not None:
            lines.append(f"  {seconds:8.2f} s  {what}")
    lines += [f"  {cell['seconds']:8.2f} s  {cell['id']}" for cell in cells]
    if report["failure"]:
        lines.append(f"  FAILED {report['failure']}")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--kernel", default="noisebook", help="the kernel that runs them")
    parser.add_argument("--out", type=Path, help="a folder for the notebooks as they are after the run")
    parser.add_argument("--timeout", type=int, default=600, help="seconds that one cell may take")
    parser.add_argument("--json", action="store_true", help="one line of JSON for each notebook")
    arguments = parser.parse_args()
    failures = []
    for path in arguments.notebooks:
        notebook, report = run(path.resolve(), arguments.kernel, arguments.timeout)
        if arguments.out:
            arguments.out.mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook, arguments.out / path.name)
        print(json.dumps(report) if arguments.json else table(report), flush=True)
        if report["failure"]:
            failures.append(f"{path.name}: {report['failure']}")
    if failures:
        sys.exit(f"{len(failures)} of {len(arguments.notebooks)} notebooks failed, first of all {failures[0]}")


if __name__ == "__main__":
    main()

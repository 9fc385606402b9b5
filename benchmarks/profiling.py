"""Where a server's time goes: py-spy samples it under load; functions by own time, then files."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from benchmarks.dataset import FOLDER
from benchmarks.load import Request, Series, load
from benchmarks.processes import Process

RATE = 200
TOP = 30


def profile(process: Process, operation: str, request: Request | Series, seconds: int = 10) -> str:
    """Sample a server for some seconds under one query."""
    program = shutil.which("py-spy", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        sys.exit("py-spy is not there; it is in the development requirements.")
    output = FOLDER / f"{process.name}-{operation}.stacks"
    command = [program, "record", "--pid", str(process.pid), "--duration", str(seconds), "--rate", str(RATE)]
    load(process, request, 1)
    spy = subprocess.Popen(
        [*command, "--format", "raw", "--function", "--native", "--output", str(output)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    load(process, request, seconds + 2)
    spy.wait(60)
    return f"{process.name}, {operation}\n{account(output.read_text())}"


def account(stacks: str) -> str:
    """Count own time by function and by file."""
    functions: Counter[str] = Counter()
    files: Counter[str] = Counter()
    for line in stacks.splitlines():
        frames, _, count = line.rpartition(" ")
        own = frames.rpartition(";")[2]
        functions[own] += int(count)
        files[own.rpartition("(")[2].rstrip(")").rpartition(":")[0] or own] += int(count)
    total = functions.total()

    def lines(of: Counter[str], most: int) -> list[str]:
        return [f"  {100 * count / total:5.1f} %  {name}" for name, count in of.most_common(most)]

    return "\n".join([*lines(functions, TOP), " by file:", *lines(files, TOP // 2)])

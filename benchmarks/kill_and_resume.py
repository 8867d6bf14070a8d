"""Kill a run with -9 at random moments, resume it, and compare every record file with an unbroken run's.

    python benchmarks/kill_and_resume.py configs/quickstart.yaml --times 10 --set documents.path=DIR

Every trial starts with an empty run folder and an empty translation cache and is killed once, somewhere in
the unbroken run's time. Prints a line a trial and ends with 1 when any record file differs.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def command(arguments: argparse.Namespace, folder: Path) -> list[str]:
    """The `align run` of one trial."""
    settings = [
        f"--set={one}"
        for one in (*arguments.set, f"run.output={folder / 'out'}", f"run.cache={folder / 'cache.sqlite'}")
    ]
    return [sys.executable, "-m", "align.cli", "run", arguments.config, *settings]


def records(folder: Path) -> dict[str, bytes]:
    """The record files of a run folder."""
    return {path.name: path.read_bytes() for path in sorted((folder / "out").glob("*.jsonl"))}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config")
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--set", action="append", default=[])
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        started = time.monotonic()
        subprocess.run(command(arguments, folder), check=True, **quiet)
        whole = time.monotonic() - started
        expected = records(folder)
        sys.stdout.write(
            f"unbroken: {whole:.1f} s, {sum(map(len, expected.values()))} bytes in {len(expected)} record files\n"
        )
        different = 0
        trial = 0
        while trial < arguments.times:
            shutil.rmtree(folder)
            folder.mkdir()
            moment = chance.uniform(0.02, 0.98) * whole
            process = subprocess.Popen(command(arguments, folder), start_new_session=True, **quiet)
            time.sleep(moment)
            if process.poll() is not None:  # the machine was faster this time; nothing was killed
                whole *= 0.9
                continue
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            trial += 1
            stood = sorted(path.name for path in (folder / "out").glob("*.jsonl"))
            started = time.monotonic()
            resumed = subprocess.run(command(arguments, folder), **quiet)
            took = time.monotonic() - started
            same = resumed.returncode == 0 and records(folder) == expected
            different += not same
            state = f"{len(stood)} record files stood"
            verdict = "identical" if same else "DIFFERENT"
            sys.stdout.write(f"trial {trial}: killed at {moment:.1f} s ({state}), resumed in {took:.1f} s: {verdict}\n")
            sys.stdout.flush()
        return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())

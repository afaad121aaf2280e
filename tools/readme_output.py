"""Keep the output blocks of the README real.

A block is a comment with the command and a stamp, and the text it printed::

    <!-- output of: scenario taiwan | 0.1.0 data 0123456789ab -->
    ```text
    ...
    ```

Without options every block is written anew from a real run. With --check nothing is written: quick commands are run
again and compared, the slow one (`scenario`) is compared by its stamp, which holds version and digests.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import supplychain_risk as scr

README = Path(__file__).resolve().parents[1] / "README.md"
BLOCK = re.compile(
    r"<!-- output of: (?P<command>[^|\n]+?)(?: \| (?P<stamp>[^\n]*?))? -->\n```text\n(?P<text>.*?)```", re.DOTALL
)
SLOW = "scenario "
WIDTH = "100"


def stamp_of(command: str) -> str:
    """Version and digests that the output of a command depends on."""
    stamp = f"{scr.__version__} data {scr.load_dataset().digest[:12]}"
    if not command.startswith(SLOW):
        return stamp
    return f"{stamp} scenario {scr.load_scenario(command.split()[1]).digest[:12]}"


def run_command(command: str) -> str:
    """Text that a command prints on standard output."""
    done = subprocess.run(
        [sys.executable, "-m", "supplychain_risk", *command.split()],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": WIDTH},
    )
    if done.returncode:
        sys.exit(f"`{command}` failed: {done.stderr.strip()}")
    return done.stdout


def write_block(match: re.Match[str]) -> str:
    """Block with the real output of its command."""
    command = match["command"]
    return f"<!-- output of: {command} | {stamp_of(command)} -->\n```text\n{run_command(command)}```"


def find_stale(text: str) -> list[str]:
    """Commands whose block is not what they print now."""
    blocks = list(BLOCK.finditer(text))
    return [
        block["command"]
        for block in blocks
        if not block["text"].strip()
        or block["stamp"] != stamp_of(block["command"])
        or (not block["command"].startswith(SLOW) and block["text"] != run_command(block["command"]))
    ]


def main() -> None:
    """Write the blocks, or check them."""
    text = README.read_text(encoding="utf-8")
    if sys.argv[1:] != ["--check"]:
        README.write_text(BLOCK.sub(write_block, text), encoding="utf-8")
        return
    if stale := find_stale(text):
        sys.exit(f"README.md: output of {', '.join(f'`{command}`' for command in stale)} is old; run `make readme`")
    print("README.md: outputs are current")


if __name__ == "__main__":
    main()

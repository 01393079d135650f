"""How long a person waits before the program says anything: `python benchmarks/startup.py`.

Each line is the least of several runs in fresh processes, beside the interpreter's own start. `--json` for programs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

JINKU = str(Path(sys.executable).with_name("jinku"))
CASES = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import jinku": [sys.executable, "-c", "import jinku"],
    "jinku --help": [JINKU, "--help"],
    "jinku vault --help": [JINKU, "vault", "--help"],
    "jinku accounts create --help": [JINKU, "accounts", "create", "--help"],
    "jinku version": [JINKU, "version"],
}
LIMITS_MS = {"import jinku": 100, "jinku --help": 150}


def least_ms(command: list[str], runs: int) -> float:
    best = float("inf")
    for _ in range(runs):
        begin = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        best = min(best, time.perf_counter() - begin)
    return best * 1000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = {name: round(least_ms(command, arguments.runs), 1) for name, command in CASES.items()}
    if arguments.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            limit = f"  (limit {LIMITS_MS[name]})" if name in LIMITS_MS else ""
            print(f"{name:<30} {value:>7.1f} ms{limit}")
    return int(any(found[name] > limit for name, limit in LIMITS_MS.items()))


if __name__ == "__main__":
    sys.exit(main())

"""Measure bulk jobs end to end on the real signer: derived, stored, fsynced, read back, proven, sampled, indexed.

Run: ``.venv/bin/python benchmarks/bulk_accounts.py`` (1,000,000 EVM accounts, then 1,000,000 with seven addresses each:
a minute, 1 GB of disk; ``--quick`` makes 50,000 of each, ``--count N`` sets both). Each job runs in a process and on a
home of its own in ``--folder`` (the temporary folder by default), so that its peak memory is its own. The wall clock
starts before the job is created and stops when it says done; afterwards, outside the clock, one address is found and
its receipt checked. The goals are for a million accounts on two cores; a smaller run is not held to them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from machine import taken, verdict

from jinku.accounts import Accounts, JobRequest, Progress, verify_receipt
from jinku.accounts.adapters.account_rows import SqlAccountRows
from jinku.core import IdSource, SystemClock
from jinku.custody import Custody, NewVault, Tier
from jinku.custody.adapters.launcher import Launcher
from jinku.custody.adapters.token_folder import TokenFolder
from jinku.custody.adapters.vault_rows import SqlVaultRows
from jinku.custody.ports import Form, SecretFd
from jinku.keys import forms_of
from jinku.store import Database

FAMILIES = {"evm": "evm", "seven": "all"}
MILLION = 1_000_000
GOALS = {"evm": (10, 1000), "seven": (90, None)}  # seconds, MB of both processes


@contextmanager
def passphrase() -> Iterator[SecretFd]:
    """A passphrase behind a pipe."""
    reader, writer = os.pipe()
    os.write(writer, b"benchmark passphrase")
    os.close(writer)
    try:
        yield SecretFd(reader)
    finally:
        os.close(reader)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mib(pid: int) -> int:
    """Peak resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0


def measure(what: str, count: int, folder: Path) -> dict[str, Any]:
    """One job on a fresh home; its figures."""
    home, runtime, clock = folder / "home", folder / "run", SystemClock()
    home.mkdir(mode=0o700)
    launcher, deployment = Launcher(home, runtime), IdSource().new()
    forms = tuple(Form(form.chain, form.family, form.kind, form.path) for form in forms_of(FAMILIES[what]))
    try:
        with closing(launcher.connect()) as signer, Database.create(home / "jinku.db", clock) as database:
            with passphrase() as secret:
                identity = bytes.fromhex(signer.init_system(str(deployment), secret).identity_public)
            custody = Custody(database, SqlVaultRows(), signer, TokenFolder(runtime / "tokens"), clock)
            with passphrase() as secret:
                custody.create(NewVault("bench", Tier.HOT, forms), secret)
            with passphrase() as secret:
                custody.unlock("bench", secret)
            accounts = Accounts(database, SqlAccountRows(), custody, signer, clock, deployment, identity)
            figures = timed(accounts, JobRequest("bench", count, key="bench"), signer.peer_pid)
            address = next(iter(accounts.list("bench"))).address
            assert accounts.find(address).index == 0
            verify_receipt(accounts.prove(address), identity)
            database.purge_log()
            figures["database_mib"] = (home / "jinku.db").stat().st_size >> 20
    finally:
        launcher.stop()
    return {**figures, "what": what, "accounts": count, "addresses": count * len(forms)}


def timed(accounts: Accounts, request: JobRequest, signer_pid: int) -> dict[str, Any]:
    """Wall clock, phases, processor time and peak memory of one job."""
    ends: dict[str, float] = {}
    begun, own, signers = time.perf_counter(), time.process_time(), cpu_seconds(signer_pid)

    def note(step: Progress) -> None:
        ends[step.phase] = time.perf_counter() - begun

    accounts.create(request)
    job = accounts.run(request.key, note)
    wall = time.perf_counter() - begun
    assert (job.state.value, job.done) == ("done", request.count)
    return {
        "wall": wall,
        "create": ends["create"],
        "verify": ends["verify"] - ends["create"],
        "index": ends["index"] - ends["verify"],
        "cpu": time.process_time() - own,
        "signer_cpu": cpu_seconds(signer_pid) - signers,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "signer_peak_mib": peak_mib(signer_pid),
    }


def in_own_process(what: str, count: int, folder: Path) -> dict[str, Any]:
    """``measure`` in a fresh interpreter."""
    place = Path(tempfile.mkdtemp(prefix="jinku-bench-", dir=folder))
    try:
        command = [sys.executable, __file__, "--one", what, "--count", str(count), "--folder", str(place)]
        ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        return dict(json.loads(ran.stdout.splitlines()[-1]))
    finally:
        shutil.rmtree(place)


def goal(figures: dict[str, Any]) -> str:
    """What was asked of a million, and whether it holds."""
    if figures["accounts"] != MILLION:
        return ""
    seconds, megabytes = GOALS[figures["what"]]
    used = (figures["peak_mib"] + figures["signer_peak_mib"]) * 1.048576
    held = figures["wall"] <= seconds and (megabytes is None or used < megabytes)
    return verdict(f"≤ {seconds} s{', < 1 GB' if megabytes else ''}", held)


def table(jobs: list[dict[str, Any]]) -> str:
    """A column a job."""
    phases = [" + ".join(f"{job[phase]:.1f}" for phase in ("create", "verify", "index")) for job in jobs]
    rows = {
        "accounts x addresses": [f"{job['accounts']:,} x {job['addresses'] // job['accounts']}" for job in jobs],
        "**wall clock**": [f"**{job['wall']:.1f} s**" for job in jobs],
        "goal": [goal(job) for job in jobs],
        "create + verify + index": [f"{phase} s" for phase in phases],
        "accounts a second": [f"{job['accounts'] / job['wall']:,.0f}" for job in jobs],
        "addresses a second": [f"{job['addresses'] / job['wall']:,.0f}" for job in jobs],
        "processor time, job + signer": [f"{job['cpu']:.1f} + {job['signer_cpu']:.1f} s" for job in jobs],
        "peak memory, job + signer": [f"{job['peak_mib']} + {job['signer_peak_mib']} MiB" for job in jobs],
        "database": [f"{job['database_mib']} MiB" for job in jobs],
    }
    lines = [f"| {' | '.join([name, *cells])} |" for name, cells in rows.items()]
    lines.insert(1, f"|---|{'--:|' * len(jobs)}")
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=MILLION)
    parser.add_argument("--quick", action="store_true", help="50,000 accounts of each")
    parser.add_argument("--only", choices=sorted(FAMILIES))
    parser.add_argument("--one", choices=sorted(FAMILIES), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.one, arguments.count, arguments.folder)))
        return
    count = 50_000 if arguments.quick else arguments.count
    print(f"{taken()}\n")
    wanted = [what for what in FAMILIES if arguments.only in (None, what)]
    print(table([in_own_process(what, count, arguments.folder) for what in wanted]), flush=True)


if __name__ == "__main__":
    main()

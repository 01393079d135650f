"""Whatever is done in whatever order: the fold over the entries says of vaults and jobs what their tables say."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from home_double import EVM, PASSPHRASE, Home, open_home
from shapes import secret
from sqlalchemy import select

from jinku.accounts import JobRequest, Mode
from jinku.accounts.adapters import tables as accounts_tables
from jinku.core import Id, JinkuError, ManualClock
from jinku.custody.adapters.tables import vault as vault_table
from jinku.journal.folding import Fold

RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
OPEN = ("pending", "running", "verifying", "failed")


def folded(home: Home, count: int | None = None) -> Fold:
    fold = Fold()
    with home.database.read() as unit:
        for index, entry in enumerate(unit.entries()):
            if count is None or index < count:
                fold.take(index, entry.content)
    return fold


def vault_rows(home: Home) -> dict[str, tuple[object, ...]]:
    with home.database.read() as unit:
        rows = unit.connection.execute(select(vault_table).where(vault_table.c.state != "creating")).all()
        named = ("state", "tier", "custody", "fingerprint", "key_version", "secret_kind", "next_index")
        return {
            str(Id(row.uuid)): (
                *(getattr(row, name) for name in named),
                bool(row.exportable),
                bool(row.hardened_accounts),
            )
            for row in rows
        }


def folded_vaults(fold: Fold) -> dict[str, tuple[object, ...]]:
    named = ("state", "tier", "custody", "fingerprint", "key_version", "secret_kind", "next_index")
    more = ("exportable", "hardened_accounts")
    return {name: tuple(one[field] for field in (*named, *more)) for name, one in fold.vaults.items()}


def job_rows(home: Home) -> dict[str, tuple[object, ...]]:
    with home.database.read() as unit:
        found: dict[str, tuple[object, ...]] = {}
        for row in unit.connection.execute(select(accounts_tables.job)).all():
            count = row._mapping["count"]
            state = "open" if row.state in OPEN else row.state
            plain = (row.start, count, row.chunk, row.mode, row.verify, row.words, row.language, bool(row.claim_codes))
            batch = accounts_tables.batch
            query = select(batch.c.start, batch.c["count"], batch.c.root).where(batch.c.job_id == row.id)
            batches = [(b[0], b[1], b[2].hex()) for b in unit.connection.execute(query.order_by(batch.c.start))]
            found[str(Id(row.uuid))] = (state, row.done, str(Id(row.vault)), str(row.created_at_ms), plain, batches)
        return found


def folded_jobs(fold: Fold) -> dict[str, tuple[object, ...]]:
    named = ("start", "count", "chunk", "mode", "verify", "words", "language", "claim_codes")
    return {
        name: (
            one["state"],
            one["done"],
            one["vault"],
            one["created_ts"],
            tuple(one[field] for field in named),
            [(start, batch["count"], batch["root"]) for start, batch in sorted(one["batches"].items())],
        )
        for name, one in fold.jobs.items()
    }


def step(home: Home, dice: random.Random, vaults: list[str]) -> None:
    """One thing that a person may do; what is refused changes nothing."""
    jobs = [str(job.job) for job in home.accounts.jobs()]
    name, job = dice.choice(vaults), dice.choice(jobs) if jobs else ""
    kinds = ["create", "create", "self", "run", "run", "pause", "resume", "cancel", "lock", "unlock", "rekey", "vault"]
    kind = dice.choice(kinds)
    if kind == "vault" and len(vaults) < 4:
        vaults.append(f"v{len(vaults)}")
        home.vault(vaults[-1], forms=(EVM,))
    elif kind == "create":
        home.accounts.create(JobRequest(name, dice.randint(1, 7), (EVM,), chunk=dice.choice((0, 2, 3)), owner="acme"))
    elif kind == "self":
        asked = JobRequest(name, 2, (EVM,), mode=Mode.SELF, recipients=(RECIPIENT, RECIPIENT), chunk=1)
        home.accounts.create(asked)
    elif kind == "lock":
        home.custody.lock(name)
    elif kind == "unlock":
        home.unlock(name)
    elif kind == "rekey":
        with secret(PASSPHRASE) as given:
            home.custody.rekey(name, given)
    elif job:
        {
            "run": home.accounts.run,
            "pause": home.accounts.pause,
            "resume": home.accounts.resume,
            "cancel": home.accounts.cancel,
        }.get(kind, home.accounts.job)(job)


@pytest.mark.parametrize("seed", range(int(os.environ.get("JINKU_FOLD_SEEDS", "3"))))
def test_the_fold_is_what_the_tables_say(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    home = open_home(tmp_path, clock=ManualClock(1_700_000_000_000))
    home.vault("v0", forms=(EVM,))
    vaults, refused, sizes = ["v0"], 0, []
    for _ in range(30):
        try:
            step(home, dice, vaults)
        except JinkuError:
            refused += 1
        fold = folded(home)
        sizes.append((fold.size, folded_vaults(fold), folded_jobs(fold)))
        assert folded_vaults(fold) == vault_rows(home)
        assert folded_jobs(fold) == job_rows(home)
    assert len(home.accounts.jobs()) > 1
    assert refused < 30
    for size, of_vaults, of_jobs in sizes[::7]:  # and as it stood then, from what was written until then
        earlier = folded(home, size)
        assert (folded_vaults(earlier), folded_jobs(earlier)) == (of_vaults, of_jobs)


def test_a_row_that_was_changed_is_no_longer_what_the_fold_says(tmp_path: Path) -> None:
    home = open_home(tmp_path, clock=ManualClock(1_700_000_000_000))
    home.vault("v0", forms=(EVM,))
    home.accounts.run(str(home.accounts.create(JobRequest("v0", 3, (EVM,))).job))
    with home.database.unit() as unit:
        unit.connection.exec_driver_sql("UPDATE job SET done = 2")
        unit.connection.exec_driver_sql("UPDATE vault SET next_index = 9")
    fold = folded(home)
    assert folded_jobs(fold) != job_rows(home)
    assert folded_vaults(fold) != vault_rows(home)

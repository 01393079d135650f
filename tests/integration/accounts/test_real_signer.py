"""Accounts on the real signer: what only it can show."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest
from bip_utils import Bip39SeedGenerator, Bip44, Bip44Coins
from home_double import EVM, SEVEN
from real_home import RealHome, open_rooms, real_home, unlock_system
from shapes import read_all, secret

from jinku.accounts import (
    AddressIntegrityError,
    ClaimNotFoundError,
    Evidence,
    JobRequest,
    JobState,
    Mode,
    Pace,
    Progress,
    VerifyMode,
    verify_receipt,
)
from jinku.core import JinkuError
from jinku.custody import NewVault, Tier
from jinku.custody.ports import ImportKind

PASSPHRASE = "vault passphrase"
WORDS = (
    "online ramp onion faculty trap clerk near rabbit busy gravity prize employ exit horse found slogan effort dash "
    "siren buzz sport pig coconut element"
)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[RealHome]:
    with real_home(tmp_path) as home:
        with secret(PASSPHRASE) as given:
            home.custody.create(NewVault("ops", Tier.HOT, SEVEN), given)
        unlock(home)
        yield home


def unlock(home: RealHome, name: str = "ops") -> None:
    with secret(PASSPHRASE) as given:
        home.custody.unlock(name, given)


def claim(home: RealHome, code: str) -> str:
    reader, writer = os.pipe()
    try:
        with secret(code) as given:
            home.accounts.claim(given, writer)
        os.close(writer)
        writer = -1
        return read_all(reader).decode().strip()
    finally:
        os.close(reader)
        if writer >= 0:
            os.close(writer)


def evm_address(words: str) -> str:
    """By bip_utils, which shares no code with us."""
    seed = Bip39SeedGenerator(words).Generate()
    wallet = Bip44.FromSeed(seed, Bip44Coins.ETHEREUM).DeriveDefaultPath()
    return str(wallet.PublicKey().ToAddress())


def test_twenty_thousand_addresses_stand_and_prove_themselves(home: RealHome) -> None:
    home.accounts.create(JobRequest("ops", 3_000, chunk=1_000, key="k", verify=VerifyMode.ALL))
    assert home.accounts.run("k").state is JobState.DONE
    rows = list(home.accounts.list("ops"))
    assert len({row.address for row in rows}) == 21_000
    verify_receipt(home.accounts.prove(rows[12_345].address), home.identity)
    assert home.accounts.find(rows[700].address.lower()) == rows[700]
    assert home.accounts.find(rows[701].address.upper()) == rows[701]
    victim = rows[7_000]
    with home.database.unit() as unit:
        unit.connection.exec_driver_sql("UPDATE address SET address = 'x' WHERE address = ?", (victim.address,))
    with pytest.raises(AddressIntegrityError) as caught:
        home.accounts.find(victim.address)
    assert (caught.value.fields["account"], caught.value.fields["expected"]) == (victim.account, victim.address)


def test_an_imported_mnemonic_gives_what_another_library_gives(home: RealHome) -> None:
    with secret(WORDS) as material, secret(PASSPHRASE) as given:
        home.custody.import_vault(NewVault("old", Tier.WARM, (EVM,)), ImportKind.MNEMONIC, material, given)
    unlock(home, "old")
    home.accounts.create(JobRequest("old", 3, key="k"))
    home.accounts.run("k")
    assert next(iter(home.accounts.list("old"))).address == evm_address(WORDS)


def test_self_mode_by_age_gives_each_user_the_words_of_the_address(home: RealHome, tmp_path: Path) -> None:
    keys = [pyrage.x25519.Identity.generate() for _ in range(5)]
    recipients = tuple(str(key.to_public()) for key in keys)
    request = JobRequest("ops", 5, forms=(EVM,), mode=Mode.SELF, recipients=recipients, key="k", chunk=2)
    home.accounts.create(request)
    home.accounts.run("k")
    home.accounts.export_blobs("k", tmp_path / "out")
    for row, key in zip(home.accounts.list("ops"), keys, strict=True):
        words = pyrage.decrypt((tmp_path / "out" / f"{row.account}.age").read_bytes(), [key]).decode().strip()
        assert len(words.split()) == 24
        assert evm_address(words) == row.address
    assert home.accounts.verify("ops").accounts == 5


def test_self_mode_by_code_is_claimed_once(home: RealHome) -> None:
    home.accounts.create(JobRequest("ops", 4, forms=(EVM,), mode=Mode.SELF, key="k", chunk=3))
    with tempfile.TemporaryFile() as codes:
        home.accounts.run("k", codes_fd=codes.fileno())
        codes.seek(0)
        lines = [line.split() for line in codes.read().decode().splitlines()]
    assert len(lines) == 4
    by_account = {row.account: row for row in home.accounts.list("ops")}
    for line in lines:
        account = next(word for word in line if word in by_account)
        code = next(word for word in reversed(line) if word not in by_account)
        assert evm_address(claim(home, code)) == by_account[account].address
        with pytest.raises(ClaimNotFoundError):
            claim(home, code)
    with pytest.raises(JinkuError):
        claim(home, "wrong")


def test_evidence_is_sealed_to_the_auditor(home: RealHome) -> None:
    with secret("auditor") as given:
        home.signer.create_evidence_key(given)
    text = json.dumps({"operator": "Mallory Example"})
    home.accounts.create(JobRequest("ops", 20, chunk=10, key="k", evidence=Evidence(common=text)))
    home.accounts.run("k")
    with home.database.read() as unit:
        job = home.accounts.job("k")
        rows = home.accounts._works.rows.evidence(unit, job, 0, 20)
        entries = [json.loads(entry.content) for entry in unit.entries(kind="accounts.batch")]
    assert [entry["evidence"] for entry in entries] == [row.commitment.hex() for row in rows]
    home.database.purge_log()
    assert b"Mallory" not in (home.path / "jinku.db").read_bytes()


def test_a_signer_killed_in_the_middle_loses_nothing(home: RealHome) -> None:
    """The job fails with advice, and goes on after the signer was started and unlocked again."""
    pid = home.signer.peer_pid

    def kill(step: Progress) -> None:
        if step.phase == "create" and step.done == 300:
            os.kill(pid, signal.SIGKILL)

    home.accounts.create(JobRequest("ops", 2_000, chunk=100, key="k"))
    with pytest.raises(JinkuError):
        home.accounts.run("k", kill, Pace(attempts=2, backoff_seconds=0.01))
    failed = home.accounts.job("k")
    assert failed.state is JobState.FAILED
    assert 300 <= failed.done < 2_000
    home.launcher.connect().close()
    unlock_system(home)
    unlock(home)
    assert home.accounts.run("k").done == 2_000
    assert home.accounts.verify("ops").accounts == 2_000


def test_a_job_killed_in_the_middle_is_resumed_on_the_living_signer(home: RealHome) -> None:
    def die_at_a_thousand(step: Progress) -> None:
        if step.done >= 1_000:
            os.kill(os.getpid(), signal.SIGKILL)

    home.accounts.create(JobRequest("ops", 3_000, chunk=200, key="k"))
    home.database.close()
    child = os.fork()
    if child == 0:
        try:
            own = open_rooms(home.path, home.runtime, home.deployment, home.identity)  # no socket is shared
            own.accounts.run("k", die_at_a_thousand)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert home.accounts.job("k").done == 1_000
    begun = time.monotonic()
    assert home.accounts.run("k").done == 3_000
    assert time.monotonic() - begun < 30, "the dead process's leases were waited for"
    report = home.accounts.verify("ops", rederive=True)
    assert (report.accounts, report.rederived) == (3_000, 3_000)

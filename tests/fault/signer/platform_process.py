"""A platform process for the memory tests: it uses a vault's every verb and is handed secrets as descriptors only.

Usage: platform_process.py HOME RUNTIME MARKER TTL_SECONDS FD…
It prints a line when a stage is reached, then waits for one.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from jinku.core import IdSource, SystemClock
from jinku.custody.adapters.launcher import Launcher
from jinku.custody.ports import Delivery, DeriveRequest, Form, ImportKind, SecretFd, VaultSpec, Verb

EVM = Form("eip155:1", "evm", "eoa", "m/44'/60'/0'/0/{i}")
FORMS = (
    EVM,
    Form("bip122:000000000019d6689c085ae165831e93", "bitcoin", "p2tr", "m/86'/0'/0'/0/{i}"),
    Form("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", "solana", "wallet", "m/44'/501'/{i}'/0'"),
    Form("neo:860833102", "neo", "single-sig", "m/44'/888'/0'/0/{i}"),
)
HARDENED = Form("eip155:1", "evm", "eoa", "m/44'/60'/{i}'/0/0")


def main() -> None:
    """Run the stages."""
    home, runtime, marker, ttl = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    secrets = iter([SecretFd(int(fd)) for fd in sys.argv[5:]])
    ids = IdSource(SystemClock())
    signer = Launcher(home, runtime).connect()
    signer.init_system(str(ids.new()), next(secrets))
    vaults = [str(ids.new()), str(ids.new())]
    specs = (
        VaultSpec(vaults[0], marker, "hot", FORMS),
        VaultSpec(vaults[1], "second", "hot", (HARDENED,), hardened_accounts=True),
    )
    for spec in specs:
        signer.import_vault(spec, ImportKind.MNEMONIC, next(secrets), next(secrets))
    tree, accounts = (signer.unlock_vault(vault, next(secrets), tuple(Verb), ttl) for vault in vaults)
    unlocked = time.monotonic()

    def request(vault: str, count: int) -> DeriveRequest:
        return DeriveRequest(vault, str(ids.new()), 1_700_000_000_000, 0, count)

    signer.derive(tree, request(vaults[0], 3000))
    signer.recheck(tree, vaults[0], list(range(40)))
    for format_ in ("mnemonic", "qr", "qr-svg"):
        _discarded(partial(signer.export, tree, vaults[0], None, format_))
    _discarded(lambda out: signer.export(accounts, vaults[1], 0, "keystore", out, next(secrets)))
    _discarded(lambda out: signer.export(accounts, vaults[1], 0, "qr", out))
    _discarded(
        lambda out: signer.make_wallets(accounts, request(vaults[1], 5), FORMS, 24, "english", Delivery(codes_fd=out))
    )
    _stage(signer.peer_pid)
    if ttl > 60:
        for vault in vaults:
            signer.lock(vault)
    else:
        time.sleep(max(0.0, unlocked + ttl + 2 - time.monotonic()))
        assert signer.hello().unlocked_vaults == ()
    _stage(signer.peer_pid)
    signer.close()


def _discarded(write: Callable[[int], object]) -> None:
    """Lets the signer write to /dev/null, so that what leaves does not come here."""
    out = os.open(os.devnull, os.O_WRONLY)
    write(out)
    os.close(out)


def _stage(signer_pid: int) -> None:
    print(json.dumps({"signer": signer_pid, "me": os.getpid()}), flush=True)
    sys.stdin.readline()


main()

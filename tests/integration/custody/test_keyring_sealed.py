"""The sealed keyring, behind the real signer binary, passes the conformance suite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from keyring_conformance import Bench, KeyringConformance
from real_home import real_home, unlock_system


class TestSealed(KeyringConformance):
    """The whole suite on jinku-signer."""

    @pytest.fixture
    def b(self, tmp_path: Path) -> Iterator[Bench]:
        with real_home(tmp_path) as home:
            yield Bench(home.database, home.signer, home.custody, home.accounts, tmp_path)

    def test_a_restarted_signer_knows_its_vaults_and_holds_no_key(self, tmp_path: Path) -> None:
        with real_home(tmp_path) as home:
            b = Bench(home.database, home.signer, home.custody, home.accounts, tmp_path)
            vault = b.create()
            b.unlock()
            home.launcher.stop()
            home.launcher.connect().close()
            (description,) = home.signer.list_vaults()
            assert (description.vault, description.state) == (str(vault.vault), "locked")
            assert home.custody.reconcile().clean
            unlock_system(home)
            b.unlock()
            assert home.custody.describe("ops").signer.fingerprint == vault.fingerprint

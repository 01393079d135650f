"""After a full life of vaults and accounts no file of the home holds a secret in any usual encoding."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from cli_home import VAULT_SECRET, WORDS, CliHome

from jinku.ops.scan import Needle, Scanner
from jinku.ops.settings import Settings
from known_secrets import from_words, passphrases


def needles() -> list[Needle]:
    return from_words(WORDS, indices=(0, 1, 299)) + passphrases()


def live(home: CliHome, tmp_path: Path) -> None:
    """A home in which everything was done once."""
    home.vault("main")
    home.accounts(300, "--out", str(tmp_path / "a.parquet"), "--verify", "all")
    home.run("vault", "rekey", "main", secrets={"--passphrase-fd": VAULT_SECRET})
    fingerprint = str(home.run("vault", "describe", "main", "--json").document["fingerprint"])
    export = ("vault", "export", "main", "--confirm", fingerprint, "--yes")
    assert home.run(*export, secrets={"--passphrase-fd": VAULT_SECRET}).out.strip() == WORDS
    home.run("vault", "unlock", "main", secrets={"--passphrase-fd": b"wrong passphrase given here"}, expect=3)
    home.run(
        "vault",
        "import",
        "bad",
        secrets={"--mnemonic-file": WORDS[:-3].encode(), "--passphrase-fd": VAULT_SECRET},
        expect=2,
    )


def test_no_file_of_the_home_holds_a_secret(own: CliHome, tmp_path: Path) -> None:
    scanner = Scanner(needles())
    assert scanner.prove(tmp_path) == ()
    live(own, tmp_path)
    roots = [own.home, Settings.of(own.home, own.environment).runtime, tmp_path]
    report = scanner.scan(roots)
    assert report.findings == ()
    assert report.files >= 6
    assert {"jinku.db", "system.vault"} <= {path.name for root in roots for path in root.rglob("*")}
    own.run("vault", "lock")
    own.run("signer", "stop")
    assert scanner.scan(roots).findings == ()


def test_a_secret_in_a_free_page_or_the_log_would_be_found(own: CliHome, tmp_path: Path) -> None:
    seed = needles()[2]
    path = own.home / "jinku.db"
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE leak (blob BLOB)")
        base.execute("INSERT INTO leak VALUES (?)", (seed.data,))
        base.commit()
        assert Scanner([seed]).scan([own.home]).findings  # in the write-ahead log
        base.execute("PRAGMA secure_delete=OFF")
        base.execute("DROP TABLE leak")
        base.commit()
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    base.close()
    (finding,) = {f.path.name for f in Scanner([seed]).scan([own.home]).findings}
    assert finding == "jinku.db"

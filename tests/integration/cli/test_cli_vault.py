"""`vault`: every verb on the real signer, each with its refusal."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from bip_utils import Bip39SeedGenerator, Bip44, Bip44Coins
from cli_home import JINKU, VAULT_SECRET, WORDS, CliHome, Ran, pipe_of

SECRET = {"--passphrase-fd": VAULT_SECRET}
XPUB = "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8"


def test_create_describe_list(home: CliHome) -> None:
    made = home.run("vault", "create", "one", "--tier", "cold", "--json", secrets=SECRET).document
    assert (made["name"], made["tier"], made["state"], made["secret_kind"]) == ("one", "cold", "locked", "bip39")
    assert [form["kind"] for form in made["forms"]].count("p2tr") == 1
    assert len(made["forms"]) == 7
    assert home.run("vault", "describe", "one", "--json").document == made
    assert made in home.run("vault", "list", "--json").lines
    assert home.run("vault", "describe", "none", "--json", expect=4).error["code"] == "vault.not_found"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["bad/name", "--tier", "hot"], "vault.bad"),
        (["x", "--tier", "lukewarm"], "usage.invalid"),
        (["x"], "usage.invalid"),
        (["x", "--tier", "hot", "--custody", "kms"], "usage.invalid"),
        (["x", "--tier", "hot", "--chains", "evm,etherium"], "parse.invalid"),
        (["x", "--tier", "hot", "--words", "13"], "usage.invalid"),
        (["x", "--tier", "hot", "--passphrase", "hunter2"], "usage.invalid"),
    ],
)
def test_a_vault_that_makes_no_sense_is_refused(home: CliHome, words: list[str], code: str) -> None:
    refused = home.run("vault", "create", *words, "--json", secrets=SECRET, expect=2)
    assert refused.error["code"] == code or refused.error["code"].startswith("keys."), refused.error
    assert "x" not in {vault["name"] for vault in home.run("vault", "list", "--json").lines}


def test_a_name_is_given_once(home: CliHome) -> None:
    home.run("vault", "create", "twice", "--tier", "hot", secrets=SECRET)
    assert home.run("vault", "create", "twice", "--tier", "hot", "--json", secrets=SECRET, expect=2).error["code"] == (
        "vault.name_taken"
    )


def test_unlock_lock_and_a_wrong_passphrase(home: CliHome) -> None:
    home.run("vault", "create", "door", "--tier", "hot", secrets=SECRET)
    wrong = home.run("vault", "unlock", "door", "--json", secrets={"--passphrase-fd": b"open sesame"}, expect=3)
    assert wrong.error["code"] == "envelope.wrong_secret"
    assert "sesame" not in wrong.err
    opened = home.run("vault", "unlock", "door", "--for", "10m", "--json", secrets=SECRET).document
    assert opened["state"] == "unlocked"
    assert opened["expires_at_ms"] > 0
    home.run("vault", "lock", "door")
    assert home.run("vault", "describe", "door", "--json").document["state"] == "locked"
    assert home.run("vault", "unlock", "door", "--for", "9 weeks", secrets=SECRET, expect=2).code == 2


def test_lock_without_a_name_locks_all(own: CliHome) -> None:
    for name in ("a", "b"):
        own.vault(name) if name == "a" else own.run("vault", "create", name, "--tier", "hot", secrets=SECRET)
    own.unlock("b")
    own.run("vault", "lock")
    assert {vault["state"] for vault in own.run("vault", "list", "--json").lines} == {"locked"}
    refused = own.run("accounts", "create", "--vault", "a", "--count", "1", "--json", expect=3)
    assert refused.error["code"] in {"vault.locked", "signer.system_locked"}


def test_passphrase_changes_what_opens(home: CliHome) -> None:
    home.run("vault", "create", "change", "--tier", "hot", secrets=SECRET)
    new = b"quite another passphrase"
    ran = home.run("vault", "passphrase", "change", "--json", secrets=SECRET | {"--new-passphrase-fd": new})
    assert "old passphrase" in ran.err
    assert home.run("vault", "unlock", "change", secrets=SECRET, expect=3).code == 3
    home.run("vault", "unlock", "change", secrets={"--passphrase-fd": new})
    wrong = home.run("vault", "passphrase", "change", secrets=SECRET | {"--new-passphrase-fd": b"never"}, expect=3)
    assert wrong.out == ""


def test_rekey_counts_up(home: CliHome) -> None:
    made = home.run("vault", "create", "rekeyed", "--tier", "hot", "--json", secrets=SECRET).document
    after = home.run("vault", "rekey", "rekeyed", "--json", secrets=SECRET).document
    assert after["key_version"] == made["key_version"] + 1
    assert after["fingerprint"] == made["fingerprint"]
    assert home.run("vault", "rekey", "rekeyed", secrets={"--passphrase-fd": b"wrong"}, expect=3).code == 3
    home.unlock("rekeyed")


def test_a_vault_by_key_file(home: CliHome) -> None:
    path = home.folder / "vault.key"
    home.run("vault", "create", "keyed", "--tier", "hot", "--new-key-file", str(path))
    assert home.run("vault", "unlock", "keyed", secrets=SECRET, expect=3).code == 3
    home.run("vault", "unlock", "keyed", "--key-file", str(path))


def test_import_of_words_gives_the_addresses_of_every_wallet(home: CliHome) -> None:
    home.vault("imported")
    home.accounts(1, vault="imported")
    listed = home.run("accounts", "list", "--vault", "imported", "--json").lines
    found = {(row["family"], row["kind"]): row["address"] for row in listed}
    assert found[("evm", "eoa")] == "0x8535fA84EC08f8B052692808f53Fa919D7887749"  # as bip_utils derives it
    assert found[("neo", "single-sig")] == "NWp9GjyMTpp7GuKhzbvFykV83qL9A9DwqW"


def imported(home: CliHome, name: str, words: str, expect: int) -> dict[str, object]:
    given = SECRET | {"--mnemonic-file": words.encode()}
    return home.run("vault", "import", name, "--json", secrets=given, expect=expect).error


def test_a_bad_mnemonic_says_what_is_wrong(home: CliHome) -> None:
    unknown = imported(home, "bad", WORDS.replace("ramp", "rampp"), expect=2)
    assert "ramp" in str(unknown["message"])
    assert "2" in str(unknown["message"])
    assert WORDS not in str(unknown)
    checksum = imported(home, "bad", WORDS.replace("element", "elephant"), expect=2)
    assert "checksum" in str(checksum["message"])
    short = imported(home, "bad", "online ramp onion", expect=2)
    assert "3" in str(short["message"])
    assert "bad" not in {vault["name"] for vault in home.run("vault", "list", "--json").lines}


def test_an_import_takes_one_source(home: CliHome, tmp_path: Path) -> None:
    (tmp_path / "w").write_text(WORDS)
    none = home.run("vault", "import", "x", "--json", secrets=SECRET, expect=2)
    two = home.run("vault", "import", "x", "--xpub", XPUB, "--mnemonic-file", str(tmp_path / "w"), "--json", expect=2)
    assert (none.error["found"], two.error["found"]) == ("none", "mnemonic, xpub")
    gone = home.run("vault", "import", "x", "--mnemonic-file", str(tmp_path / "z"), "--json", secrets=SECRET, expect=2)
    assert "No such file" in gone.error["found"]


def account_xpub() -> str:
    """The extended public key of m/44'/60'/0' of the known words, by an independent library."""
    seed = Bip39SeedGenerator(WORDS).Generate()
    return str(Bip44.FromSeed(seed, Bip44Coins.ETHEREUM).Purpose().Coin().Account(0).PublicKey().ToExtended())


@pytest.mark.parametrize("way", ["file", "descriptor", "stdin", "argument"])
def test_a_watch_only_vault_by_every_way_of_giving_its_key(home: CliHome, tmp_path: Path, way: str) -> None:
    xpub, name = account_xpub(), f"watched by {way}"
    given, words = dict(SECRET), ["vault", "import", name, "--chains", "evm", "--json"]
    (tmp_path / "x").write_text(xpub + "\n")
    if way == "stdin":
        fd = pipe_of(VAULT_SECRET)
        with (tmp_path / "x").open() as source:
            done = subprocess.run(
                [JINKU, *words, "--xpub-file", "-", "--passphrase-fd", str(fd)],
                stdin=source, capture_output=True, pass_fds=(fd,), env=home.environment, text=True, check=False,
            )  # fmt: skip
        os.close(fd)
        made = Ran(done.returncode, done.stdout, done.stderr)
        assert made.code == 0, made.err
    else:
        if way == "descriptor":
            given["--xpub-file"] = xpub.encode()
        words += {"file": ["--xpub-file", str(tmp_path / "x")], "argument": ["--xpub", xpub]}.get(way, [])
        made = home.run(*words, secrets=given)
    assert (made.document["secret_kind"], made.document["name"]) == ("watch-xpub", name)
    assert ("list of processes" in made.err) == (way == "argument")
    assert "destroy it" not in made.err
    assert xpub not in made.out + made.err
    home.unlock(name)
    home.accounts(1, vault=name)
    (row,) = home.run("accounts", "list", "--vault", name, "--json").lines
    assert row["address"] == "0x8535fA84EC08f8B052692808f53Fa919D7887749"  # as the words themselves give it


def test_an_xpub_that_cannot_be_read_or_meant_is_refused(home: CliHome, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("no key at all")
    bad = home.run("vault", "import", "x", "--xpub-file", str(tmp_path / "x"), "--json", secrets=SECRET, expect=2)
    assert "no key" not in bad.err
    both = home.run("vault", "import", "x", "--xpub", XPUB, "--xpub-file", str(tmp_path / "x"), "--json", expect=2)
    assert both.error["found"] == "xpub, xpub"
    hardened = home.run("vault", "import", "x", "--xpub", XPUB, "--chains", "evm", "--json", secrets=SECRET, expect=2)
    assert "hardened" in hardened.error["message"]  # the default path leads through hardened levels below this key


def test_export_asks_for_both_confirmations(home: CliHome) -> None:
    home.vault("out")
    described = home.run("vault", "describe", "out", "--json").document
    fingerprint = str(described["fingerprint"])
    export = ("vault", "export", "out", "--format", "mnemonic")
    assert home.run(*export, secrets=SECRET, expect=2).out == ""
    half = home.run(*export, "--confirm", fingerprint, secrets=SECRET, expect=2)
    wrong = home.run(*export, "--confirm", "00000000", "--yes", secrets=SECRET, expect=3)
    assert (half.out, wrong.out) == ("", "")
    ran = home.run(*export, "--confirm", fingerprint, "--yes", secrets=SECRET)
    assert ran.out.strip() == WORDS
    refused = home.run(*export, "--confirm", fingerprint, "--yes", secrets={"--passphrase-fd": b"wrong"}, expect=3)
    assert refused.out == ""


def test_plaintext_goes_to_a_file_only_when_one_insists(home: CliHome, tmp_path: Path) -> None:
    home.vault("filed")
    fingerprint = str(home.run("vault", "describe", "filed", "--json").document["fingerprint"])
    export = ["vault", "export", "filed", "--confirm", fingerprint, "--yes"]
    path = tmp_path / "words"
    home.run(*export, "--plaintext-file", str(path), secrets=SECRET)
    assert (path.read_text().strip(), path.stat().st_mode & 0o777) == (WORDS, 0o600)
    assert home.run(*export, "--plaintext-file", str(path), secrets=SECRET, expect=2).out == ""
    fd = pipe_of(VAULT_SECRET)
    with (tmp_path / "redirected").open("w") as target:
        import subprocess  # noqa: PLC0415

        from cli_home import JINKU  # noqa: PLC0415

        done = subprocess.run(
            [JINKU, *export, "--passphrase-fd", str(fd)],
            stdin=subprocess.DEVNULL, stdout=target, stderr=subprocess.PIPE, pass_fds=(fd,), env=home.environment,
            text=True, check=False,
        )  # fmt: skip
    os.close(fd)
    assert done.returncode == 3
    assert "plaintext" in done.stderr
    assert (tmp_path / "redirected").read_text() == ""


def test_words_that_need_a_passphrase_leave_with_a_warning(own: CliHome, tmp_path: Path) -> None:
    (tmp_path / "bip39").write_text("TREZOR")
    given = SECRET | {"--mnemonic-file": WORDS.encode()}
    own.vault("bare")
    own.run("vault", "import", "dressed", "--bip39-passphrase-file", str(tmp_path / "bip39"), secrets=given)
    for name, needed in (("bare", False), ("dressed", True)):
        fingerprint = str(own.run("vault", "describe", name, "--json").document["fingerprint"])
        export = ("vault", "export", name, "--confirm", fingerprint, "--yes")
        plain = own.run(*export, secrets=SECRET)
        assert plain.out.strip() == WORDS
        assert ("restore other addresses" in plain.err) is needed
        told = own.run(*export, "--json", "--plaintext-file", str(tmp_path / name), secrets=SECRET)
        assert told.document == {"vault": name, "format": "mnemonic", "needs_passphrase": needed}
        assert ("restore other addresses" in told.err) is needed


def test_a_vault_that_never_exports(home: CliHome) -> None:
    home.run("vault", "create", "mute", "--tier", "cold", "--non-exportable", secrets=SECRET)
    fingerprint = str(home.run("vault", "describe", "mute", "--json").document["fingerprint"])
    home.unlock("mute")
    refused = home.run("vault", "export", "mute", "--confirm", fingerprint, "--yes", secrets=SECRET, expect=3)
    assert refused.out == ""


def test_every_export_stands_in_the_entries(own: CliHome) -> None:
    import sqlite3  # noqa: PLC0415

    own.vault("noted")
    fingerprint = str(own.run("vault", "describe", "noted", "--json").document["fingerprint"])
    assert (
        "key.export_ended" in own.run("vault", "export", "noted", "--confirm", fingerprint, "--yes", secrets=SECRET).err
    )
    with sqlite3.connect(own.home / "jinku.db") as base:
        kinds = [kind for (kind,) in base.execute("SELECT kind FROM entries ORDER BY id")]
    base.close()
    assert kinds[0] == "deployment.made"
    assert (kinds.count("key.export_begun"), kinds.count("key.export_ended")) == (1, 1)


def test_an_export_leaves_the_unlock_as_it_was(own: CliHome) -> None:
    own.vault("timed", unlock=False)
    before = own.run("vault", "unlock", "timed", "--for", "1h", "--json", secrets=SECRET).document
    export = ("vault", "export", "timed", "--confirm", str(before["fingerprint"]), "--yes")
    own.run(*export, secrets=SECRET)
    own.run(*export, "--format", "xprv", secrets=SECRET, expect=None)  # refused: the secret is words
    after = own.run("vault", "describe", "timed", "--json").document
    assert (after["state"], after["expires_at_ms"]) == ("unlocked", before["expires_at_ms"])
    own.accounts(1, "--chains", "evm", vault="timed")  # the kept token still derives
    own.run("vault", "lock", "timed")
    own.run(*export, secrets=SECRET)
    assert own.run("vault", "describe", "timed", "--json").document["state"] == "locked"

"""`accounts` in self mode: words go to their users, and to nobody else, once."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pyrage
from cli_home import CliHome


def test_self_mode_by_age(own: CliHome, tmp_path: Path) -> None:
    own.vault("main")
    people = [pyrage.x25519.Identity.generate() for _ in range(3)]
    (tmp_path / "users").write_text("# our users\n" + "".join(f"{person.to_public()}\n" for person in people))
    create = ("--mode", "self", "--recipients", str(tmp_path / "users"), "--blobs", str(tmp_path / "out"))
    assert own.accounts(2, *create, expect=2).error["found"].startswith("3 recipients")
    made = own.accounts(3, *create, "--job-key", "letters").document
    assert (made["files"], made["mode"]) == (3, "self")
    rows = own.run("accounts", "list", "--vault", "main", "--chain", "evm", "--json").lines
    phrases = set()
    for row in rows:
        letter = (tmp_path / "out" / f"{row['account']}.age").read_bytes()
        words = pyrage.decrypt(letter, [people[row["index"]]]).decode().split()
        assert len(words) == 24
        phrases.add(" ".join(words))
    assert len(phrases) == 3
    assert len({row["fingerprint"] for row in rows}) == 3


def test_an_age_file_is_written_again_and_journaled(own: CliHome, tmp_path: Path) -> None:
    own.vault("main")
    person = pyrage.x25519.Identity.generate()
    (tmp_path / "users").write_text(f"{person.to_public()}\n")
    own.accounts(1, "--mode", "self", "--recipients", str(tmp_path / "users"), "--blobs", str(tmp_path / "out"))
    (row,) = own.run("accounts", "list", "--vault", "main", "--chain", "evm", "--json").lines
    target = tmp_path / "again.age"
    export = ("accounts", "export", row["account"], "--plaintext-file", str(target))
    assert own.run(*export, "--format", "mnemonic", "--json", expect=3).error["code"] == "export.self_mode"
    told = own.run(*export, "--format", "age", "--json").document
    assert told == {"account": row["account"], "format": "age", "needs_passphrase": False}
    assert target.read_bytes() == (tmp_path / "out" / f"{row['account']}.age").read_bytes()
    with sqlite3.connect(own.home / "jinku.db") as base:
        found = base.execute("SELECT kind, subject FROM entries WHERE kind LIKE 'key.export%' ORDER BY id").fetchall()
    base.close()
    assert found == [("key.export_begun", row["account"]), ("key.export_ended", row["account"])]


def test_self_mode_by_claim_codes(own: CliHome, tmp_path: Path) -> None:
    own.vault("main")
    codes = tmp_path / "codes"
    own.accounts(2, "--mode", "self", "--codes-file", str(codes), "--job-key", "claims")
    assert codes.stat().st_mode & 0o777 == 0o600
    lines = codes.read_text().split("\n")
    code = lines[0].split()[-1].encode()
    claimed = own.run("accounts", "claim", secrets={"--code-fd": code})
    assert len(claimed.out.split()) == 24
    again = own.run("accounts", "claim", "--json", secrets={"--code-fd": code}, expect=None)
    assert again.code in {2, 4}
    wrong = own.run("accounts", "claim", secrets={"--code-fd": code[:-1] + b"x"}, expect=None)
    assert wrong.code != 0
    assert wrong.out == ""
    shown = own.run("accounts", "claim", lines[1].split()[-1])
    assert len(shown.out.split()) == 24
    assert "list of processes" in shown.err

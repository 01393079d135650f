"""`jinku journal` on a real home with the real signer: what was done is shown, proven, served; changes are found."""

from __future__ import annotations

import http.client
import json
import shutil
import signal
import sqlite3
import subprocess
from pathlib import Path

import pytest
from cli_home import HOME_SECRET, JINKU, VAULT_SECRET, WORDS, CliHome

from jinku.accounts import verify_receipt
from jinku.accounts.errors import AddressIntegrityError
from jinku.journal import LogKeys, origin_of
from jinku.journal.notes import parse_receipt
from jinku.ops.deployment import Deployment
from jinku.ops.journal import actor_of, log_keys


def pinned(home: CliHome) -> Deployment:
    return Deployment.read(home.home / "deployment.json")


def test_every_command_that_changes_something_ends_under_a_checkpoint(stocked: CliHome) -> None:
    lines = stocked.run("journal", "show", "--json").lines
    kinds = [line["kind"] for line in lines]
    assert kinds[0] == "deployment.made"
    jobs = {"accounts.job_created", "accounts.batch", "accounts.job_done"}
    assert {"vault.imported", "vault.unlocked"} | jobs <= set(kinds)
    assert [line["index"] for line in lines] == list(range(len(lines)))
    assert {line["actor"] for line in lines} == {actor_of(pinned(stocked).actor_public)}
    head = stocked.run("journal", "checkpoint", "--json").document
    assert (head["size"], head["waiting"], head["profile"]) == (len(lines), 0, "dev")
    assert head["origin"] == origin_of(pinned(stocked).deployment)
    assert len(head["vkeys"]) == 2
    assert stocked.run("journal", "checkpoint").out == head["note"]


def test_filters_choose(stocked: CliHome) -> None:
    everything = stocked.run("journal", "show", "--json").lines
    vault = next(line["subject"] for line in everything if line["kind"] == "vault.imported")

    def chosen(*words: str) -> list[int]:
        return [line["index"] for line in stocked.run("journal", "show", "--json", *words).lines]

    assert chosen("--subject", vault) == [line["index"] for line in everything if line["subject"] == vault]
    assert chosen("--kind", "accounts.*") == [n["index"] for n in everything if n["kind"].startswith("accounts.")]
    assert chosen("--kind", "accounts.batch", "--subject", vault) == []
    assert chosen("--actor", "ed25519:nobody") == []
    at = everything[2]["ts"]
    assert chosen("--since", at) == [line["index"] for line in everything if int(line["ts"]) >= int(at)]
    assert chosen("--until", at) == [line["index"] for line in everything if int(line["ts"]) < int(at)]
    assert chosen("--since", "2999-01-01") == []
    assert [n["index"] for n in stocked.run("journal", "tail", "-n", "2", "--json").lines] == chosen()[-2:]
    assert stocked.run("journal", "show", "--since", "yesterday", expect=2).code == 2


def test_a_receipt_is_of_the_entry_that_was_named(stocked: CliHome) -> None:
    entry = stocked.run("journal", "show", "1", "--json").document
    by_leaf = stocked.run("journal", "prove", entry["leaf"], "--json").document
    plain = stocked.run("journal", "prove", "1").out
    assert by_leaf["receipt"].strip() == plain.strip()
    receipt = parse_receipt(by_leaf["receipt"].encode())
    assert (receipt.index, receipt.extra.decode()) == (1, entry["entry"])
    of_subject = stocked.run("journal", "prove", entry["subject"], "--json").lines
    assert entry["index"] in [line["index"] for line in of_subject]
    assert stocked.run("journal", "prove", "no-such-subject", "--json", expect=4).error["code"] == "journal.no_entry"
    assert stocked.run("journal", "prove", "99999", "--json", expect=4).error["code"] == "journal.no_entry"


def test_an_address_is_proven_down_to_the_checkpoint(stocked: CliHome) -> None:
    address = stocked.run("accounts", "list", "--vault", "main", "--json").lines[0]["address"]
    receipt, pin = stocked.run("accounts", "prove", address).document, pinned(stocked)
    verify_receipt(receipt, pin.identity_bytes, log_keys(pin))
    other = LogKeys(log_keys(pin).origin, pin.identity_bytes, log_keys(pin).mldsa44)
    entry = json.loads(receipt["entry"])
    bad = [
        ({**receipt, "entry": json.dumps({**entry, "root": "00" * 32})}, log_keys(pin)),
        ({**receipt, "log": receipt["log"].replace("index ", "index 1")}, log_keys(pin)),
        ({**receipt, "log": None}, log_keys(pin)),
        (receipt, other),
    ]
    for changed, keys in bad:
        with pytest.raises(AddressIntegrityError):
            verify_receipt(changed, pin.identity_bytes, keys)


def test_verify_passes_and_one_flipped_byte_in_a_copied_tile_is_found_and_named(
    stocked: CliHome, tmp_path: Path
) -> None:
    report = stocked.run("journal", "verify", "--json").document
    assert report["ok"]
    assert report["rows"] == report["size"]
    assert report["signatures"] == {"log": "ed25519, ml-dsa-44"}
    copy = tmp_path / "copy"
    shutil.copytree(stocked.home / "journal", copy)
    assert stocked.run("journal", "verify", str(copy), "--json").document["size"] == report["size"]
    tile = copy / f"tile/0/000.p/{report['size']}"
    data = bytearray(tile.read_bytes())
    data[40] ^= 1
    tile.write_bytes(data)
    error = stocked.run("journal", "verify", str(copy), "--json", expect=5).error
    assert error["code"] == "journal.tile_damaged"
    assert error["fields"]["path"] == f"tile/0/000.p/{report['size']}"
    assert error["found"] != error["expected"]
    assert (
        stocked.run("journal", "verify", str(tmp_path / "none"), "--json", expect=4).error["code"]
        == "journal.no_folder"
    )


def test_with_locked_keys_entries_wait_and_one_line_says_so(own: CliHome) -> None:
    size = own.run("journal", "checkpoint", "--json").document["size"]
    ran = own.run("vault", "lock")  # the system keys, too
    assert "1 journal entry waits for a checkpoint: the signer's system keys are locked" in " ".join(ran.err.split())
    head = own.run("journal", "checkpoint", "--json").document
    assert (head["size"], head["waiting"]) == (size, 1)
    assert own.run("journal", "show", "--json").lines[-1]["index"] is None
    assert own.run("journal", "show").err == ""  # a reading command says nothing
    checks = own.run("doctor", "--quick", "--json").document["checks"]
    assert "entries that wait for a checkpoint: 1" in [one["found"] for one in checks if one["status"] == "warn"]
    leaf = own.run("journal", "show", "--json").lines[-1]["leaf"]
    assert own.run("journal", "prove", leaf, "--json", expect=4).error["code"] == "journal.entry_waits"
    done = own.run("journal", "flush", "--json", secrets={"--home-passphrase-fd": HOME_SECRET}).document
    # the second is that the system keys were opened
    assert (done["integrated"], done["waiting"], done["size"]) == (2, 0, size + 2)
    with sqlite3.connect(own.home / "jinku.db") as base:  # what somebody inserts does not write to the terminal itself
        row = ("x\x1b[31mred", "\x1b]0;title\x07", b"{}", b"d" * 32, 0, b"a" * 32)
        columns = "kind, subject, content, digest, created_at_ms, actor"
        base.execute(f"INSERT INTO entries ({columns}) VALUES (?, ?, ?, ?, ?, ?)", row)
    base.close()
    shown = own.run("journal", "show").out
    assert "[31mred" in shown
    assert "\x1b" not in shown


def test_a_lost_tile_is_written_anew_and_an_old_database_refuses_to_sign(own: CliHome) -> None:
    (tile,) = (own.home / "journal" / "tile" / "entries" / "000.p").iterdir()
    good = tile.read_bytes()
    tile.unlink()
    assert own.run("journal", "verify", "--json", expect=5).error["fields"]["path"].startswith("tile/entries")
    assert own.run("journal", "rebuild", "--json").document == {"written": 1}
    assert tile.read_bytes() == good
    backup = (own.home / "jinku.db").read_bytes()
    shutil.copytree(own.home / "journal", own.folder / "old tiles")
    own.vault("later")
    size = own.run("journal", "checkpoint", "--json").document["size"]
    put_back(own, backup)
    given = {"--mnemonic-file": WORDS.encode(), "--passphrase-fd": VAULT_SECRET}
    words = ("vault", "import", "other", "--tier", "hot", "--json")
    assert own.run(*words, secrets=given, expect=5).error["code"] == "journal.behind"
    signed = json.dumps(own.run("journal", "checkpoint", "--json").document)
    taken = own.run("journal", "catch-up", "--json").document
    assert taken == {"entries": size - 2, "lost_jobs": []}  # the backup has what init wrote
    assert json.loads(signed)["size"] == size  # nothing had been signed
    own.run("journal", "flush", secrets={"--home-passphrase-fd": HOME_SECRET})
    assert own.run("journal", "verify", "--json").document["waiting"] == 0
    size = own.run("journal", "checkpoint", "--json").document["size"]
    put_back(own, backup)
    shutil.rmtree(own.home / "journal")
    shutil.copytree(own.folder / "old tiles", own.home / "journal")
    lost = own.run("journal", "catch-up", "--json", expect=5)
    assert (lost.error["fields"]["entries"], lost.error["fields"]["lacks"]) == (0, size - 2)
    assert (lost.error["code"], lost.error["found"]) == ("journal.behind", "2 entries")
    assert lost.error["expected"] == f"{size} entries"


def put_back(home: CliHome, backup: bytes) -> None:
    """The database is the old one, as docs/operate/damaged-files.md has it."""
    for name in ("jinku.db", "jinku.db-wal", "jinku.db-shm"):
        (home.home / name).unlink(missing_ok=True)
    (home.home / "jinku.db").write_bytes(backup)


def test_the_log_is_served_with_the_right_headers(stocked: CliHome) -> None:
    words = [str(JINKU), "journal", "serve", "--listen", "127.0.0.1:0", "--json"]
    server = subprocess.Popen(words, env=stocked.environment, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port = int(json.loads(server.stdout.readline())["listening"].rpartition(":")[2])

        def get(path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request(method, path)
            answer = connection.getresponse()
            found = answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
            connection.close()
            return found

        status, headers, body = get("/checkpoint")
        assert (status, headers["content-type"]) == (200, "text/plain; charset=utf-8")
        assert headers["cache-control"] == "no-cache"
        assert body == (stocked.home / "journal" / "checkpoint").read_bytes()
        size = int(body.splitlines()[1])
        for path in (f"tile/0/000.p/{size}", f"tile/entries/000.p/{size}"):
            status, headers, body = get(f"/{path}")
            assert (status, headers["content-type"]) == (200, "application/octet-stream")
            assert "immutable" in headers["cache-control"]
            assert body == (stocked.home / "journal" / path).read_bytes()
            assert get(f"/{path}", "HEAD")[::2] == (200, b"")
        others = ("/", "/jinku.db", "/../jinku.db", "/tile/0/../../../jinku.db", "/evidence/x", "/.lock", "/tile/0/000")
        for path in others:
            status, headers, _ = get(path)
            assert (status, headers["cache-control"]) == (404, "no-store"), path
        assert get("/checkpoint", "POST")[0] == 501
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)
    assert stocked.run("journal", "serve", "--listen", "here", expect=2).code == 2

"""`privacy`, `journal snapshot`: on the real signer and database, each with its refusal."""

from __future__ import annotations

from cli_home import CliHome

AUDITOR = {"--auditor-passphrase-fd": b"the auditor alone knows this 9"}
OWNER = "Margarethe Beispielsweise"


def test_a_person_is_forgotten_and_everything_verifies(own: CliHome) -> None:
    own.vault()
    own.run("evidence", "key", secrets=AUDITOR)
    made = own.accounts(2, "--owner", OWNER, "--job-key", "order-7", "--evidence-operator", "ann").document
    own.accounts(1, "--owner", "Somebody Else")
    address = own.run("accounts", "list", "--vault", "main", "--chain", "evm", "--json").lines[0]["address"]
    assert own.run("privacy", "show", OWNER, "--json").document["records"] == [
        {"record": made["job"], "part": "", "what": ["evidence", "key", "owner"], "busy": ""}
    ]
    shared = own.run("privacy", "erase", address, "--json", expect=3).error
    assert shared["code"] == "privacy.in_use", "the evidence speaks of two accounts"
    own.run("privacy", "hold", OWNER, "--reason", "court order 12/26")
    held = own.run("privacy", "erase", OWNER, "--json", expect=3).error
    assert (held["code"], "court order 12/26" in held["found"]) == ("privacy.hold", True)
    own.run("privacy", "release", OWNER)
    bundle = own.folder / "keys.json"
    assert own.run("privacy", "export", str(bundle), "--json").document["keys"] == 2

    assert own.run("privacy", "erase", f"owner:{OWNER}", "--json").document["state"] == "done"
    files = [path for path in own.home.rglob("*") if path.is_file()]
    assert not [path for path in [*files, bundle] if OWNER.encode() in path.read_bytes()]
    assert [path for path in files if b"Somebody Else" in path.read_bytes()]
    assert own.run("privacy", "erase", OWNER, "--json", expect=4).error["code"] == "privacy.unknown"
    own.run("accounts", "verify", "--vault", "main")
    own.run("journal", "verify")
    gone = own.run("evidence", "open", address, "--json", secrets=AUDITOR, expect=4).error
    assert gone["code"] == "accounts.evidence_erased"
    status = own.run("privacy", "status", "--json").document
    assert (status["subjects"], status["done"], status["pending"]) == (1, 1, [])

    job = own.run("journal", "snapshot", "--subject", made["job"], "--json").document
    assert (job["is"], job["state"]["state"], job["state"]["done"]) == ("job", "done", 2)
    assert job["state"]["erased"] == [{"part": "", "what": ["evidence", "key", "owner"]}]
    before = own.run("journal", "snapshot", "--at", str(job["state"]["index"] + 1), "--json").document
    assert [one["state"] for one in before["jobs"].values()] == ["open"]
    assert own.run("journal", "snapshot", "--at", "9999", "--json", expect=2).error["expected"].startswith("0 to ")
    unknown = own.run("journal", "snapshot", "--subject", address, "--json", expect=4).error
    assert unknown["code"] == "journal.no_subject"
    assert "jinku jobs show KEY" in unknown["advice"]
    assert f"job        {made['job']}\n" in own.run("jobs", "show", made["job"]).out, "the id stands there"


def test_doctor_names_an_erasure_that_waits(own: CliHome) -> None:
    own.vault()
    own.accounts(1, "--owner", OWNER)
    bundle = own.folder / "away" / "keys.json"
    bundle.parent.mkdir()
    own.run("privacy", "export", str(bundle))
    bundle.parent.rename(own.folder / "elsewhere")
    assert own.run("privacy", "erase", OWNER, "--json", expect=None).document["state"] == "pending"

    def told() -> list[tuple[str, str, str]]:
        checks = own.run("doctor", "--quick", "--json").document["checks"]
        return [(one["check"], one["status"], one["found"]) for one in checks if one["check"].startswith("erasure")]

    ((check, status, found),) = told()
    assert (check, status) == ("erasure", "warn")
    assert str(bundle) in found
    (own.folder / "elsewhere").rename(bundle.parent)
    own.run("privacy", "settle")
    assert told() == [("erasures", "ok", "1, each confirmed")]

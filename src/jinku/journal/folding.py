"""What stood once so many entries had been written: a fold over the entries, which believes nothing but them.

It knows vaults, jobs with their batches, and accounts by what their entries say; of any other subject it keeps what its
last entry of each kind said. Names, owners, limits and addresses are not in the log: no fold can show them.
An entry that does not have the form of its kind is counted and changes nothing: whoever could write to the database
once could append one, and the log keeps it for ever.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from jinku import _native
from jinku.core import Id, JinkuError, ParseError

__all__ = ["Fold", "written_at"]

Facts = dict[str, Any]

_SHAPE = ("actor", "kind", "subject", "ts", "v")
_MADE = ("vault.created", "vault.imported", "vault.adopted")
_JOB_STATES = {
    "accounts.job_paused": "paused",
    "accounts.job_continued": "open",
    "accounts.job_cancelled": "cancelled",
    "accounts.job_done": "done",
    "accounts.job_written_off": "written off",
}
_EVERY = "*"  # the subject of an entry that speaks of every vault
_MILLISECONDS = re.compile("[0-9]{1,16}")
_MANY = 1 << 53
_LONGEST_BATCH = 1 << 16  # no chunk of a job has more accounts
_FORM: dict[str, dict[str, type]] = {  # what the fold takes from an entry of this kind
    "vault.restored": {"key_version": int},
    "vault.unlocked": {"ttl_seconds": int},
    "accounts.job_created": {"start": int, "count": int},
    "accounts.batch": {"start": int, "count": int, "root": str},
    "accounts.claimed": {"fingerprint": str},
}
_OF_A_VAULT: Facts = {"exports": 0, "jobs": (), "next_index": 0, "open_until": None, "under_way": ()}


class Fold:
    """The state after the entries taken so far. With a subject only what it needs is kept.

    >>> fold = Fold()
    >>> fold.take(0, b'{"fingerprint":"73c5da0a","key_version":1,"kind":"vault.created","subject":"v","ts":"5","v":1}')
    >>> fold.take(1, b'{"fingerprint":"73c5da0a","kind":"vault.missing","subject":"v","ts":"9","v":1}')
    >>> fold.vaults["v"]["state"], fold.vaults["v"]["key_version"]
    ('missing', 1)
    """

    def __init__(self, subject: str | None = None) -> None:
        """Nothing has happened yet."""
        self.subject = subject
        self.size = 0
        self.kinds: Counter[str] = Counter()
        self.vaults: dict[str, Facts] = {}
        self.jobs: dict[str, Facts] = {}
        self.accounts: dict[str, Facts] = {}
        self.others: dict[str, Facts] = {}
        self.history: list[Facts] = []
        self.odd = 0  # entries that do not have the form of their kind
        self.late = 0  # entries whose own time is after the moment asked for
        self.until_ms: int | None = None

    def take(self, index: int, content: bytes) -> None:
        """The entry of this place happened."""
        self.size = index + 1
        said = _read(content)
        if said is None:
            self.odd += 1
            return
        kind, subject, at_ms = said["kind"], said["subject"], int(said["ts"])
        facts = {name: value for name, value in said.items() if name not in _SHAPE}
        self.kinds[kind] += 1
        if self.until_ms is not None and at_ms > self.until_ms:
            self.late += 1
        if self.subject is not None and subject in (self.subject, _EVERY):
            self.history.append(
                {"index": index, "kind": kind, "ts": str(at_ms), "actor": said.get("actor", ""), **facts}
            )
        if not _in_form(kind, facts):
            self.odd += 1
            return
        family = kind.partition(".")[0]
        if family == "vault" or (family == "key" and subject in self.vaults):
            self._vault(kind, subject, at_ms, facts)
        elif kind == "accounts.job_created":
            self._job_created(index, subject, at_ms, facts)
        elif family == "accounts" and subject in self.jobs:
            self._job(index, kind, subject, at_ms, facts)
        elif kind == "privacy.record_erased" and subject in self.jobs:
            self.jobs[subject]["erased"].append(facts)
        elif family in ("accounts", "key"):
            self._account(index, kind, subject, at_ms, facts)
        else:
            if kind == "system.stop_ended" and facts.get("outcome") == "stopped":
                self._all_closed()
            last = self.others.setdefault(subject, {"entries": 0, "last": {}})
            last["entries"] += 1
            last["last"][kind] = {"index": index, "ts": str(at_ms), **facts}

    # -- vaults

    def _vault(self, kind: str, subject: str, at_ms: int, facts: Facts) -> None:
        if subject == _EVERY:
            self._all_closed()
            return
        if kind in _MADE:
            kept = self.vaults.get(subject, {})
            fresh = {"state": "ready", "made": kind.partition(".")[2], "made_ts": str(at_ms)}
            own = {name: value for name, value in facts.items() if name not in fresh and name not in _OF_A_VAULT}
            rest = {**_OF_A_VAULT, "jobs": [], "under_way": []}
            self.vaults[subject] = {**rest, **kept, **fresh, **own}
            return
        known = self.vaults.get(subject)
        if known is not None:  # otherwise made before the log began, or an entry that speaks of nothing known
            self._moved(kind, known, at_ms, facts)

    def _all_closed(self) -> None:
        for vault in self.vaults.values():
            vault["open_until"] = None

    def _moved(self, kind: str, vault: Facts, at_ms: int, facts: Facts) -> None:
        if kind == "vault.missing":
            vault["state"] = "missing"
        elif kind == "vault.restored":
            vault.update(state="ready", key_version=facts["key_version"])
        elif kind == "vault.unlocked":
            vault["open_until"] = str(at_ms + 1000 * int(facts["ttl_seconds"]))
        elif kind == "vault.locked" or (kind == "vault.unlock_ended" and facts.get("locked")):
            vault["open_until"] = None
        self._changed(kind, vault, facts)

    def _changed(self, kind: str, vault: Facts, facts: Facts) -> None:
        """What has an entry before and after: between the two it is under way."""
        what, _, end = kind.partition(".")[2].rpartition("_")
        if end == "begun":
            vault["under_way"].append(what)
        elif end == "ended" or kind == "vault.unlocked":
            done = what if end == "ended" else "unlock"
            if done in vault["under_way"]:
                vault["under_way"].remove(done)
        if kind == "key.export_ended" and facts.get("outcome") == "exported":
            vault["exports"] += 1
        elif end == "ended" and facts.get("key_version", 0) > vault.get("key_version", 0):
            vault["key_version"] = facts["key_version"]

    # -- jobs

    def _job_created(self, index: int, subject: str, at_ms: int, facts: Facts) -> None:
        if subject in self.jobs:  # said twice: the first counts, as everywhere
            return
        plain = {name: value for name, value in facts.items() if not name.endswith("_digest") and name != "named"}
        state: Facts = {"state": "open", "done": 0, "created_ts": str(at_ms), "index": index}
        self.jobs[subject] = {**plain, **state, "batches": {}, "erased": []}
        vault = self.vaults.get(str(facts.get("vault")))
        if vault is not None:
            vault["jobs"].append(subject)
            vault["next_index"] = max(vault["next_index"], facts["start"] + facts["count"])

    def _job(self, index: int, kind: str, subject: str, at_ms: int, facts: Facts) -> None:
        job = self.jobs[subject]
        if kind == "accounts.batch":
            if facts["start"] not in job["batches"]:  # a chunk that was made again after a restore counts once
                job["done"] += facts["count"]
            batch = {"count": facts["count"], "index": index, "root": facts["root"], "ts": str(at_ms)}
            job["batches"].setdefault(facts["start"], batch)
        elif kind in _JOB_STATES:
            job["state"] = _JOB_STATES[kind]
            job["state_ts"] = str(at_ms)

    # -- accounts

    def _account(self, index: int, kind: str, subject: str, at_ms: int, facts: Facts) -> None:
        account = self.accounts.setdefault(subject, {"claimed": None, "exports": 0, "under_way": []})
        if kind == "accounts.claimed":
            account["claimed"] = {"index": index, "ts": str(at_ms), "fingerprint": facts["fingerprint"]}
        elif kind == "key.export_begun":
            account["under_way"].append("export")
        elif kind == "key.export_ended":
            if account["under_way"]:
                account["under_way"].pop()
            account["exports"] += facts.get("outcome") == "exported"

    # -- answers

    def document(self) -> dict[str, object]:
        """The state: of the subject if one was asked for, else of everything."""
        if self.subject is not None:
            what, state = self._of(self.subject)
            return {"is": what, "state": state, "history": self.history}
        return {
            "kinds": dict(sorted(self.kinds.items())),
            "vaults": self.vaults,
            "jobs": {name: _listed(job) for name, job in self.jobs.items()},
            "accounts": self.accounts,
            "others": self.others,
        }

    def _of(self, subject: str) -> tuple[str, Facts | None]:
        if subject in self.vaults:
            return "vault", self.vaults[subject]
        if subject in self.jobs:
            return "job", _listed(self.jobs[subject])
        place = self._batch_of(subject)
        if place is not None or subject in self.accounts:
            fresh: Facts = {"claimed": None, "exports": 0, "under_way": []}
            return "account", {**self.accounts.get(subject, fresh), "batch": place}
        if subject in self.others:
            return "other", self.others[subject]
        return "unknown", None

    def _batch_of(self, account: str) -> Facts | None:
        """The batch of an account and its index, by the ids that follow from job and time."""
        try:
            wanted = Id.parse(account)
        except ParseError:
            return None
        for name, job in self.jobs.items():
            made = int(job["created_ts"])
            for start, batch in job["batches"].items():
                try:
                    ids = _native.account_ids(Id.parse(name).bytes16, made, start, batch["count"])
                except (JinkuError, ValueError, OverflowError):  # of no job and no range that there can be
                    continue
                if wanted.bytes16 in ids:
                    index = start + ids.index(wanted.bytes16)
                    return {"job": name, "vault": job.get("vault"), "start": start, "account_index": index, **batch}
        return None


def _listed(job: Facts) -> Facts:
    """The job with its batches in order of index."""
    return {**job, "batches": [{"start": start, **batch} for start, batch in sorted(job["batches"].items())]}


def _read(content: bytes) -> Facts | None:
    """What an entry says, when it has the form that all have."""
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or any(type(said.get(name)) is not str for name in ("kind", "subject", "ts")):
        return None
    return said if _MILLISECONDS.fullmatch(said["ts"]) else None


def _in_form(kind: str, facts: Facts) -> bool:
    """True when what the fold takes from an entry of this kind is there, and is what it has to be."""
    form = dict(_FORM.get(kind, {}))
    if kind.startswith(("vault.", "key.")) and "key_version" in facts:
        form["key_version"] = int
    for name, type_ in form.items():
        value = facts.get(name)
        if type(value) is not type_ or (isinstance(value, int) and not 0 <= value < _MANY):
            return False
    return kind != "accounts.batch" or facts["count"] <= _LONGEST_BATCH


def written_at(content: bytes) -> int | None:
    """When an entry says that it was written; nothing when it has not the form of one."""
    said = _read(content)
    return None if said is None else int(said["ts"])

"""What is wrong with an installation, and what to do: looks at everything, changes nothing, stops at nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from jinku.accounts import JobState
from jinku.core import JinkuError
from jinku.custody import Vault, VaultState
from jinku.custody.errors import SignerAbsentError
from jinku.ops.chains import check_chains
from jinku.ops.checks import check_believed, check_deployment, check_disk, check_environment, check_home, check_runtime
from jinku.ops.claims import check_claims
from jinku.ops.findings import Finding, Health, bad
from jinku.ops.keyfile import open_key_file
from jinku.ops.log_checks import check_heads, check_tree, check_waiting
from jinku.ops.lost_jobs import check_lost_jobs
from jinku.ops.maintenance import schema_status
from jinku.ops.platform import READ_SECONDS, Platform, launcher
from jinku.ops.settings import Settings
from jinku.ops.tile_places import check_tile_places

__all__ = ["examine"]

_AT_WORK = (JobState.RUNNING, JobState.VERIFYING)
_UNFINISHED = (JobState.PENDING, JobState.RUNNING, JobState.VERIFYING, JobState.PAUSED, JobState.FAILED)


def examine(settings: Settings, deep: bool = True, key_file: Path | None = None) -> tuple[Finding, ...]:
    """Every finding, in the order a person would look. ``deep`` reads the whole database."""
    found = [*check_home(settings), check_runtime(settings), *check_deployment(settings), check_disk(settings)]
    found += check_environment(dict(os.environ))
    found += _signer(settings)
    found += _database(settings, deep)
    found += check_tile_places(settings)
    found += check_chains(settings)
    if key_file is not None:
        found.append(_key_file(settings, key_file))
    return tuple(found)


def _key_file(settings: Settings, path: Path) -> Finding:
    try:
        os.close(open_key_file(path, settings.home))
    except JinkuError as error:
        return bad("key file", error)
    return Finding("key file", Health.OK, f"{path} follows the rules")


def _signer(settings: Settings) -> list[Finding]:
    """The signer answers, is ours, belongs to this home and keeps its memory from the swap."""
    if not settings.deployment.exists():
        return []
    try:
        signer = launcher(settings, READ_SECONDS).connect(start=False)
        try:
            info = signer.hello()
            apart = check_believed(settings, signer.trust_root()) if info.system == "unlocked" else []
        finally:
            signer.close()
    except SignerAbsentError:
        return [Finding("signer", Health.OK, "not running; started when a command needs it")]
    except JinkuError as error:  # another program, another user's, another deployment's, or one that hangs
        return [bad("signer", error)]
    found = [Finding("signer", Health.OK, f"pid {info.pid}, version {info.version}, system keys {info.system}")]
    found += apart
    if info.system == "locked":
        found.append(Finding("system keys", Health.WARN, "locked: no batch can be signed", "jinku signer unlock"))
    for vault in info.unlocked_vaults:
        if not (settings.tokens / vault).exists():
            text = f"vault {vault} lies open in the signer, and no token of it is here: an unlocking was cut short"
            found.append(Finding("open vaults", Health.WARN, text, f"jinku vault lock {vault}"))
    if not info.memory_locked:
        advice = "raise RLIMIT_MEMLOCK for the signer (ulimit -l), or turn swap off or encrypt it"
        found.append(Finding("key memory", Health.WARN, "not locked into RAM: it may reach the swap", advice))
    return found


def _database(settings: Settings, deep: bool) -> list[Finding]:
    """The schema is current, the pages are sound, no vault is orphaned, no job hangs."""
    if not settings.deployment.exists():
        return []
    try:
        status = schema_status(settings)
    except JinkuError as error:
        return [bad("database", error)]
    if not status.current:
        text = f"schema {status.found or 'none'}, this version needs {status.expected}"
        return [Finding("schema", Health.BAD, text, "back up the home, then run jinku db migrate")]
    found = [Finding("schema", Health.OK, f"revision {status.found}")]
    try:
        with Platform.open(settings) as platform:
            if deep:
                found += _alone("database", lambda: _sound(platform))
            found += _alone("vaults", lambda: _rooms(platform))
            found += _alone("tasks", lambda: check_claims(platform.database))
            found += _alone("vault rows", lambda: _believed(platform, deep))
            found += _alone("lost jobs", lambda: check_lost_jobs(platform))
            found += _alone("journal", lambda: check_tree(platform, deep))
            found += _alone("heads", lambda: check_heads(platform))
            found += _alone("waiting", lambda: check_waiting(platform))
            found += _alone("erasures", lambda: _erasures(platform))
    except JinkuError as error:
        found.append(bad("database", error))
    return found


def _alone(name: str, check: Callable[[], list[Finding]]) -> list[Finding]:
    """What the check finds; one that ends in an error hides nothing of the others."""
    try:
        return check()
    except JinkuError as error:
        return [bad(name, error)]
    except Exception as error:  # noqa: BLE001  of rows that nobody of ours wrote
        text = f"could not be looked at: {type(error).__name__}: {str(error)[:200]}"
        return [Finding(name, Health.BAD, text, "find out who wrote to the database; report it if nobody did")]


def _sound(platform: Platform) -> list[Finding]:
    platform.database.check()
    return [Finding("database", Health.OK, "every page and reference is sound")]


def _rooms(platform: Platform) -> list[Finding]:
    """Vault rows and vault files match; jobs that nobody runs are named."""
    found = []
    if platform.settings.signer_uid is None:
        files = {path.stem for path in (platform.settings.signer_home / "vaults").glob("*.vault")}
    else:  # the folder is another user's, who tells
        files = {description.vault for description in platform.signer.list_vaults()}
    rows = {str(vault.vault): vault for vault in platform.vault_rows()}
    lost = platform.custody.without_rows()
    found += [bad("vaults", error) for error in lost]
    for name in sorted(files - rows.keys() - {error.fields["vault"] for error in lost}):
        advice = "jinku doctor --mend adopts it, if its name is free"
        found.append(Finding("vaults", Health.WARN, f"the vault file {name} has no row in the database", advice))
    for name in sorted(rows.keys() - files):
        vault = rows[name]
        if vault.state is VaultState.CREATING:
            advice = "jinku doctor --mend drops the row and frees the name"
            found.append(Finding("vaults", Health.WARN, f"the creation of {vault.name} was cut short", advice))
        else:
            advice = "restore the file from a backup: the database does not hold its key"
            found.append(Finding("vaults", Health.BAD, f"{vault.name} has no vault file", advice))
    for name in sorted(rows.keys() & files):
        if rows[name].state is VaultState.MISSING:
            text = f"{rows[name].name} is noted as missing, and its file is there"
            found.append(Finding("vaults", Health.WARN, text, "jinku doctor --mend takes it back"))
    found = found or [Finding("vaults", Health.OK, f"{len(rows)}, each with its file")]
    jobs = platform.accounts.jobs()
    waiting = [job for job in jobs if job.state in _UNFINISHED]
    for job in waiting:
        stopped = job.state in _AT_WORK and not platform.accounts.is_run(job)
        text = f"{job.key or job.job} is {'stopped' if stopped else job.state.value}: {job.done:,} of {job.count:,}"
        found.append(Finding("jobs", Health.WARN, text, f"jinku jobs continue {job.key or job.job}, or cancel it"))
    if not waiting:
        found.append(Finding("jobs", Health.OK, f"{len(jobs)}, none unfinished"))
    return found


def _believed(platform: Platform, deep: bool) -> list[Finding]:
    """The database says of vaults and jobs what vault files and entries say; what was not looked at is named."""
    vaults = platform.custody.looked_at()
    found = [bad("vault rows", error) for _, error in vaults if error is not None]
    found = found or [Finding("vault rows", Health.OK, "as the entries say, and the vault files if a signer runs")]
    if not deep:
        return [*found, Finding("accounts", Health.OK, "not looked at: leave out --quick")]
    faults = [fault for fault in (_outlined(platform, vault) for vault, error in vaults if error is None) if fault]
    text = (
        "jobs, batches and look-ups are as the entries say; signatures, roots and addresses are left to "
        "jinku accounts verify"
    )
    return [*found, *(faults or [Finding("accounts", Health.OK, text)])]


def _erasures(platform: Platform) -> list[Finding]:
    """No erasure waits for a place that has not confirmed it; nothing is said where nobody was erased."""
    erased = platform.privacy.erasures()
    return [
        Finding("erasure", Health.WARN, f"{place} has not confirmed an erasure: {why}", "jinku privacy settle")
        for erasure in erased
        for place, why in erasure.waiting
    ] or ([Finding("erasures", Health.OK, f"{len(erased)}, each confirmed")] if erased else [])


def _outlined(platform: Platform, vault: Vault) -> Finding | None:
    try:
        platform.accounts.outline(vault)
    except JinkuError as error:
        return bad("accounts", error)
    return None

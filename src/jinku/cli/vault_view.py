"""How a vault is shown."""

from __future__ import annotations

import re
import time

from jinku.cli.session import Session
from jinku.core import UsageError, counted
from jinku.custody import VaultState, VaultView
from jinku.keys import forms_of

__all__ = ["document_of", "lifetime", "rows_of", "standing", "state_of"]

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST_SECONDS = 7 * 86400


def lifetime(text: str) -> int:
    """Seconds of a time such as ``30m`` or ``8h``; at most seven days."""
    match = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", text)
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 0 < seconds <= _LONGEST_SECONDS:
        raise UsageError("a time is not understood", found=text, expected="such as 90s, 30m, 8h, at most 7d")
    return seconds


def state_of(view: VaultView) -> str:
    """One word or phrase: locked, unlocked until when, or what is wrong."""
    if view.vault.state is not VaultState.READY:
        return view.vault.state.value
    if view.signer is None:
        return "no signer"
    if view.signer.state == "unlocked":
        until = time.strftime("%H:%M", time.localtime(view.signer.expires_at_ms / 1000))
        return f"unlocked until {until}"
    return view.signer.state


def standing(session: Session, view: VaultView) -> int:
    """How many accounts of the vault stand."""
    return session.platform.accounts.standing(view.vault.vault)


def document_of(session: Session, view: VaultView) -> dict[str, object]:
    """The vault as plain values. ``next_index`` also counts what jobs reserved and did not use."""
    vault, signer = view.vault, view.signer
    return {
        "vault": str(vault.vault),
        "name": vault.name,
        "tier": vault.tier.value,
        "custody": vault.custody,
        "state": signer.state if signer and vault.state is VaultState.READY else vault.state.value,
        "expires_at_ms": signer.expires_at_ms if signer else 0,
        "secret_kind": vault.secret_kind,
        "fingerprint": vault.fingerprint,
        "key_version": vault.key_version,
        "hardened_accounts": vault.hardened_accounts,
        "exportable": vault.exportable,
        "max_accounts": vault.limits.max_accounts,
        "accounts": standing(session, view),
        "next_index": vault.next_index,
        "forms": [{"chain": f.chain, "family": f.family, "kind": f.kind, "path": f.path} for f in vault.forms],
    }


def rows_of(session: Session, view: VaultView, forms: bool = False) -> list[tuple[str, str]]:
    """The vault as names and values; with ``forms`` a line for each address of an account."""
    vault, accounts = view.vault, standing(session, view)
    limit = (
        "no limit" if vault.limits.max_accounts is None else f"at most {counted(vault.limits.max_accounts, 'account')}"
    )
    families = ", ".join(dict.fromkeys(form.family for form in vault.forms))
    rows = [
        ("vault", vault.name),
        ("id", str(vault.vault)),
        ("tier", f"{vault.tier.value}, {vault.custody}"),
        ("state", state_of(view)),
        ("secret", f"{vault.secret_kind}{'' if vault.exportable else ', never exportable'}"),
        ("fingerprint", vault.fingerprint),
        ("key version", str(vault.key_version)),
        ("limits of use", limit),
        ("accounts", f"{accounts:,}{', hardened' if vault.hardened_accounts else ''}"),
        ("addresses", f"{len(vault.forms)} an account: {families}"),
    ]
    if forms:
        known = {form.chain for form in forms_of("all")}
        for form in vault.forms:
            chain = "" if form.chain in known else f"  {form.chain}"
            rows.append(("", f"{form.family:<8} {form.kind:<10} {form.path}{chain}"))
    if vault.next_index > accounts:
        rows.insert(-1, ("next index", f"{vault.next_index:,}: some indexes are reserved, or left unused for ever"))
    for remark in view.signer.remarks if view.signer else ():
        rows.append(("remark", remark))
    return rows

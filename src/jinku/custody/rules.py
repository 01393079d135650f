"""Pure rules of custody: what a vault may be called, its limits of use, and whether a request stays within them."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence

from jinku.core import ParseError, counted
from jinku.custody.errors import BadVaultError, LimitsExceededError, VaultLockedError
from jinku.custody.ports import Form
from jinku.custody.types import Limits, NewVault, Vault, Velocity

__all__ = ["check_key", "check_limits", "check_new", "check_wallets", "forms_text", "limits_from_text", "limits_text"]

MAX_NAME = 64
MAX_INDEX = 1 << 31  # non-hardened and hardened child numbers alike; BIP-32, "Extended keys"
CUSTODY_SCHEMES = ("sealed",)
_SEEDS = ("bip39",)  # kinds of secret below which every path leads


def forms_text(forms: Sequence[Form]) -> str:
    """The forms as canonical JSON."""
    rows = [{"chain": f.chain, "family": f.family, "kind": f.kind, "path": f.path} for f in forms]
    return json.dumps(rows, separators=(",", ":"), sort_keys=True)


def limits_text(limits: Limits) -> str:
    """The limits as canonical JSON, which the signer authenticates with the vault."""
    document: dict[str, object] = {}
    if limits.chains:
        document["chains"] = list(limits.chains)
    if limits.max_accounts is not None:
        document["max_accounts"] = limits.max_accounts
    if limits.velocity:
        document["velocity"] = [_velocity_json(one) for one in limits.velocity]
    return json.dumps(document, separators=(",", ":"), sort_keys=True)


def limits_from_text(text: str) -> Limits:
    """The limits that ``limits_text`` wrote; unknown limits are refused, since ignoring one would widen use."""
    try:
        document = json.loads(text or "{}")
    except ValueError as error:
        raise ParseError(
            "limits of use are no JSON", found=text[:60], expected="an object with chains, max_accounts, velocity"
        ) from error
    if not isinstance(document, dict) or not document.keys() <= {"chains", "max_accounts", "velocity"}:
        raise ParseError(
            "limits of use are not understood", found=text[:200], expected="chains, max_accounts, velocity"
        )
    chains, most = document.get("chains", []), document.get("max_accounts")
    bad_most = most is not None and (not isinstance(most, int) or isinstance(most, bool) or most < 1)
    if bad_most or not isinstance(chains, list) or not all(isinstance(chain, str) for chain in chains):
        raise ParseError("limits of use are not understood", found=text[:200], expected="texts and a number above 0")
    return Limits(most, tuple(chains), tuple(_velocity(one, text) for one in document.get("velocity", [])))


def _velocity_json(one: Velocity) -> dict[str, object]:
    amount = None if one.amount is None else str(one.amount)
    fields = {"amount": amount, "asset": one.asset, "count": one.count, "window_seconds": one.window_seconds}
    return {name: value for name, value in fields.items() if value is not None}


def _velocity(one: object, text: str) -> Velocity:
    """A velocity limit as the signer reads it."""
    found = dict(one) if isinstance(one, dict) else {}
    amount = found.pop("amount", None)
    if isinstance(amount, str) and amount.isdecimal():
        amount = int(amount)
    window, asset, count = found.pop("window_seconds", None), found.pop("asset", None), found.pop("count", None)
    numbers = [item for item in (window, count, amount) if item is not None]
    whole = all(isinstance(item, int) and not isinstance(item, bool) and item >= 0 for item in numbers)
    binds = (count is not None or amount is not None) and (amount is None or asset is not None)
    if found or not whole or not window or not binds or not isinstance(asset, str | None):
        raise ParseError(
            "a velocity limit is not understood",
            found=text[:200],
            expected="window_seconds with a count, or with an amount and its asset",
        )
    return Velocity(window, asset, count, amount)


def check_new(new: NewVault) -> None:
    """The vault makes sense: a name that can be typed and shown, at least one form, a scheme that exists."""
    name = new.name
    if not 1 <= len(name) <= MAX_NAME or name != name.strip():
        raise BadVaultError("a vault's name is refused", found=repr(name[:80]), expected=f"1 to {MAX_NAME} characters")
    bad = [c for c in name if unicodedata.category(c)[0] in "CZ" and c != " "]
    if bad or "/" in name:
        raise BadVaultError("a vault's name is refused", found=repr(name), expected="no control characters, no slash")
    if len(name) == 36 and name.count("-") == 4:
        raise BadVaultError("a vault's name looks like an id", found=name, advice="choose a name a person would say")
    if new.custody not in CUSTODY_SCHEMES:
        raise BadVaultError(
            "this custody scheme does not exist yet", found=new.custody, expected=" or ".join(CUSTODY_SCHEMES)
        )
    if not new.forms:
        raise BadVaultError("a vault needs at least one chain", advice="name chains, such as evm or bitcoin")
    if len(set(new.forms)) != len(new.forms):
        raise BadVaultError(
            "a vault names a form of address twice",
            found=forms_text(new.forms)[:200],
            expected="each chain and kind once",
        )
    limits_from_text(limits_text(new.limits))
    _check_chains(new.limits, new.forms, new.name)


def _check_chains(limits: Limits, forms: Sequence[Form], name: str) -> None:
    outside = sorted({form.chain for form in forms} - set(limits.chains)) if limits.chains else []
    if outside:
        raise LimitsExceededError(
            f"vault {name} may not be used on this chain",
            found=", ".join(outside),
            expected=", ".join(limits.chains),
            advice="choose another vault; limits of use are fixed when a vault is made",
        )


def check_limits(name: str, limits: Limits, next_index: int, count: int, forms: Sequence[Form]) -> None:
    """``count`` more accounts with these forms stay within the vault's limits of use and within BIP-32's indexes."""
    _check_chains(limits, forms, name)
    most = MAX_INDEX if limits.max_accounts is None else min(limits.max_accounts, MAX_INDEX)
    if next_index + count > most:
        raise LimitsExceededError(
            f"vault {name} may not have so many accounts",
            found=f"{next_index} reserved and {count} asked for",
            expected=f"at most {most}",
            advice="ask for fewer, or use another vault",
            fields={"reserved": next_index, "asked": count, "cap": most},
        )


def check_key(vault: Vault, told: Mapping[Form, int], end: int, forms: Sequence[Form]) -> None:
    """The vault's key can have every account below ``end`` in each form; ``told`` is how many the signer says it can.

    LimitsExceededError when it cannot; VaultLockedError when only the key of an unlocked vault could say.
    """
    if vault.secret_kind in _SEEDS:
        return
    single = vault.secret_kind.startswith("raw-")
    known = [1 if single else told[form] for form in forms if single or form in told]
    if len(known) < len(forms):
        raise VaultLockedError(
            f"vault {vault.name} is locked, and only its key says how many accounts it can have",
            advice=f"run `jinku vault unlock {vault.name}` first; if it is unlocked, a signer of an earlier version "
            "runs: end it with `jinku signer stop`, then unlock",
        )
    most = min(known)
    if end > most:
        raise LimitsExceededError(
            f"the key of vault {vault.name} cannot have so many accounts",
            found=f"{vault.next_index} reserved and {end - vault.next_index} asked for",
            expected=f"at most {counted(most, 'account')}",
            advice="ask for fewer, or import the key of a tree of accounts"
            if vault.next_index < most
            else "see `jinku accounts list`; if a failed job holds what is reserved, import the key as another vault",
            fields={"reserved": vault.next_index, "asked": end - vault.next_index, "cap": most},
        )


def check_wallets(vault: Vault, forms: Sequence[Form]) -> None:
    """Wallets of users, which have words of their own, can have these forms; else a LimitsExceededError."""
    for form in forms:
        if not form.path.startswith("m/"):
            raise LimitsExceededError(
                f"vault {vault.name} holds a single key, so its forms have no path that a wallet could have",
                found=form.path,
                expected="a path, such as m/44'/60'/0'/0/{i}",
                advice="make wallets of users under a vault of words",
            )

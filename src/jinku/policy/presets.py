"""Documents to begin with: a hot, a warm and a cold vault. Each is a policy of its own, to be changed by hand."""

from __future__ import annotations

from collections.abc import Sequence

from jinku.core import AssetId, Json
from jinku.policy.table import Policy

__all__ = ["cold", "hot", "warm"]

_DAY_SECONDS = 86_400


def hot(*, vault: str, initiators: Sequence[str], asset: AssetId, per_transfer: int, per_day: int, team: str) -> Policy:
    """Small transfers by themselves, larger ones with one of the team, all of them within a limit a day.

    A fee above a tenth of the amount asks for one of the team; more than 600 transfers an hour wait.
    """
    one: Json = [{"count": 1, "group": team}]
    where = _where(asset)
    day: dict[str, Json] = {"limits": [_limit(per_day, "deny")]}
    rules: list[Json] = [
        _rule("large", "permit", where | {"amount": {"least": str(per_transfer + 1)}}, {"approvals": one} | day),
        _rule("small", "permit", where | {"amount": {"most": str(per_transfer)}}, day),
        _rule("pace", "require", {"kind": ["transfer"]}, {"limits": [_pace(600)]}),
        _rule("risk", "forbid", {"told": [{"fact": "risk", "least": "80"}]}, {}),
    ]
    if asset.namespace == "slip44":  # of a token, the share of a fee is known only where there are prices
        dear: dict[str, Json] = {"fee_share_bps": {"least": "1001"}, "kind": ["transfer"]}
        rules.append(_rule("fee", "require", dear, {"approvals": one}))
    return _policy("hot", vault, initiators, rules)


def warm(*, vault: str, initiators: Sequence[str], asset: AssetId, per_day: int, team: str, hot_most: int) -> Policy:
    """Only to the book: refills of ``@hot`` up to a ceiling that moves with need, other labels after a day of age.

    Two of the team approve, one a refill. Who is not in the book, or for less than a day, is refused.
    """
    two: dict[str, Json] = {"approvals": [{"count": 2, "group": team}], "limits": [_limit(per_day, "hold")]}
    where = _where(asset)
    refill: dict[str, Json] = {
        "approvals": [{"count": 1, "group": team}],
        "ceiling": {"most": str(hot_most), "need_percent": 200},
        "limits": [_limit(per_day, "hold")],
    }
    rules: list[Json] = [
        _rule(
            "known",
            "permit",
            where | {"destination": ["@known"]},
            two,
        ),
        _rule("refill", "permit", where | {"destination": ["@hot"]}, refill),
        _rule("young", "forbid", {"age_hours": {"most": "23"}}, {}),
    ]
    return _policy("warm", vault, initiators, rules, ("hot", "known"))


def cold(
    *,
    vault: str,
    initiators: Sequence[str],
    asset: AssetId,
    per_week: int,
    teams: tuple[str, str],
    offset: str = "+00:00",
) -> Policy:
    """Only to ``@warm`` in working hours, held for two days, with two of one team and one of another."""
    approvals: Json = [{"count": count, "group": team} for team, count in sorted(zip(teams, (2, 1), strict=True))]
    time: dict[str, Json] = {
        "days": ["mon", "tue", "wed", "thu", "fri"],
        "from": "08:00",
        "offset": offset,
        "to": "18:00",
    }
    then: dict[str, Json] = {
        "approvals": approvals,
        "hold_hours": 48,
        "limits": [_limit(per_week, "deny", 7 * _DAY_SECONDS)],
    }
    when = _where(asset) | {"age_hours": {"least": "168"}, "destination": ["@warm"], "time": time}
    return _policy("cold", vault, initiators, [_rule("to_warm", "permit", when, then)], ("warm",))


def _where(asset: AssetId) -> dict[str, Json]:
    return {"asset": [str(asset)], "initiator": ["@operators"], "kind": ["transfer"], "vault": ["@own"]}


def _limit(amount: int, over: str, seconds: int = _DAY_SECONDS) -> Json:
    return {"amount": str(amount), "over": over, "per": ["asset", "vault"], "window_seconds": seconds}


def _pace(count: int) -> Json:
    return {"count": count, "over": "throttle", "per": ["vault"], "window_seconds": 3_600}


def _rule(name: str, effect: str, when: Json, then: Json) -> Json:
    return {"effect": effect, "name": name, "then": then, "when": when}


def _policy(
    name: str, vault: str, initiators: Sequence[str], rules: list[Json], destinations: Sequence[str] = ()
) -> Policy:
    return Policy.of(
        {
            "assets": [],
            "book": [],
            "destinations": [{"members": [], "name": group} for group in destinations],
            "initiators": [{"members": sorted(initiators), "name": "operators"}],
            "name": name,
            "reference": None,
            "rules": rules,
            "v": 1,
            "vaults": [{"members": [vault], "name": "own"}],
        }
    )

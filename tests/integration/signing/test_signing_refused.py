"""Each guard of the signer, reached through its socket: the code, no slot given, and no key in any word."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from signer_house import ALL_VERBS, VAULT_PASS, House, create, new_id, unlock
from signing_people import CY, DI, EVE, MemoryWitness, digest, now_ms
from signing_world import EMPTY, PATH, THEIRS, Case, Coordinator, permit

from jinku.core import JinkuError, canonical_bytes
from jinku.custody.ports import Verb
from jinku.custody.signing import Reserved, SigningRequest

Bend = Callable[[Coordinator], SigningRequest]
JUNK_KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"  # of account 0, which everybody knows


def code_of(world: Coordinator, request: SigningRequest, token: bytes | None = None) -> str:
    """What refuses it; no slot is given, and nothing of a key is said."""
    before = world.signer.slot_head().size
    with pytest.raises(JinkuError) as refused:
        world.signer.sign(world.token if token is None else token, request)
    assert world.signer.slot_head().size == before
    said = f"{refused.value} {refused.value.fields}".lower()
    assert JUNK_KEY not in said
    assert VAULT_PASS.decode() not in said
    return refused.value.code


def bent(**changes: Any) -> Bend:
    return lambda world: world.request(world.transfer(), **changes)


def asked(**changes: Any) -> Bend:
    return lambda world: world.request(world.transfer(**changes))


def approved(**changes: Any) -> Bend:
    def bend(world: Coordinator) -> SigningRequest:
        case = world.transfer()
        return world.request(case, approvals=(world.approval(case, CY, **changes), world.approval(case, DI)))

    return bend


def planned(**changes: Any) -> Bend:
    def bend(world: Coordinator) -> SigningRequest:
        case = world.transfer()
        case.plan.update(changes)
        return world.request(case)

    return bend


def by_eve(world: Coordinator) -> SigningRequest:
    case = world.transfer()
    return world.request(case, intent_signature=EVE.sign("jinku/intent/1", case.intent_bytes))


def lonely(world: Coordinator) -> SigningRequest:
    case = world.transfer()
    return world.request(case, approvals=(world.approval(case, CY),))


def elsewhere(world: Coordinator) -> SigningRequest:
    first = world.request(world.transfer())
    return replace(world.request(world.transfer()), receipt=first.receipt)


def uncosigned(world: Coordinator) -> SigningRequest:
    request = world.request(world.transfer())
    text = request.receipt.decode()
    return replace(request, receipt=(text[: text.rindex("— w1")]).encode())


def foreign(world: Coordinator) -> SigningRequest:
    request = world.request(world.transfer())
    return replace(request, receipt=request.receipt.replace(world.deployment.encode(), new_id().encode(), 1))


def older(world: Coordinator) -> SigningRequest:
    stale = world.request(world.transfer())
    world.reserve(world.request(world.transfer()))
    return stale


def taken(world: Coordinator) -> SigningRequest:
    case = world.transfer()
    world.reserve(world.request(case))
    return world.request(world.transfer(nonce=int(case.plan["nonce"])))


def twice(world: Coordinator) -> SigningRequest:
    case = world.transfer()
    world.reserve(world.request(case))
    return world.request(world.transfer(idempotency_key=case.intent["idempotency_key"]))


def second(world: Coordinator) -> SigningRequest:
    case = world.transfer()
    world.reserve(world.request(case))
    case.plan = world.plan(case.intent, next(world.nonces))
    return world.request(case)


def other_path(world: Coordinator) -> SigningRequest:
    case = world.transfer()
    case.plan = world.plan(case.intent, 0, path="m/44'/60'/0'/0/1")
    return world.request(case)


def no_form(world: Coordinator) -> SigningRequest:
    case = world.transfer()
    case.plan = world.plan(case.intent, 0, path="m/44'/60'/1'/0/0")
    return world.request(case)


def by_nobody(world: Coordinator) -> SigningRequest:
    request = world.request(world.transfer())
    head = world.reserve(request).submission.partition(b"\n\n")[2]
    return replace(request, slots_head=head)


def by_strangers(world: Coordinator) -> SigningRequest:
    request = world.request(world.transfer())
    head = world.reserve(request).submission.partition(b"\n\n")[2].decode()
    lines = "".join(MemoryWitness(name).line(head) for name in ("x0", "x1"))
    return replace(request, slots_head=(head + lines).encode())


def over(world: Coordinator) -> SigningRequest:
    bounds = {"max_fee": str(10**16), "replaceable": True, "valid_until": HOUR_AGO}
    intent = world.intent(bounds=bounds, created_at=str(int(HOUR_AGO) - 2))
    return world.request(Case(intent, world.plan(intent, next(world.nonces), created_at=str(int(HOUR_AGO) - 1))))


HOUR_AGO = str(now_ms() - 3_600_000)
REFUSED: dict[str, tuple[str, Bend]] = {
    "no document": ("evidence.document", bent(intent=b"{}")),
    "spaced": ("evidence.document", bent(plan=b" {}")),
    "of another deployment": ("evidence.deployment", asked(deployment=new_id())),
    "by nobody who may ask": ("evidence.initiator", by_eve),
    "asked by an approver": ("evidence.initiator", asked(initiator="cy")),
    "over": ("evidence.time", over),
    "another policy": ("evidence.policy", bent(policy=canonical_bytes({**EMPTY, "name": "none", "rules": [], "v": 1}))),
    "not permitted": ("evidence.policy", asked(asset="eip155:1/erc20:0x6b175474e89094c44da98b954eedeac495271d0f")),
    "rejected": ("evidence.rejected", approved(decision="reject")),
    "of other effects": ("evidence.approval", approved(effects_digest="11" * 32)),
    "of another intent": ("evidence.approval", approved(intent_digest="11" * 32)),
    "approved too long ago": ("evidence.time", approved(not_after=HOUR_AGO)),
    "one of two": ("evidence.obligation", lonely),
    "another entry": ("evidence.entry_of_plan", bent(entry=b'{"kind":"transfer.planned","v":1}')),
    "not under its head": ("evidence.inclusion", elsewhere),
    "under one witness of two": ("evidence.witnesses", uncosigned),
    "of another log": ("evidence.origin", foreign),
    "an older journal": ("evidence.head", older),
    "another's nonce": ("slot.taken", taken),
    "asked twice": ("slot.asked_twice", twice),
    "a second plan": ("slot.second_plan", second),
    "another payload": ("tx.plan", planned(payloads=[{"curve": "secp256k1", "digest": "22" * 32, "path": PATH}])),
    "another's vault": ("sign.vault", asked(vault=new_id())),
    "another account's path": ("sign.key", other_path),
    "a path of no form": ("sign.key", no_form),
    "a head that nobody cosigned": ("slots.head", by_nobody),
    "a head that strangers cosigned": ("slots.head", by_strangers),
    "no note": ("slots.head", bent(slots_head=b"x")),
}  # fmt: skip


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coordinator]:
    """One signer for all refusals: none of them leaves anything behind but slots of their own intents."""
    house = House(tmp_path_factory.mktemp("signing"))
    try:
        yield Coordinator(house)
    finally:
        house.stop()


@pytest.mark.parametrize("why", REFUSED)
def test_what_does_not_hold_is_refused_by_name(shared: Coordinator, why: str) -> None:
    code, bend = REFUSED[why]
    world, request = shared, bend(shared)
    if why == "no note":
        world.reserve(replace(request, slots_head=b""))  # its slot is given; the head alone is wrong
    assert code_of(world, request) == code


def test_a_token_of_this_verb_and_vault_is_needed(world: Coordinator) -> None:
    request = world.request(world.transfer())
    other = create(world.signer).vault
    some = tuple(verb for verb in ALL_VERBS if verb is not Verb.SIGN)
    assert code_of(world, request, unlock(world.signer, world.vault, some)) == "token.verb"
    assert code_of(world, request, unlock(world.signer, other)) == "token.vault"
    assert code_of(world, request, bytes(32)) == "token.void"
    assert code_of(world, replace(request, vault=other), unlock(world.signer, other)) == "sign.vault"
    world.signer.lock(world.vault)
    assert code_of(world, request) == "token.void"
    world.signer.lock()
    with pytest.raises(JinkuError) as refused:
        world.signer.slot_head()
    assert refused.value.code == "system.locked"


def test_a_trust_root_that_changed_ends_what_was_reserved(world: Coordinator) -> None:
    request = world.request(world.transfer())
    head = world.cosigned(world.reserve(request).submission)
    world.trust(policy_digest=digest("jinku/policy/1", b"{}").hex())
    assert code_of(world, replace(request, slots_head=head)) == "evidence.policy"
    world.trust(not_after=str(now_ms() - 1))
    assert code_of(world, replace(request, slots_head=head)) == "trust.expired"


def test_limits_of_the_policy_count_what_was_given(house: House) -> None:
    world = Coordinator(
        house, permit(limits=[{"amount": "2500", "over": "deny", "per": ["vault"], "window_seconds": 3600}])
    )
    for nonce in range(2):
        assert isinstance(world.reserve(world.request(world.transfer(nonce=nonce), approvals=())), Reserved)
    assert code_of(world, world.request(world.transfer(nonce=2), approvals=())) == "evidence.policy"
    small = world.request(world.transfer(nonce=2, amount="500"), approvals=())
    assert isinstance(world.reserve(small), Reserved)


def test_the_vaults_own_limits_hold_beyond_the_policy(house: House) -> None:
    limits: dict[str, Any] = {
        "velocity": [{"amount": "2500", "asset": "eip155:1/slip44:60", "count": 3, "window_seconds": 3600}]
    }
    world = Coordinator(house, limits=canonical_bytes(limits).decode())
    first = world.transfer(nonce=0)
    world.reserve(world.request(first))
    world.reserve(world.request(world.transfer(nonce=1)))
    assert code_of(world, world.request(world.transfer(nonce=2))) == "sign.limit", "3,000 of 2,500"
    first.plan = world.plan(first.intent, 0, tip=1, replaces=first.plan["id"])
    world.reserve(world.request(first))  # a bump is counted once
    world.reserve(world.request(world.transfer(nonce=2, amount="100")))
    assert code_of(world, world.request(world.transfer(nonce=3, amount="100"))) == "sign.limit", "4 of 3"


@pytest.mark.parametrize("limits", ['{"speed":1}', '{"velocity":[{"window_seconds":60}]}', '{"chains":["eip155:137"]}'])
def test_limits_that_are_not_understood_or_name_other_chains_sign_nothing(house: House, limits: str) -> None:
    world = Coordinator(house, limits=limits)
    code = "evidence.network" if "chains" in limits else "usage.limits"
    assert code_of(world, world.request(world.transfer())) == code


def test_the_log_names_no_document(world: Coordinator) -> None:
    world.sign(world.transfer())
    log = world.house.log
    assert "event=sign_reserved" in log
    assert "event=sign " in log
    assert THEIRS not in log
    assert json.loads(world.policy)["name"]

"""A coordinator of one real signer: trust root, policy, journal, witnesses, requests; all of it may be bent."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from log_keys import mth
from signer_house import EVM, HOME_PASS, JUNK, House, imported, new_id, secret, unlock
from signing_people import BO, CY, DI, Cosigner, MemoryWitness, Person, digest, now_ms

from jinku import _native
from jinku.core import canonical_bytes
from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.ports import Form, ImportKind
from jinku.custody.signing import Reserved, SignedPlan, SigningRequest

COIN = "eip155:1/slip44:60"
OURS = "eip155:1:0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"  # account 0 of the words of JUNK
THEIRS = "eip155:1:0x6fac4d18c912343bf86fa7049364dd4e424ab9c0"
PATH = "m/44'/60'/0'/0/0"
HOURS = 4 * 3600  # of a token: longer than any machine under load takes for a module
EMPTY: dict[str, Any] = {
    "assets": [],
    "book": [],
    "destinations": [],
    "initiators": [],
    "reference": None,
    "vaults": [],
}


def permit(asset: str = COIN, **then: Any) -> dict[str, Any]:
    """A policy whose one rule permits transfers of an asset, under these obligations."""
    rule = {"effect": "permit", "name": "pay", "then": then, "when": {"asset": [asset], "kind": ["transfer"]}}
    return {**EMPTY, "name": "main", "rules": [rule], "v": 1}


TWO_OF_DESK = permit(approvals=[{"count": 2, "group": "desk"}])


def hash_of(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def extension_of(leaves: Sequence[bytes], old: int, whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 9162, section 2.1.4.1."""
    if old == len(leaves):
        return [] if whole else [mth(leaves)]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    if old <= split:
        return [*extension_of(leaves[:split], old, whole), mth(leaves[split:])]
    return [*extension_of(leaves[split:], old - split, False), mth(leaves[:split])]


@dataclass
class Case:
    """An intent and a plan of it, as documents."""

    intent: dict[str, Any]
    plan: dict[str, Any]

    @property
    def intent_bytes(self) -> bytes:
        return canonical_bytes(self.intent)

    @property
    def plan_bytes(self) -> bytes:
        return canonical_bytes(self.plan)

    @property
    def entry(self) -> bytes:
        named = {
            "intent_digest": digest("jinku/intent/1", self.intent_bytes).hex(),
            "plan_digest": digest("jinku/plan/1", self.plan_bytes).hex(),
        }
        return canonical_bytes({**named, "kind": "transfer.planned", "subject": self.intent["id"], "ts": "1", "v": 1})


class Coordinator:
    """One deployment with a vault of the words of JUNK."""

    def __init__(
        self,
        house: House,
        policy: dict[str, Any] = TWO_OF_DESK,
        *,
        witnesses: int = 2,
        limits: str = "{}",
        forms: Sequence[Form] = (EVM,),
    ) -> None:
        self.house, self.policy = house, canonical_bytes(policy)
        self.witnesses: Sequence[Cosigner] = [MemoryWitness(f"w{number}") for number in range(witnesses)]
        self.signer = house.ready()
        self.deployment = self.signer.hello().deployment
        self.entries: list[bytes] = []
        self.nonces = count(1_000)
        self.signed = 0  # size of the last head of the journal
        self.seen = 0  # size of the journal's head that the signer saw last
        self.trust(witnesses=[self.named(one) for one in self.witnesses], quorum=witnesses)
        self.vault = imported(self.signer, ImportKind.MNEMONIC, JUNK, forms, limits=limits).vault
        self.token = unlock(self.signer, self.vault, ttl=HOURS)

    @staticmethod
    def named(one: Cosigner) -> dict[str, Any]:
        """A witness as the trust root names it."""
        return {"keys": sorted(one.vkeys), "name": one.name, "outside": True}

    def trust(self, **changes: Any) -> None:
        """The next version of the trust root is in force."""
        root = json.loads(self.signer.trust_root() or self.signer.begin_trust(now_ms() - 1000))["root"]
        plain = {"algorithm": "ed25519", "not_after": None, "passkey": None}

        def key(who: Person, role: str) -> dict[str, Any]:
            return {**plain, "name": who.name, "public": who.public.hex(), "roles": [role]}

        people = [key(BO, "initiator"), key(CY, "approver"), key(DI, "approver")]
        own = [{**one, "roles": ["admin"]} for one in root["keys"] if one["name"] == "admin"]
        following = {
            **root,
            "version": root["version"] + 1,
            "created_at": str(now_ms() - 1000),
            "keys": sorted(own + people, key=lambda one: str(one["name"])),
            "groups": [{"members": ["cy", "di"], "name": "desk", "threshold": 2}],
            "policy_digest": digest("jinku/policy/1", self.policy).hex(),
            **changes,
        }
        document = canonical_bytes(following)
        admin = self.signer.sign_trust_root(secret(HOME_PASS), document)
        self.signer.accept_trust_root(_native.make_trust_root(document, [admin]))

    def intent(self, **changes: Any) -> dict[str, Any]:
        """A transfer of 1,000 wei."""
        made = {
            "amount": "1000",
            "asset": COIN,
            "bounds": {"max_fee": str(10**16), "replaceable": True, "valid_until": str(now_ms() + 600_000)},
            "created_at": str(now_ms() - 500),
            "deployment": self.deployment,
            "destination": THEIRS,
            "id": new_id(),
            "idempotency_key": f"order-{new_id()}",
            "initiator": "bo",
            "kind": "transfer",
            "reason_commitment": None,
            "source": OURS,
            "v": 1,
            "vault": self.vault,
        }
        return {**made, **changes}

    def plan(self, intent: dict[str, Any], nonce: int, **changes: Any) -> dict[str, Any]:
        """A plan of the intent at a nonce; its payload's digest filled in by the codec."""
        tip = changes.pop("tip", 0)
        path = changes.pop("path", PATH)
        detail: dict[str, Any] = {
            "access_list": [],
            "authorization": None,
            "gas_limit": "21000",
            "max_fee_per_gas": str(20_000_000_000 + tip),
            "max_priority_fee_per_gas": "1000000000",
            "type": "dynamic_fee",
        }
        draft = {
            "detail": detail,
            "fee": str(21_000 * (20_000_000_000 + tip)),
            "nonce": str(nonce),
            "payloads": [{"curve": "secp256k1", "digest": "00" * 32, "path": path}],
        }
        return self.completed(intent, {**draft, **changes})

    @staticmethod
    def completed(intent: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
        """A plan of these fields, its payloads' digests filled in by the codec."""
        draft = {
            "anchor": None,
            "chain": intent["source"].rpartition(":")[0],
            "change": [],
            "created_at": str(now_ms()),
            "deployment": intent["deployment"],
            "id": new_id(),
            "inputs": [],
            "intent_digest": digest("jinku/intent/1", canonical_bytes(intent)).hex(),
            "nonce": None,
            "replaces": None,
            "v": 1,
            "valid_until_height": None,
            **fields,
        }
        return dict(json.loads(_native.complete_plan(canonical_bytes(intent), canonical_bytes(draft))))

    def transfer(self, nonce: int | None = None, **changes: Any) -> Case:
        """An intent and its plan, at the next nonce where none is named."""
        intent = self.intent(**changes)
        return Case(intent, self.plan(intent, next(self.nonces) if nonce is None else nonce))

    def approval(self, case: Case, who: Person, **changes: Any) -> tuple[bytes, bytes]:
        """What an approver signed of the intent."""
        effects = _native.asked_effects(case.intent_bytes)
        document = canonical_bytes(
            {
                "approver": who.name,
                "bounds": case.intent["bounds"],
                "decision": "approve",
                "deployment": self.deployment,
                "effects_digest": digest("jinku/effects/1", effects).hex(),
                "intent_digest": digest("jinku/intent/1", case.intent_bytes).hex(),
                "not_after": str(now_ms() + 600_000),
                "policy_digest": digest("jinku/policy/1", self.policy).hex(),
                "v": 1,
                **changes,
            }
        )
        return document, who.sign("jinku/approval/1", document)

    def receipt(self, index: int) -> tuple[bytes, tuple[bytes, ...]]:
        """The receipt of an entry under a new head of the whole journal, and how that extends the one seen last."""
        leaves = [hash_of(entry) for entry in self.entries]
        proof = extension_of(leaves, self.signed) if self.signed else []
        root = mth(leaves)
        lines = self.signer.sign_checkpoint(len(leaves), root, proof)
        note = _native.checkpoint_text(f"{self.deployment}.jinku", len(leaves), root) + "\n" + "\n".join(lines) + "\n"
        body = f"old {self.signed}\n" + "".join(base64.b64encode(one).decode() + "\n" for one in proof) + "\n" + note
        note += "".join(one.add_checkpoint(body.encode()) for one in self.witnesses)
        self.signed = len(leaves)
        path = _native.inclusion_path(b"".join(leaves), index)
        nodes = "".join(base64.b64encode(one).decode() + "\n" for one in path)
        text = f"c2sp.org/tlog-proof@v1\nindex {index}\n{nodes}\n{note}"
        return text.encode(), tuple(extension_of(leaves, self.seen) if self.seen else ())

    def request(self, case: Case, **changes: Any) -> SigningRequest:
        """All that is needed for a signature of the plan; it stands in the journal from now on."""
        if case.entry not in self.entries:
            self.entries += [b"{}", case.entry]
        receipt, extension = self.receipt(self.entries.index(case.entry))
        made = SigningRequest(
            vault=self.vault,
            intent=case.intent_bytes,
            intent_signature=BO.sign("jinku/intent/1", case.intent_bytes),
            plan=case.plan_bytes,
            policy=self.policy,
            approvals=(self.approval(case, CY), self.approval(case, DI)),
            entry=case.entry,
            receipt=receipt,
            extension=extension,
        )
        return replace(made, **changes)

    def cosigned(self, submission: bytes) -> bytes:
        """The head with the lines of all witnesses."""
        note = submission.partition(b"\n\n")[2].decode()
        return (note + "".join(one.add_checkpoint(submission) for one in self.witnesses)).encode()

    def reserve(self, request: SigningRequest) -> Reserved:
        """The answer before the head is cosigned."""
        answer = self.signer.sign(self.token, request)
        assert isinstance(answer, Reserved)
        self.seen = int(request.receipt.split(b"\n\n")[1].split(b"\n")[1])
        return answer

    def finish(self, request: SigningRequest, head: bytes) -> SignedPlan:
        """The answer with the cosigned head."""
        answer = self.signer.sign(self.token, replace(request, slots_head=head))
        assert isinstance(answer, SignedPlan)
        return answer

    def sign(self, case: Case) -> SignedPlan:
        """The whole way."""
        request = self.request(case)
        return self.finish(request, self.cosigned(self.reserve(request).submission))

    def copied(self) -> tuple[House, SocketSigner, bytes]:
        """A second signer over a copy of the home as it is now, and a token of it."""
        folder = self.house.folder / "copy"
        folder.mkdir()
        shutil.copytree(self.house.home, folder / "home")
        house = House(folder)
        signer = house.ready()
        return house, signer, unlock(signer, self.vault, ttl=HOURS)

    def started_anew(self) -> None:
        """The signer runs again, everything unlocked."""
        self.signer = self.house.ready()
        self.token = unlock(self.signer, self.vault, ttl=HOURS)

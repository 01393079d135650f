"""Arithmetic in Rust (crates/python). Nothing here takes or makes a private key.

Refusals are raised as classes of ``jinku.core``: ``UsageError`` for arguments that cannot be meant, ``ParseError`` for
text or bytes out of form, ``IntegrityError`` for proofs and signatures that do not hold.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

__all__ = [
    "ERROR_CODES",
    "account_id",
    "account_ids",
    "append_leaves",
    "asked_effects",
    "attach_signatures",
    "batch_leaves",
    "batch_root",
    "bundle_bytes",
    "canonical",
    "check_canonical",
    "check_evidence",
    "check_form",
    "check_next_trust_root",
    "check_plan",
    "check_trust_root_fresh",
    "check_trusted_checkpoint",
    "check_witness_policy",
    "checkpoint_text",
    "complete_plan",
    "document_digest",
    "domain_digest",
    "edge_tiles",
    "encode_address",
    "entries_path",
    "entry_rows_hold",
    "forms_for",
    "inclusion_path",
    "leaf_hash",
    "leaf_hashes",
    "lookup_keys",
    "make_note",
    "make_receipt",
    "make_submission",
    "make_trust_root",
    "make_vkey",
    "merkle_root",
    "message_digest",
    "new_entry_rows",
    "new_tiles",
    "note_message",
    "open_handover",
    "open_transaction",
    "open_trust_root",
    "parse_checkpoint",
    "parse_entries_path",
    "parse_note",
    "parse_receipt",
    "parse_tile_path",
    "parse_vkey",
    "placed_entries",
    "policy_digest",
    "policy_missing",
    "policy_verdict",
    "read_typed_data",
    "signature_line",
    "tile_consistency",
    "tile_inclusion",
    "tile_path",
    "tile_root",
    "transaction_effects",
    "transaction_payloads",
    "tree_root",
    "trust_root_digest",
    "unpack_column",
    "validate_address",
    "verify_batch_statement",
    "verify_consistency",
    "verify_hello",
    "verify_inclusion",
    "verify_note",
    "word",
]

ERROR_CODES: Final[tuple[str, ...]]
"""Every code that this module raises beside ``usage.invalid``."""

def canonical(text: bytes) -> bytes:
    """The canonical bytes (RFC 8785, restricted) of any JSON text that keeps the restrictions."""

def check_canonical(data: bytes) -> None:
    """Raise unless the bytes are canonical already."""

def domain_digest(tag: str, data: bytes) -> bytes:
    """32 bytes: ``SHA256(tag 00 data)``."""

def document_digest(kind: str, data: bytes) -> bytes:
    """32 bytes: the digest of a governed document in canonical bytes.

    ``kind`` is intent, intent-body, plan, verdict or approval.
    """

def word(kind: str, text: str) -> str:
    """The one text form of a word; ``kind`` is id, figure, chain, account or asset."""

def account_id(job: bytes, ts_ms: int, index: int) -> bytes:
    """16 bytes: the id of one account of a job (16 bytes) that was created at ``ts_ms``."""

def account_ids(job: bytes, ts_ms: int, start: int, count: int) -> list[bytes]:
    """16 bytes each: the ids of ``count`` accounts from index ``start``."""

def unpack_column(packed: bytes) -> list[str]:
    """The texts of a packed column: u8 length, ASCII, repeated."""

def batch_leaves(
    ids: Sequence[bytes],
    start: int,
    forms: Sequence[tuple[str, str, str]],
    columns: Sequence[bytes | list[str]],
    *,
    self_mode: bool = False,
) -> bytes:
    """The joined 32-byte leaf hashes of accounts.

    ``forms`` are (chain, kind, path template), one column a form: packed, or a list of texts. In self mode each
    account is number 0 of its own mnemonic, and its paths say so. Releases the interpreter while hashing.
    """

def batch_root(
    job: bytes,
    ts_ms: int,
    start: int,
    count: int,
    forms: Sequence[tuple[str, str, str]],
    columns: Sequence[bytes | list[str]],
    *,
    self_mode: bool = False,
) -> bytes:
    """32 bytes: the Merkle root over the accounts of a range, whose ids follow from job and time."""

def leaf_hash(data: bytes) -> bytes:
    """32 bytes: ``SHA256(00 data)`` (RFC 6962, section 2.1)."""

def merkle_root(leaves: bytes) -> bytes:
    """32 bytes: the Merkle root over joined leaf hashes (RFC 6962, section 2.1)."""

def inclusion_path(leaves: bytes, index: int) -> list[bytes]:
    """32 bytes each: the path of one of the joined leaf hashes (RFC 6962, section 2.1.1)."""

def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Raise ``IntegrityError`` unless the path leads from the leaf hash to the root of a tree of ``size``."""

def verify_batch_statement(statement: bytes, signature: bytes, identity_public: bytes) -> None:
    """Raise ``IntegrityError`` unless the identity key (Ed25519, 32 bytes) signed the statement's digest."""

def verify_hello(nonce: bytes, deployment: str, signature: bytes, identity_public: bytes) -> None:
    """Raise ``IntegrityError`` unless the identity key (Ed25519, 32 bytes) signed this answer to hello."""

def lookup_keys(addresses: bytes | list[str]) -> list[int]:
    """The first 8 bytes of SHA-256 of each text, big-endian, signed."""

def forms_for(chain: str, *, hardened: bool = False) -> list[tuple[str, str, str, str]]:
    """(chain, family, kind, path template) of a family's main network or of a CAIP-2 chain."""

def check_form(chain: str, kind: str, path: str) -> tuple[str, str, str, str]:
    """(chain, family, kind, path template), checked; the chain in its canonical spelling."""

def encode_address(chain: str, kind: str, public_key: bytes) -> str:
    """The address of a PUBLIC key: SEC1 for secp256k1 and P-256, 32 bytes for Ed25519."""

def validate_address(chain: str, address: str) -> tuple[str, str, str]:
    """(family, format, canonical spelling) of a valid address on a chain; ``ParseError`` says what is wrong."""

def bundle_bytes(entries: Sequence[bytes]) -> bytes:
    """Each entry behind its length (u16, big-endian). UsageError for one above 65,535 bytes."""

def new_entry_rows(
    ids: Sequence[int], asked: Sequence[tuple[str, str, Mapping[str, object]]], at_ms: int, actor: str, longest: int
) -> list[tuple[int, str, str, bytes, bytes, int, str] | None]:
    """For each id and (kind, subject, facts) the row: id, kind, subject, canonical bytes, leaf hash, ms, actor.

    None where facts are no ``dict``, or hold a foreign type, a float, an integer out of range, a lone surrogate, a
    reserved name, too many levels, or more than ``longest`` bytes: ``canonical_bytes`` says what is wrong, if anything.
    """

def placed_entries(rows: Sequence[tuple[object, ...]], start: int) -> tuple[list[bytes], bytes] | None:
    """The contents of rows (place, content, hash) and their joined leaf hashes.

    None unless the places are dense from ``start`` on and each hash is that of its content.
    """

def policy_digest(document: bytes) -> bytes:
    """32 bytes that name a policy document."""

def policy_verdict(document: bytes, question: bytes) -> bytes:
    """The verdict on a question of ``jinku.policy.questions``, as the signer would give it."""

def policy_missing(
    verdict: bytes, approvals: Sequence[bytes], question: bytes
) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Code, text and facts of what is missing before the obligations of a verdict are met."""

def entry_rows_hold(rows: Sequence[tuple[object, ...]], start: int | None = None) -> bool:
    """True when hash and columns of each row (place, kind, subject, actor, ms, hash, content) are those of its content.

    With ``start`` the places are dense from there on, too. False for what is no row: nothing is raised.
    """

def entry_files(rows: Sequence[tuple[object, ...]], start: int, width: int) -> list[tuple[bytes, bytes]] | None:
    """For each ``width`` rows of the form above, from place ``start`` on, their bundle and their joined leaf hashes.

    None when one of them does not hold. Uses every core.
    """

def leaf_hashes(entries: Sequence[bytes]) -> bytes:
    """The joined 32-byte leaf hashes of entries. Releases the interpreter while hashing."""

def append_leaves(
    size: int, edge: Sequence[bytes], leaves: bytes
) -> tuple[list[bytes], bytes, list[tuple[int, int, int, bytes]]]:
    """Edge, root and written tiles of the tree of ``size`` leaves that has these joined leaf hashes more.

    ``edge`` holds the bytes of the partial tiles that ``edge_tiles(size)`` names; compare their ``tree_root`` with a
    checkpoint before. A written tile is (level, index, width, bytes): each that is new or wider, lowest level first.
    """

def tree_root(size: int, edge: Sequence[bytes]) -> bytes:
    """32 bytes: the root of the tree with these edge tiles (RFC 6962, section 2.1)."""

def edge_tiles(size: int) -> list[tuple[int, int, int]]:
    """(level, index, width) of the partial tiles at the right edge, lowest level first."""

def new_tiles(old: int, new: int) -> list[tuple[int, int, int]]:
    """(level, index, width) of the tiles that size ``new`` has and size ``old`` had not, or narrower."""

def tile_path(level: int, index: int, width: int) -> str:
    """``tile/<L>/<N>[.p/<W>]`` (C2SP tlog-tiles)."""

def entries_path(index: int, width: int) -> str:
    """``tile/entries/<N>[.p/<W>]`` (C2SP tlog-tiles)."""

def parse_tile_path(path: str) -> tuple[int, int, int]:
    """(level, index, width) of the one spelling of a tile's path."""

def parse_entries_path(path: str) -> tuple[int, int]:
    """(index, width) of the one spelling of a bundle's path."""

def tile_inclusion(size: int, root: bytes, index: int, read: Callable[[int, int, int], bytes]) -> list[bytes]:
    """32 bytes each: the path of leaf ``index``, out of tiles.

    ``read(level, index, width)`` gives the bytes of a tile; a wider one at the same place will do. Each is checked
    against the root before it is used: ``IntegrityError`` names the one at fault. What ``read`` raises passes through.
    """

def tile_consistency(size: int, root: bytes, old: int, read: Callable[[int, int, int], bytes]) -> list[bytes]:
    """32 bytes each: the proof that the tree extends its first ``old`` leaves, as ``tile_inclusion`` does."""

def tile_root(size: int, root: bytes, old: int, read: Callable[[int, int, int], bytes]) -> bytes:
    """32 bytes: the root over the first ``old`` leaves, out of tiles as in ``tile_inclusion``."""

def verify_consistency(old: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes) -> None:
    """Raise ``IntegrityError`` unless the tree of ``size`` leaves extends the one of ``old`` (at least 1)."""

def parse_vkey(vkey: str) -> tuple[str, str, bytes, bytes]:
    """(name, algorithm, 4-byte key id, public key) of a verifier key (C2SP signed-note)."""

def make_vkey(name: str, algorithm: str, public: bytes) -> str:
    """The vkey of a public key; ``algorithm`` is ``ed25519``, ``cosignature/v1`` or ``ml-dsa-44``."""

def note_message(vkey: str, text: str, timestamp: int) -> bytes:
    """The bytes that a key signs for a text, at a time in Unix seconds (which ``ed25519`` does not sign)."""

def signature_line(vkey: str, timestamp: int, signature: bytes) -> str:
    """The line of a raw signature over ``note_message``, with its newline."""

def make_note(text: str, lines: Sequence[str]) -> bytes:
    """The signed note of a text and signature lines."""

def parse_note(data: bytes) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """Text and lines (name, key id, payload) of a note. The text is worth nothing before ``verify_note``."""

def verify_note(data: bytes, vkeys: Sequence[str]) -> tuple[str, list[tuple[int, int | None]]]:
    """Text of a note, and which of the keys signed it at what time (None for ``ed25519``).

    ``IntegrityError`` when none did, or when a line of one of them does not hold. Lines of other keys are passed over.
    """

def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """The three lines of a checkpoint (C2SP tlog-checkpoint)."""

def parse_checkpoint(text: str) -> tuple[str, int, bytes]:
    """(origin, size, root) of a checkpoint's text: three lines, no extensions."""

def make_receipt(index: int, path: Sequence[bytes], note: bytes, extra: bytes | None = None) -> bytes:
    """A receipt (C2SP tlog-proof) of the entry at ``index`` under the note's checkpoint."""

def parse_receipt(data: bytes) -> tuple[int, list[bytes], bytes, bytes | None]:
    """(index, path, note, extra) of a receipt; nothing of it is believed yet."""

def make_submission(old: int, proof: Sequence[bytes], note: bytes) -> bytes:
    """The body of ``add-checkpoint`` (C2SP tlog-witness)."""

def check_witness_policy(policy: bytes, note: bytes) -> list[str]:
    """The policy's names of the witnesses that cosigned (C2SP tlog-policy); ``IntegrityError`` unless it is met."""

def trust_root_digest(document: bytes) -> bytes:
    """32 bytes: what admins sign of a trust root's document in canonical bytes."""

def make_trust_root(document: bytes, signatures: Sequence[tuple[bytes, bytes]]) -> bytes:
    """The signed trust root of a document and (public key, signature) of admins, in any order."""

def open_trust_root(data: bytes, at_ms: int, *, first: bool = False) -> tuple[bytes, str, str, bool]:
    """(document, fingerprint in hex, in words, dev) of a signed trust root that the threshold of its own admins signed.

    ``first`` wants version 1. Whether it is the right root, only its fingerprint says, or ``check_next_trust_root``.
    """

def check_next_trust_root(current: bytes, successor: bytes, at_ms: int) -> None:
    """Raise ``IntegrityError`` unless ``successor`` is the next version, signed by the thresholds of both."""

def check_trust_root_fresh(data: bytes, at_ms: int) -> None:
    """Raise ``IntegrityError`` when the trust root has expired."""

def open_handover(
    statement: bytes, signature: bytes, log_public: bytes
) -> tuple[str, tuple[str, int, bytes], tuple[str, int, bytes], tuple[str, int, bytes]]:
    """The deployment, and (origin, size, root) of three heads.

    The old log's last; the one that the new origin goes on from; and the one with which the signer saw that tree begin
    (size 0: with none). ``IntegrityError`` unless the log's Ed25519 key signed it.
    """

def check_trusted_checkpoint(
    trust_root: bytes, note: bytes
) -> tuple[str, int, bytes, list[tuple[str, bool, int]], bool]:
    """(origin, size, root, witnesses, dev) of a checkpoint that a trust root stands behind.

    The trust root is one that was opened before. A witness is (name, from outside, Unix seconds).
    """

def check_evidence(
    trust_root: bytes, entry: bytes, receipt: bytes
) -> tuple[int, int, bytes, list[tuple[str, bool, int]], bool]:
    """(index, size, root, witnesses, dev) of an entry that stands where its receipt says; an error names the fault."""

def complete_plan(intent: bytes, draft: bytes) -> bytes:
    """The plan with the digests of its payloads filled in; intent, draft and answer are canonical bytes."""

def check_plan(intent: bytes, plan: bytes) -> tuple[str, bytes, bytes]:
    """(account, unsigned transaction, effects) of a plan that is its intent's and does exactly what that asks for."""

def asked_effects(intent: bytes) -> bytes:
    """The effects that an intent asks for, in canonical bytes: what its approvers are shown."""

def transaction_effects(account: str, data: bytes) -> bytes:
    """The effects of a transaction of the account (CAIP-10), decoded from its bytes, in canonical bytes.

    Also of an authorisation (EIP-7702), and of a permit as the JSON text of its typed data (EIP-712).
    """

def transaction_payloads(account: str, data: bytes) -> list[tuple[str, str, bytes]]:
    """(account, curve, digest) of what is to be signed."""

def attach_signatures(account: str, data: bytes, signatures: Sequence[tuple[bytes, int | None]]) -> tuple[bytes, str]:
    """(signed transaction, id); a signature is 64 bytes and a recovery id. ``IntegrityError`` for another's."""

def open_transaction(chain: str, data: bytes) -> tuple[str, bytes, str]:
    """(account, unsigned transaction, id) of a signed EVM transaction; the account is the one that signed it."""

def message_digest(message: bytes) -> bytes:
    """32 bytes that are signed of a message on an EVM chain (EIP-191)."""

def read_typed_data(text: bytes) -> tuple[bytes, str, int | None, str | None]:
    """(digest, primary type, chain id, contract) of typed data (EIP-712), strictly read from JSON."""

"""The trust root's fingerprint on one page to print: what is compared by people who believe no file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from string import Template

from jinku import _native
from jinku.cli.output import printable
from jinku.core import when
from jinku.ops.trust import TrustRoot

__all__ = ["trust_sheet"]

_PAGE = Path(__file__).with_name("trust_sheet.html")
_PROFILES = {
    "dev": "profile dev: no witness from outside has to cosign 无须外部见证人共同签名",
    "witnessed": "profile witnessed: a checkpoint counts only with the cosignatures below 须有下列共同签名",
}
_COSIGNING = "cosignature/v1"  # of an Ed25519 key


def trust_sheet(root: TrustRoot, printed_ms: int) -> str:
    """One self-contained HTML page, in English and Chinese: no script, no picture, nothing fetched."""
    document, journal, ends = root.root, root.root["journal"], root.root["not_after"]
    admins = [key for key in document["keys"] if "admin" in key["roles"]]
    witnesses = [
        f"{_witness(one['name'], one['keys'])}{'' if one['outside'] else ' (own, does not count 自有)'}: "
        f"{_key_ids(one['keys'])}"
        for one in document["witnesses"]
    ]
    return Template(_PAGE.read_text(encoding="utf-8")).substitute(
        deployment=_safe(document["deployment"]),
        version=root.version,
        profile=_PROFILES[root.profile],
        made=_moment(root.created_at_ms),
        ends="no end 未设" if ends is None else _moment(int(ends)),
        origin=_safe(journal["origin"]),
        log_keys=_key_ids(journal["keys"]),
        admins="<br>".join(f"{_safe(key['name'])}: Ed25519 <code>{_safe(key['public'])}</code>" for key in admins),
        threshold=root.needed,
        witnesses="<br>".join(witnesses) or "none 无",
        quorum=root.quorum,
        digits=_cells([root.fingerprint[at : at + 4] for at in range(0, 64, 4)], 8),
        words=_cells(root.words.split("-"), 4),
        printed=_moment(printed_ms),
    )


def _safe(text: object) -> str:
    return escape(printable(str(text)))


def _moment(at_ms: int) -> str:
    return f"{_safe(when(at_ms))} UTC"


def _cells(items: Sequence[str], width: int) -> str:
    lines = (items[at : at + width] for at in range(0, len(items), width))
    return "".join("<tr>" + "".join(f"<td>{_safe(one)}</td>" for one in line) + "</tr>" for line in lines)


def _key_ids(vkeys: Iterable[str]) -> str:
    """Algorithm and key id of each vkey: by them its line is found under a checkpoint."""
    read = (_native.parse_vkey(vkey) for vkey in vkeys)
    return ", ".join(f"{_algorithm(algorithm)} <code>{key_id.hex()}</code>" for _, algorithm, key_id, _ in read)


def _algorithm(name: str) -> str:
    return _safe("ed25519 (cosignature/v1)" if name == _COSIGNING else name)


def _witness(name: str, vkeys: Sequence[str]) -> str:
    """What the trust root calls it, and what its own keys do, where that is another name."""
    own = ", ".join(sorted({_native.parse_vkey(vkey)[0] for vkey in vkeys} - {name}))
    return _safe(f"{name} ({own})" if own else name)

"""The bundle of subject keys: one small file, canonical JSON, without names. It is rewritten at each erasure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from jinku.core import Json, ParseError, canonical_bytes
from jinku.privacy.errors import BundleRefusedError
from jinku.privacy.keys import KEY_BYTES, SubjectKey

__all__ = ["FORMAT", "MAX_BYTES", "KeyBundle"]

FORMAT = "jinku/subject-keys/1"
MAX_BYTES = 256 << 20
_FIELDS = {"deployment", "erased", "format", "keys", "records", "written_at", "v"}


@dataclass(frozen=True, slots=True)
class KeyBundle:
    """Keys of the subjects that stand; marks of those that were erased; the records that must hold nothing of them."""

    deployment: str
    written_at_ms: int
    keys: Mapping[bytes, bytes]
    erased: Sequence[bytes]
    records: Sequence[tuple[str, str]]

    def to_bytes(self) -> bytes:
        """The file."""
        keys = [{"key": key.hex(), "mark": mark.hex()} for mark, key in sorted(self.keys.items())]
        document = {
            "deployment": self.deployment,
            "erased": [mark.hex() for mark in sorted(self.erased)],
            "format": FORMAT,
            "keys": keys,
            "records": [{"part": part, "record": record} for record, part in sorted(self.records)],
            "v": 1,
            "written_at": str(self.written_at_ms),
        }
        return canonical_bytes(cast(Json, document)) + b"\n"

    @staticmethod
    def read(data: bytes, deployment: str) -> KeyBundle:
        """The bundle in these bytes: each mark is that of its key, none of them is an erased one."""
        try:
            found = _parsed(data)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, ParseError) as error:
            raise _refused(str(error).partition("\n")[0][:200]) from error
        if found.deployment != deployment:
            raise _refused(f"deployment {found.deployment[:60]}", f"deployment {deployment}")
        return found


def _parsed(data: bytes) -> KeyBundle:
    if len(data) > MAX_BYTES:
        raise ValueError("it is too large")
    document = json.loads(data)
    if canonical_bytes(document) + b"\n" != data:
        raise ValueError("it is not canonical")
    if set(document) != _FIELDS or (document["format"], document["v"]) != (FORMAT, 1):
        raise ValueError("it is of another format")
    keys = {}
    for one in document["keys"]:
        mark, key = bytes.fromhex(one["mark"]), bytes.fromhex(one["key"])
        if len(key) != KEY_BYTES or SubjectKey(key).mark != mark:
            raise ValueError(f"the key of {one['mark'][:16]}… has another mark")
        keys[mark] = key
    erased = [bytes.fromhex(mark) for mark in document["erased"]]
    records = [(str(one["record"]), str(one["part"])) for one in document["records"]]
    if any(len(mark) != KEY_BYTES for mark in erased):  # a mark is as long as a key
        raise ValueError("a mark has another length")
    if both := keys.keys() & set(erased):
        raise ValueError(f"{min(both).hex()[:16]}… is erased and has a key")
    return KeyBundle(str(document["deployment"]), int(document["written_at"]), keys, erased, records)


def _refused(found: str, expected: str = "") -> BundleRefusedError:
    return BundleRefusedError(
        "this is no bundle of subject keys of this installation",
        found=found,
        expected=expected or f"canonical JSON of the format {FORMAT}",
        advice="name the file that `jinku privacy export` wrote",
    )

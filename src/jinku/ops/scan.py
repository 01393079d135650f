"""Search files for known secrets in every usual encoding, and prove first that the search finds them.

The scan answers one question: does any file under a folder hold this secret, however it may have been written? It
is given needles (a seed, a private key, a mnemonic, a passphrase), spells each in many ways, plants every spelling in
a decoy file, and counts as valid only when it found them all there. A fragment of a spelling (sixteen bytes, more for
wordy encodings) is enough, so a truncated or split copy is found, too. Compressed or encrypted copies are out of its
reach.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow  # type: ignore[import-untyped]  # has no stubs
from pyarrow import compute

from jinku.core import UsageError

_B58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_LEAST = 16  # bytes of a spelling that are enough to call it found; a needle is at least as long
_WORD = 8  # a file is looked at in aligned words of this size
_CHUNK = 16 << 20
_OVERLAP = 1 << 12  # longer than any spelling, a multiple of the word


@dataclass(frozen=True, slots=True)
class Needle:
    """A secret to look for: bytes, or the words of a mnemonic when ``words`` is not empty."""

    name: str
    data: bytes = b""
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spelling:
    """One needle in one encoding; ``data`` is what would stand in the file."""

    needle: str
    encoding: str
    data: bytes

    @property
    def enough(self) -> int:
        """The length of a fragment that betrays the spelling: eight bytes of the secret or more."""
        return min(len(self.data), _enough(self.encoding))


@dataclass(frozen=True, slots=True)
class Finding:
    """A spelling stands at ``offset`` of the file ``path``."""

    path: Path
    offset: int
    needle: str
    encoding: str


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What a scan read and found; ``findings`` is empty when no needle lies there."""

    files: int
    size_bytes: int
    spellings: int
    findings: tuple[Finding, ...]


def base58(data: bytes) -> str:
    """The base58 text of ``data`` (Bitcoin's alphabet, leading zero bytes as ``1``)."""
    number = int.from_bytes(data, "big")
    digits = ""
    while number:
        number, rest = divmod(number, 58)
        digits = _B58[rest] + digits
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * zeros + digits


def _shifted_base64(data: bytes, encode: Callable[[bytes], bytes], shift: int) -> bytes:
    """The characters that any base64 text shows for ``data`` standing ``shift`` bytes into a group of three."""
    text = encode(b"\0" * shift + data).rstrip(b"=")
    head = (0, 2, 3)[shift]  # characters that carry bits of what stands before
    tail = 1 if (shift + len(data)) % 3 else 0  # the last one may carry bits of what follows
    return text[head : len(text) - tail]


# Encodings that spend many characters on a byte need a longer fragment before they mean anything.
_WORDY = {
    "hex": 20, "hex upper": 20, "hex reversed": 20, "hex UTF-16LE": 40, "hex UTF-16BE": 40, "JSON escapes": 48,
    "JSON escapes (as JSON writes them)": 32, "byte escapes": 32, "JSON numbers": 32, "JSON numbers, spaced": 40,
    "UTF-16LE": 40, "UTF-16BE": 40,
}  # fmt: skip
# A word is 11 bits of the secret, and two of them follow each other in any prose: six are wanted, some 32 characters.
_PHRASE = dict.fromkeys(("upper", "backwards", "reversed"), 32) | {"UTF-16LE": 64, "UTF-16BE": 64}
_PREFIXES = 28  # six words of four letters and a space, less what two letters leave out


def _enough(encoding: str) -> int:
    """See ``Spelling.enough``."""
    if encoding == "word prefixes":
        return _PREFIXES
    if encoding.startswith("words by "):
        return _PHRASE["upper"]
    of_words = encoding.removeprefix("words ")
    return _PHRASE[of_words] if of_words != encoding and of_words in _PHRASE else _WORDY.get(of_words, _LEAST)


def _byte_spellings(data: bytes) -> Iterator[tuple[str, bytes]]:
    yield "raw", data
    yield "reversed", data[::-1]
    hexadecimal = data.hex()
    yield "hex", hexadecimal.encode()
    yield "hex upper", hexadecimal.upper().encode()
    yield "hex reversed", data[::-1].hex().encode()
    yield "hex UTF-16LE", hexadecimal.encode("utf-16-le")
    yield "hex UTF-16BE", hexadecimal.encode("utf-16-be")
    for shift in range(3):
        yield f"base64 offset {shift}", _shifted_base64(data, base64.b64encode, shift)
        yield f"base64url offset {shift}", _shifted_base64(data, base64.urlsafe_b64encode, shift)
    yield "base58", base58(data).encode()
    yield "JSON escapes", "".join(f"\\u{byte:04x}" for byte in data).encode()
    yield "JSON escapes (as JSON writes them)", json.dumps(data.decode("latin-1"))[1:-1].encode()
    yield "byte escapes", "".join(f"\\x{byte:02x}" for byte in data).encode()
    yield "JSON numbers", ",".join(map(str, data)).encode()
    yield "JSON numbers, spaced", ", ".join(map(str, data)).encode()


def _word_spellings(words: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    phrase = " ".join(words)
    separators = {"spaces": " ", "lines": "\n", "commas": ",", "commas, spaced": ", ", "nothing": "", "JSON": '","'}
    separators["JSON, spaced"] = '", "'
    for name, separator in separators.items():
        yield f"words by {name}", separator.join(words).encode()
    yield "words upper", phrase.upper().encode()
    yield "words backwards", " ".join(reversed(words)).encode()
    yield "word prefixes", " ".join(word[:4] for word in words).encode()
    for name, data in _byte_spellings(phrase.encode()):
        yield f"words {name}", data
    yield "words UTF-16LE", phrase.encode("utf-16-le")
    yield "words UTF-16BE", phrase.encode("utf-16-be")


def spellings(needles: Iterable[Needle]) -> tuple[Spelling, ...]:
    """Every needle in every encoding, without doubles; a needle that chance would find, being short, is refused."""
    seen: dict[bytes, Spelling] = {}
    for needle in needles:
        pairs = list(_word_spellings(needle.words)) if needle.words else list(_byte_spellings(needle.data))
        for encoding, data in pairs:
            if not _LEAST <= len(data) <= _OVERLAP:
                found = f"{len(data)} bytes as {encoding}"
                raise UsageError(
                    f"needle {needle.name} has no fit length", found=found, expected=f"{_LEAST}-{_OVERLAP}"
                )
            seen.setdefault(data, Spelling(needle.name, encoding, data))
    return tuple(seen.values())


def files_under(roots: Iterable[Path]) -> Iterator[Path]:
    """Every regular file under the roots, each once, links not followed."""
    for root in roots:
        if root.is_file() and not root.is_symlink():
            yield root
        for folder, _, names in os.walk(root):
            for name in sorted(names):
                path = Path(folder, name)
                if path.is_file() and not path.is_symlink():
                    yield path


class Scanner:
    """Holds the spellings by their eight-byte fragments; reads each file once, whatever the number of needles.

    Sixteen bytes anywhere in a file cover at least one of its aligned eight-byte words whole. So each aligned word is
    looked up in the set of all fragments of all spellings, and only around a hit are the bytes compared.
    """

    def __init__(self, needles: Iterable[Needle]) -> None:
        """Spell every needle."""
        self.spellings = spellings(needles)
        self._fragments: dict[bytes, list[tuple[Spelling, int]]] = {}
        for spelling in self.spellings:
            for place in range(len(spelling.data) - _WORD + 1):
                self._fragments.setdefault(spelling.data[place : place + _WORD], []).append((spelling, place))

    @staticmethod
    def _words(data: bytes) -> pyarrow.Array:
        return pyarrow.Array.from_buffers(pyarrow.uint64(), len(data) // _WORD, [None, pyarrow.py_buffer(data)])

    def _hits(self, chunk: bytes) -> Iterator[int]:
        """The offsets of the chunk's aligned words that are fragments of a spelling."""
        known = self._words(b"".join(self._fragments))
        for index in compute.indices_nonzero(compute.is_in(self._words(chunk), value_set=known)).to_pylist():
            yield index * _WORD

    def _named(self, chunk: bytes, hit: int) -> Iterator[tuple[int, Spelling]]:
        """The spellings of which a long enough fragment lies around the hit, with the offset where it begins."""
        for spelling, place in self._fragments[chunk[hit : hit + _WORD]]:
            before = 0
            while before < min(place, hit) and chunk[hit - before - 1] == spelling.data[place - before - 1]:
                before += 1
            length = before + _WORD
            room = min(len(spelling.data) - place + before, len(chunk) - hit + before)
            while length < room and chunk[hit - before + length] == spelling.data[place - before + length]:
                length += 1
            if length >= spelling.enough:
                yield hit - before, spelling

    def _matches(self, path: Path) -> Iterator[tuple[int, Spelling]]:
        """Every place of the file where a long enough fragment of a spelling begins."""
        read = 0
        kept = b""
        with path.open("rb") as file:
            while block := file.read(_CHUNK):
                chunk = kept + block
                base = read - len(kept)
                for hit in self._hits(chunk):
                    for offset, spelling in self._named(chunk, hit):
                        yield base + offset, spelling
                read += len(block)
                kept = chunk[-_OVERLAP:]

    def scan_file(self, path: Path) -> list[Finding]:
        """What was found in one file: each spelling where it stands first."""
        found: dict[Spelling, Finding] = {}
        for offset, spelling in self._matches(path):
            found.setdefault(spelling, Finding(path, offset, spelling.needle, spelling.encoding))
        return list(found.values())

    def scan(self, roots: Iterable[Path]) -> ScanReport:
        """The report over every regular file under the roots. A file that vanishes meanwhile is passed over."""
        files = size = 0
        findings: list[Finding] = []
        for path in files_under(roots):
            try:
                length = path.stat().st_size
                findings += self.scan_file(path)
            except FileNotFoundError:
                continue
            files += 1
            size += length
        return ScanReport(files, size, len(self.spellings), tuple(findings))

    def prove(self, folder: Path, noise: Callable[[int], bytes] = os.urandom) -> tuple[Spelling, ...]:
        """The spellings that were planted in a decoy file of ``folder`` and not found there: none, or the scan is void.

        Each spelling lies in noise at an odd offset, and must be found at that very place. The decoy is removed.
        """
        content = bytearray()
        planted = []
        for number, spelling in enumerate(self.spellings):
            content += noise(2 * (number % 7) + 62 - len(content) % 2 + 1)
            planted.append((len(content), spelling))
            content += spelling.data
        decoy = folder / "decoy"
        decoy.write_bytes(bytes(content) + noise(64))
        try:
            found = set(self._matches(decoy))
        finally:
            decoy.unlink()
        return tuple(spelling for place, spelling in planted if (place, spelling) not in found)

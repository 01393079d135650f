#!/usr/bin/env python3
"""Verifies the anchors of a Jinku bundle: what shows, without the operator's word, when a checkpoint stood.

    python3 -I verify_anchors.py DIR --trust-root FILE [--tsa-ca FILE] [--bitcoin-header FILE]

Python 3.9 or newer, the package ``cryptography``, and ``verify.py`` beside it. What no file can show (that a block is
the one that all see) is printed to be compared elsewhere. Exit codes as of ``verify.py``.
Formats: RFC 3161, 5652 and 5816; OpenTimestamps version 1; transactions in EVM blocks by ``verify_evm.py``.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import importlib.util
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

TAG = b"jinku/anchor/1\0"
MAX_STAMP, MAX_OTS, MAX_MESSAGE, MAX_OPS, MAX_DEPTH = 64 << 10, 64 << 10, 4096, 2048, 256


class Broken(Exception):  # noqa: N818  as in verify.py
    """Something does not hold: ``name`` says in one word what, of the closed set in the guide."""

    def __init__(self, name: str, what: str, found: object = "", expected: object = "") -> None:
        """Hold the parts."""
        super().__init__(what, str(found)[:300], str(expected)[:300])
        self.name = name


def broken(name: str, what: str, found: object = "", expected: object = "") -> NoReturn:
    """Raises."""
    raise Broken(name, what, found, expected)


def digest_of(note: bytes) -> bytes:
    """What is anchored of a checkpoint: its three lines, and no signature, under a tag of their own."""
    return hashlib.sha256(TAG + note[: note.index(b"\n\n") + 1]).digest()


# -- RFC 3161 time stamps. The encoding is DER, but for the order of sets, which some authorities do not keep.

SHA2 = {"2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.2": "sha384", "2.16.840.1.101.3.4.2.3": "sha512"}
HASHES: dict[str, Any] = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
SIGNED_DATA, TST_INFO = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
SIGNATURES = {
    "1.2.840.113549.1.1.1": "",
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
    "1.2.840.10045.2.1": "",
}
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE = {"1.2.840.113549.1.9.16.2.12": "sha1", "1.2.840.113549.1.9.16.2.47": "sha256"}
HANDLED = (x509.BasicConstraints, x509.KeyUsage, x509.ExtendedKeyUsage, x509.CertificatePolicies)
UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


class Der(NamedTuple):
    """One element: its tag, its content, and all of its bytes."""

    tag: int
    content: bytes
    whole: bytes


class Stamp(NamedTuple):
    """What a time stamp says, before anything of it is believed."""

    imprint: bytes
    algorithm: str
    nonce: int | None
    serial: int
    policy: str
    at: datetime.datetime
    signed: SignedData


class SignedData(NamedTuple):
    """The signature around it."""

    content: bytes
    certificates: list[bytes]
    signer: list[Der]


def elements(data: bytes) -> list[Der]:
    """The elements that stand in a row: definite lengths in their shortest form."""
    found, at = [], 0
    while at < len(data):
        start, tag = at, data[at]
        if at + 2 > len(data) or tag & 0x1F == 0x1F:
            broken("garbled", "a time stamp is cut off or has an unknown tag", f"byte {at}")
        length, at = data[at + 1], at + 2
        if length >= 0x80:
            count = length & 0x7F
            length, at = int.from_bytes(data[at : at + count], "big"), at + count
            if not 1 <= count <= 3 or length < (0x80, 0x100, 0x10000)[count - 1]:
                broken("garbled", "a time stamp has a length that is no DER", f"byte {start}")
        if at + length > len(data):
            broken("garbled", "a time stamp is cut off", f"byte {start}")
        found.append(Der(tag, data[at : at + length], data[start : at + length]))
        at += length
    return found


def inside(outer: Der, tag: int, least: int, what: str) -> list[Der]:
    """The elements inside of one whose tag is known."""
    parts = elements(outer.content) if outer.tag == tag else []
    if len(parts) < least:
        broken("garbled", f"a time stamp has no {what} where one belongs", f"tag {outer.tag:02x}", f"{tag:02x}")
    return parts


def oid(element: Der) -> str:
    """The dotted text of an object identifier."""
    if element.tag != 6 or not 0 < len(element.content) <= 64 or element.content[-1] & 0x80:
        broken("garbled", "a time stamp has no object identifier where one belongs", f"tag {element.tag:02x}")
    numbers, value = [], 0
    for byte in element.content:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, [first, numbers[0] - 40 * first, *numbers[1:]]))


def integer(element: Der) -> int:
    """The value of an INTEGER."""
    if element.tag != 2 or not 0 < len(element.content) <= 64:
        broken("garbled", "a time stamp has no number where one belongs", f"tag {element.tag:02x}")
    return int.from_bytes(element.content, "big", signed=True)


def read_stamp(data: bytes) -> Stamp:
    """What the answer of a time stamping authority says; refused when it is none, or grants nothing."""
    if len(data) > MAX_STAMP:
        broken("garbled", "a time stamp is too large", len(data), f"at most {MAX_STAMP} bytes")
    outer = elements(data)
    if len(outer) != 1:
        broken("garbled", "this is no time stamp", f"{len(outer)} elements", "one")
    parts = inside(outer[0], 0x30, 1, "answer")
    status = integer(inside(parts[0], 0x30, 1, "status")[0])
    if status not in (0, 1) or len(parts) != 2:
        broken("refused", "the authority granted no time stamp", f"status {status}", "status 0 or 1, and a token")
    signed = read_signed(parts[1])
    info = inside(inside(Der(4, signed.content, b""), 4, 1, "content")[0], 0x30, 5, "content")
    imprint = inside(info[2], 0x30, 2, "imprint")
    algorithm = SHA2.get(oid(inside(imprint[0], 0x30, 1, "algorithm")[0]), "")
    nonces = [integer(one) for one in info[5:] if one.tag == 2]
    if integer(info[0]) != 1 or imprint[1].tag != 4 or len(nonces) > 1:
        broken("garbled", "a time stamp is not of version 1")
    at = moment(info[4])
    return Stamp(
        imprint[1].content, algorithm, nonces[0] if nonces else None, integer(info[3]), oid(info[1]), at, signed
    )


def read_signed(token: Der) -> SignedData:
    """The signed data of a token."""
    outer = inside(token, 0x30, 2, "token")
    data = inside(inside(outer[1], 0xA0, 1, "signed data")[0], 0x30, 4, "signed data")
    held = inside(data[2], 0x30, 2, "content")
    content = inside(held[1], 0xA0, 1, "content")[0]
    signers = inside(data[-1], 0x31, 1, "signer")
    if (oid(outer[0]), oid(held[0])) != (SIGNED_DATA, TST_INFO) or content.tag != 4 or len(signers) != 1:
        broken("garbled", "this is no time stamp of one signer", f"{len(signers)} signers")
    certificates = [one.whole for element in data[3:-1] if element.tag == 0xA0 for one in elements(element.content)]
    return SignedData(content.content, certificates, inside(signers[0], 0x30, 6, "signer"))


def moment(element: Der) -> datetime.datetime:
    """The time of a GeneralizedTime, in UTC."""
    text = element.content.decode("ascii", "replace")
    match = re.fullmatch(r"([0-9]{14})(?:\.([0-9]{1,6})[0-9]*)?Z", text)
    if element.tag != 0x18 or match is None:
        broken("garbled", "a time stamp states no time", text[:40])
    try:
        at = datetime.datetime.strptime(match[1] + "+0000", "%Y%m%d%H%M%S%z")
    except ValueError:
        broken("garbled", "a time stamp states no time", text[:40])
    return at.replace(microsecond=int((match[2] or "0").ljust(6, "0")))


def check_stamp(data: bytes, digest: bytes, pinned: list[x509.Certificate], nonce: int | None = None) -> Stamp:
    """What the stamp says, after it was found to be over the digest and signed under a pinned certificate."""
    stamp = read_stamp(data)
    if (stamp.algorithm, stamp.imprint) != ("sha256", digest):
        broken("digest", "the time stamp is over something else", stamp.imprint.hex(), digest.hex())
    if nonce is not None and stamp.nonce != nonce:
        broken("nonce", "the time stamp answers another request", stamp.nonce, nonce)
    certificates = []
    try:
        certificates = [x509.load_der_x509_certificate(one) for one in stamp.signed.certificates[:16]]
        leaf, attributes = signer_of(stamp.signed, [*certificates, *pinned])
        check_signature(stamp.signed, leaf, attributes)
        check_chain(leaf, certificates, pinned, stamp.at)
    except UNREADABLE as error:
        broken("garbled", "a certificate of the time stamp cannot be read", error)
    return stamp


def signer_of(signed: SignedData, known: list[x509.Certificate]) -> tuple[x509.Certificate, dict[str, list[Der]]]:
    """The certificate that the signed attributes name, and those attributes."""
    if signed.signer[3].tag != 0xA0:
        broken("garbled", "the time stamp has no signed attributes")
    attributes: dict[str, list[Der]] = {}
    for one in elements(signed.signer[3].content):
        name, values = inside(one, 0x30, 2, "attribute")[:2]
        if oid(name) in attributes:
            broken("garbled", "the time stamp names an attribute twice", oid(name))
        attributes[oid(name)] = inside(values, 0x31, 1, "value")
    kind = next((kind for kind in SIGNING_CERTIFICATE if kind in attributes), None)
    if kind is None:
        broken("garbled", "the time stamp does not name its certificate", "", "ESSCertID or ESSCertIDv2")
    first = inside(inside(inside(attributes[kind][0], 0x30, 1, "list")[0], 0x30, 1, "list")[0], 0x30, 1, "id")
    algorithm = SIGNING_CERTIFICATE[kind]
    if first[0].tag == 0x30:
        algorithm = SHA2.get(oid(inside(first[0], 0x30, 1, "algorithm")[0]), "")
    wanted = next((one.content for one in first if one.tag == 4), b"")
    for certificate in known:
        der = certificate.public_bytes(Encoding.DER)
        if algorithm and hashlib.new(algorithm, der, usedforsecurity=False).digest() == wanted:
            check_name(signed.signer[1], certificate)
            return certificate, attributes
    return broken("untrusted", "the time stamp's certificate is not there", wanted.hex())


def check_name(name: Der, certificate: x509.Certificate) -> None:
    """The signer is named as the certificate is: by issuer and number, or by the identifier of its key."""
    if name.tag == 0x30:
        issuer, number = inside(name, 0x30, 2, "signer")[:2]
        same = (issuer.whole, integer(number)) == (certificate.issuer.public_bytes(), certificate.serial_number)
    else:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        same = name.tag == 0x80 and name.content == extension.value.digest
    if not same:
        broken("garbled", "the time stamp names another signer than its certificate")


def check_signature(signed: SignedData, leaf: x509.Certificate, attributes: dict[str, list[Der]]) -> None:
    """The certificate's key signed the attributes, and those are about this content."""
    used = SHA2.get(oid(inside(signed.signer[2], 0x30, 1, "algorithm")[0]), "")
    scheme = oid(inside(signed.signer[4], 0x30, 1, "algorithm")[0])
    if not used or SIGNATURES.get(scheme, "none") not in ("", used) or signed.signer[5].tag != 4:
        broken("garbled", "the time stamp is signed by an algorithm that is not accepted", f"{used or '?'}, {scheme}")
    said = [attributes.get(name, [Der(0, b"", b"")])[0] for name in (CONTENT_TYPE, MESSAGE_DIGEST)]
    if said[0].tag != 6 or oid(said[0]) != TST_INFO or said[1].content != hashlib.new(used, signed.content).digest():
        broken("signature", "the signed attributes are about another content")
    message, signature = b"\x31" + signed.signer[3].whole[1:], signed.signer[5].content
    key: Any = leaf.public_key()
    how: tuple[Any, ...] = ()
    if isinstance(key, rsa.RSAPublicKey):
        how = (padding.PKCS1v15(), HASHES[used])
    elif isinstance(key, ec.EllipticCurvePublicKey):
        how = (ec.ECDSA(HASHES[used]),)
    else:
        broken("garbled", "the time stamp's key is of an unknown kind", type(key).__name__)
    try:
        key.verify(signature, message, *how)
    except InvalidSignature:
        broken("signature", "the time stamp's signature does not hold")


def check_chain(
    leaf: x509.Certificate, found: list[x509.Certificate], pinned: list[x509.Certificate], at: datetime.datetime
) -> None:
    """The certificate stamps times, and leads to a pinned one; each was valid when the stamp was made."""
    try:
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        usage = None
    if usage is None or not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        broken("untrusted", "the certificate is not one for time stamps alone", leaf.subject.rfc4514_string())
    one = leaf
    for below in range(8):
        name = one.subject.rfc4514_string()
        if not one.not_valid_before_utc <= at <= one.not_valid_after_utc:
            until = f"{one.not_valid_before_utc:%F} to {one.not_valid_after_utc:%F}"
            broken("expired", f"the certificate {name} was not valid at the time of the stamp", at, until)
        for extension in one.extensions:
            if extension.critical and not isinstance(extension.value, HANDLED):
                broken("untrusted", f"the certificate {name} demands what is not known", extension.oid.dotted_string)
        if one in pinned:
            return
        above = next((up for up in [*pinned, *found] if issued(one, up, below)), None)
        if above is None:
            break
        one = above
    broken("untrusted", "the time stamp leads to no pinned certificate", one.issuer.rfc4514_string())


def issued(one: x509.Certificate, up: x509.Certificate, below: int) -> bool:
    """Whether ``up`` is an authority that signed ``one``, with ``below`` authorities between that and the stamp."""
    if one.issuer != up.subject or up == one:
        return False
    try:
        rights = up.extensions.get_extension_for_class(x509.BasicConstraints).value
        one.verify_directly_issued_by(up)
    except (x509.ExtensionNotFound, InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
        return False
    try:
        may = up.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        may = True
    return rights.ca and may and (rights.path_length is None or below <= rights.path_length)


# -- OpenTimestamps

OTS_MAGIC = bytes.fromhex("004f70656e54696d657374616d7073000050726f6f6600bf89e2e884e8929401") + b"\x08"
BITCOIN, PENDING = bytes.fromhex("0588960d73d71901"), bytes.fromhex("83dfe30d2ef90c8e")
DIGESTS = {b"\x02": "sha1", b"\x03": "ripemd160", b"\x08": "sha256"}
OPERATIONS = (*DIGESTS, b"\x67", b"\xf0", b"\xf1", b"\xf2", b"\xf3")
URI = re.compile(r"https?://[A-Za-z0-9._:/-]{1,900}", re.ASCII)


class Node(NamedTuple):
    """A step of a proof: who attests its message, and where operations lead from it."""

    message: bytes | None  # None behind an operation that is not followed here
    attestations: list[tuple[bytes, bytes]]
    branches: list[tuple[bytes, bytes, Node]]  # operation, argument, what follows


class Reader:
    """Reads the parts of a proof."""

    def __init__(self, data: bytes) -> None:
        """From its first byte."""
        self.data, self.at, self.left = data, 0, MAX_OPS

    def take(self, count: int) -> bytes:
        """The next bytes."""
        self.at += count
        if self.at > len(self.data):
            broken("garbled", "a proof is cut off", f"{len(self.data)} bytes", f"{self.at} or more")
        return self.data[self.at - count : self.at]

    def number(self) -> int:
        """An unsigned number (LEB128), of at most 5 bytes and in its shortest form."""
        value = 0
        for shift in range(0, 35, 7):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if byte == 0 and shift:
                    break
                return value
        return broken("garbled", "a proof holds a number out of form", f"byte {self.at}")

    def part(self, least: int, most: int) -> bytes:
        """Bytes after their count."""
        count = self.number()
        if not least <= count <= most:
            broken("garbled", "a proof holds a part of a wrong length", count, f"{least} to {most}")
        return self.take(count)

    def node(self, message: bytes | None, depth: int = 0) -> Node:
        """A step and all that follows from it."""
        node = Node(message, [], [])
        more = True
        while more:
            tag = self.take(1)
            more = tag == b"\xff"
            if more:
                tag = self.take(1)
            self.left -= 1
            if depth > MAX_DEPTH or self.left < 0:
                broken("garbled", "a proof is too long", f"{MAX_OPS - self.left} steps", f"at most {MAX_OPS}")
            if tag == b"\0":
                kind = self.take(8)
                node.attestations.append((kind, self.part(0, 8192)))
                continue
            argument = self.part(1, MAX_MESSAGE) if tag in (b"\xf0", b"\xf1") else b""
            node.branches.append((tag, argument, self.node(applied(tag, argument, message), depth + 1)))
        return node


def applied(tag: bytes, argument: bytes, message: bytes | None) -> bytes | None:
    """The message after an operation; None when the operation is not followed here."""
    if tag not in OPERATIONS:
        broken("garbled", "a proof has an unknown operation", tag.hex())
    if message is None or tag == b"\x67":  # Keccak-256, which no calendar uses
        return None
    plain = {b"\xf0": message + argument, b"\xf1": argument + message, b"\xf2": message[::-1]}
    made = plain.get(tag) or message.hex().encode()
    if tag in DIGESTS:
        try:
            made = hashlib.new(DIGESTS[tag], message, usedforsecurity=False).digest()
        except ValueError:  # RIPEMD-160, which the first calendars used, is not in every OpenSSL
            return None
    if len(made) > MAX_MESSAGE:
        broken("garbled", "a proof makes a message that is too long", len(made), f"at most {MAX_MESSAGE}")
    return made


def read_timestamp(data: bytes, message: bytes) -> Node:
    """The steps that lead from a message to its attestations."""
    if len(data) > MAX_OTS:
        broken("garbled", "a proof is too large", len(data), f"at most {MAX_OTS} bytes")
    reader = Reader(data)
    node = reader.node(message)
    if reader.at != len(data):
        broken("garbled", "something follows a proof", f"{len(data) - reader.at} bytes")
    return node


def read_ots(data: bytes, digest: bytes) -> Node:
    """The steps of an ``.ots`` file over this digest."""
    if not data.startswith(OTS_MAGIC):
        broken("garbled", "this is no .ots file over SHA-256", data[:34].hex())
    if data[len(OTS_MAGIC) :][:32] != digest:
        broken("digest", "the proof is over something else", data[len(OTS_MAGIC) :][:32].hex(), digest.hex())
    return read_timestamp(data[len(OTS_MAGIC) + 32 :], digest)


def attested(node: Node) -> tuple[list[tuple[int, bytes]], list[tuple[str, bytes]]]:
    """Which Bitcoin blocks (height, Merkle root) attest, and which calendars (URI, message) still promise to."""
    blocks, promises = [], []
    for kind, payload in node.attestations:
        reader = Reader(payload)
        if kind == BITCOIN:
            height = reader.number()
            if node.message is not None and len(node.message) == 32:
                blocks.append((height, node.message))
        elif kind == PENDING:
            uri = reader.part(1, 1000).decode("ascii", "replace")
            if URI.fullmatch(uri) is None:
                broken("garbled", "a proof names a calendar out of form", ascii(uri)[:80])
            if node.message is not None:
                promises.append((uri, node.message))
        if kind in (BITCOIN, PENDING) and reader.at != len(payload):
            broken("garbled", "something follows an attestation")
    for _, _, below in node.branches:
        more = attested(below)
        blocks += more[0]
        promises += more[1]
    return sorted(blocks), promises


class Header(NamedTuple):
    """What a Bitcoin header says of itself."""

    hash: str
    at: datetime.datetime
    work: int  # hashes expected for it


def check_header(header: bytes, root: bytes) -> Header:
    """What the header says, after its Merkle root was compared and its own work counted."""
    if len(header) != 80:
        broken("header", "a Bitcoin header has a wrong length", len(header), "80 bytes")
    if header[36:68] != root:
        broken("header", "the header is another block's", header[36:68][::-1].hex(), root[::-1].hex())
    own = hashlib.sha256(hashlib.sha256(header).digest()).digest()
    bits = int.from_bytes(header[72:76], "little")
    target = (bits & 0x7FFFFF) << 8 * ((bits >> 24) - 3) if 3 <= bits >> 24 <= 32 else 0
    if not 0 < target < 1 << 256 or int.from_bytes(own, "little") > target:
        broken("header", "the header has not the work that it claims", own[::-1].hex())
    at = datetime.datetime.fromtimestamp(int.from_bytes(header[68:72], "little"), datetime.timezone.utc)  # noqa: UP017  Python 3.9
    return Header(own[::-1].hex(), at, (1 << 256) // (target + 1))


# -- a bundle

FILE = re.compile(r"anchors/([1-9][0-9]{0,18})(?:-[1-9][0-9]{0,3})?\.(tsr|ots|evm)", re.ASCII)
Findings = tuple[list[str], list[str], list[str]]  # proven, to compare elsewhere, open


def beside(name: str) -> Any:
    """The program of this name in the folder of this one, which may be a bundle: no compiled copy is left there."""
    sys.dont_write_bytecode = True
    spec = importlib.util.spec_from_file_location(name, Path(__file__).resolve().with_name(name + ".py"))
    if spec is None or spec.loader is None or not Path(str(spec.origin)).is_file():
        broken("garbled", name + ".py is not beside this file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check_anchors(
    data: dict[str, bytes], head: Any, verify: Any, pinned: list[x509.Certificate], own: bytes
) -> Findings:
    """What the anchors of a bundle show, whose checkpoint has this head. ``own``: a header from elsewhere."""
    found: Findings = ([], [], [])
    for name in sorted(data):
        match = FILE.fullmatch(name)
        if match is None:
            continue
        note = data[f"anchors/{match[1]}.checkpoint"]
        _, old, origin, _ = verify.split_note(note, name)
        if (str(old[0]), origin) != (match[1], verify.split_note(data["checkpoint"], "checkpoint")[2]):
            broken("digest", name + " is of another log or size", f"{origin} {old[0]}")
        first, _, rest = data[f"anchors/{match[1]}.consistency"].partition(b"\n\n")
        lines = first.decode("ascii", "replace").split("\n")
        if rest != data["checkpoint"] or lines[0] != f"old {match[1]}":
            broken("garbled", f"anchors/{match[1]}.consistency is of other trees", lines[0])
        verify.check_growth(old, head, [verify.unbase64(line, name, 32) for line in lines[1:]], name)
        what = f"the tree of {match[1]} entries stood"
        if match[2] == "tsr":
            show_stamp(data[name], digest_of(note), pinned, what, found)
        elif match[2] == "evm":
            show_evm(data[name], digest_of(note), data.get(name[:-3] + "block", b""), what, found)
        else:
            show_ots(data[name], digest_of(note), own or data.get(name[:-3] + "header", b""), what, found)
    return found


def show_stamp(data: bytes, digest: bytes, pinned: list[x509.Certificate], what: str, found: Findings) -> None:
    """Adds what a time stamp shows."""
    if not pinned:
        found[2].append(f"when {what}: give --tsa-ca, which you had from the authority itself")
        return
    stamp = check_stamp(data, digest, pinned)
    found[0].append(f"{what} at {stamp.at:%F %T} UTC, says the time stamp {stamp.serial} under your --tsa-ca")


def show_ots(data: bytes, digest: bytes, header: bytes, what: str, found: Findings) -> None:
    """Adds what a proof of OpenTimestamps shows."""
    blocks, promises = attested(read_ots(data, digest))
    if not blocks:
        found[2].append(f"when {what}: pending at " + ", ".join(sorted({uri for uri, _ in promises})))
        return
    height, root = blocks[0]
    if not header:
        found[2].append(f"when {what}: Bitcoin block {height} has the Merkle root {root[::-1].hex()}, if it does")
        return
    block = check_header(header, root)
    found[1].append(f"{what} by {block.at:%F %T} UTC, if Bitcoin's block {height} has the hash")
    found[1].append(f"  {block.hash} (about 2^{block.work.bit_length() - 1} hashes of work)")


def show_evm(data: bytes, digest: bytes, proof: bytes, what: str, found: Findings) -> None:
    """Adds what a transaction on an EVM chain shows."""
    evm = beside("verify_evm")
    try:
        found[1 if proof else 2].extend(evm.shown(*evm.check(data, proof, digest), what))
    except evm.Broken as error:
        broken(error.name, *error.args)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Verifies the anchors of a bundle.", allow_abbrev=False)
    parser.add_argument("folder", metavar="DIR", type=Path)
    parser.add_argument("--trust-root", required=True, metavar="FILE", type=Path, help="as for verify.py")
    parser.add_argument("--fingerprint", default="", help="as for verify.py")
    parser.add_argument("--tsa-ca", metavar="FILE", type=Path, help="certificates of the time stamping authority, PEM")
    parser.add_argument("--bitcoin-header", metavar="FILE", type=Path, help="the block's header, 160 hex digits")
    given = parser.parse_args()
    verify = beside("verify")
    for path in (given.trust_root, given.tsa_ca, given.bitcoin_header, given.folder):
        if path is not None and not path.exists():
            parser.error(f"there is no {path}")
    try:
        trust = verify.Trust(verify.read(given.trust_root.resolve(), verify.MAX_ENTRY, "trust root"), given.fingerprint)
        pem = verify.read(given.tsa_ca, MAX_STAMP, "--tsa-ca") if given.tsa_ca else b""
        pinned = x509.load_pem_x509_certificates(pem) if pem else []
        own = verify.read(given.bitcoin_header, 200, "--bitcoin-header") if given.bitcoin_header else b""
        _, data = verify.read_bundle(given.folder)
        head, _ = trust.check(data["checkpoint"], "checkpoint")
        shown = check_anchors(data, head, verify, pinned, bytes.fromhex(own.decode("ascii", "replace")))
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError, Broken, verify.Broken) as error:
        malformed = ("something is malformed", repr(error)[:300], "the documented form")
        what, found, expected = error.args if isinstance(error, (Broken, verify.Broken)) else malformed
        more = [word + text for word, text in (("found: ", found), ("expected: ", expected)) if text]
        verify.say("BROKEN " + what, *more, out=sys.stderr)
        return 5
    for heading, lines in zip(("PROVEN", "COMPARE ELSEWHERE", "NOT PROVEN"), shown):  # noqa: B905  Python 3.9
        verify.say(heading, *(lines or ["(nothing)"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())

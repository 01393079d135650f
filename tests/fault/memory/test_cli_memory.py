"""The command's own process holds no secret, in the middle of its verb or at its end: only descriptors pass through.

Each verb runs as the installed program. A pipe that is not closed, or not read, makes the signer wait and the command
with it; there its memory is read through /proc as root, and once more just before it exits. The same search is first
shown to find each spelling of a secret that a Python process does hold, and the very commands that are documented to
hold one; and it finds a marker in every image, so that none was taken beside the heap.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest
from bip_utils import Bip32Slip10Secp256k1, Bip39SeedGenerator
from cli_home import VAULT_SECRET, WORDS, CliHome
from watched import MARKER, Pipe, Watched, image, watched

from jinku.ops.scan import Needle, Scanner
from known_secrets import from_words, passphrases

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="reads another process's memory, so runs as root only")
OPENING = {"--passphrase-fd": VAULT_SECRET}
HARDENED = "m/44'/60'/{}'/0/0"
MARK = Needle("marker", MARKER)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Images are large: they go when the test does."""
    yield tmp_path
    for path in tmp_path.iterdir():
        path.unlink()


def found(command: Watched, needles: list[Needle]) -> dict[str, set[str]]:
    """Which needles stand in the images of the middle and of the end; the marker stands in both."""
    scanner = Scanner([MARK, *needles])
    names = {stage: {f.needle for f in scanner.scan_file(path)} for stage, path in command.images.items()}
    assert names.keys() == {"middle", "end"}
    for stage, seen in names.items():
        assert "marker" in seen, f"the search does not reach the heap at the {stage}"
        seen.remove("marker")
    return names


NONE: dict[str, set[str]] = {"middle": set(), "end": set()}

HOLDER = """
import sys
print(flush=True)
held = sys.stdin.buffer.read(int(sys.argv[1]))
print(flush=True)
sys.stdin.buffer.read()
"""


def test_the_search_finds_every_spelling_in_a_process_that_holds_them(folder: Path) -> None:
    scanner = Scanner([MARK, *from_words(WORDS), *passphrases()])
    held = b"".join(os.urandom(7) + spelling.data for spelling in scanner.spellings)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(len(held))], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        holder.stdout.readline()
        empty = scanner.scan_file(image(holder.pid, folder / "before"))
        assert empty == [], "before it was handed them"
        holder.stdin.write(held)
        holder.stdin.flush()
        holder.stdout.readline()
        seen = {(f.needle, f.encoding) for f in scanner.scan_file(image(holder.pid, folder / "after"))}
        holder.stdin.close()
    assert seen == {(spelling.needle, spelling.encoding) for spelling in scanner.spellings}
    assert len(seen) > 500


def test_the_two_commands_that_hold_a_secret_are_named() -> None:
    said = " ".join((Path(__file__).parents[3] / "SECURITY.md").read_text().split())
    assert "`accounts claim CODE` and `vault import --xpub X` stand in the argument list" in said
    assert "and so in the command's own memory" in said


@pytest.mark.parametrize("by", ["--code-fd", "an argument"])
def test_claim(stocked: CliHome, folder: Path, by: str) -> None:
    """By descriptor the code never enters; as an argument it does, as SECURITY says: the search finds it there."""
    codes = Pipe()
    made = ("accounts", "create", "--vault", "main", "--count", "1", "--mode", "self", "--chains", "evm")
    stocked.run(*made, "--codes-fd", str(codes.writing), pass_fds=(codes.writing,))
    codes.end()
    code = os.read(codes.reading, 4096).split()[-1]
    codes.close()
    words, given = (("claim", code.decode()), {}) if by == "an argument" else (("claim",), {by: code})
    with watched(stocked, folder, "accounts", *words, secrets=given) as command:
        command.out.fill()
        if given:
            command.given[by].end()
        command.middle()
        command.finish()
        mnemonic = command.said.decode().strip()
    assert len(mnemonic.split()) == 24
    needles = [*from_words(mnemonic), Needle("code", code)]
    assert found(command, needles) == ({"middle": {"code"}, "end": {"code"}} if by == "an argument" else NONE)


@pytest.mark.parametrize("by", ["--descriptor", "--xpub"])
def test_import_of_a_public_key(home: CliHome, folder: Path, by: str) -> None:
    root = Bip32Slip10Secp256k1.FromSeed(Bip39SeedGenerator(WORDS).Generate())
    xpub = root.DerivePath("m/84'/0'/7'" if by == "--descriptor" else "m/44'/60'/0'").PublicKey().ToExtended()
    chains = "bitcoin" if by == "--descriptor" else "evm"
    words: tuple[str, ...] = ("vault", "import", by.strip("-"), "--chains", chains)
    given = OPENING | ({by: f"wpkh({xpub}/0/*)#tqj3f24y".encode()} if by == "--descriptor" else {})
    words += (by, xpub) if by == "--xpub" else ()
    with watched(home, folder, *words, secrets=given) as command:
        command.drained()
        command.middle()
        command.finish()
    needles = [Needle("xpub", xpub.encode()), *passphrases()]
    assert found(command, needles) == ({"middle": {"xpub"}, "end": {"xpub"}} if by == "--xpub" else NONE)


def test_import_of_words(home: CliHome, folder: Path) -> None:
    given = OPENING | {"--mnemonic-file": WORDS.encode(), "--bip39-passphrase-file": b"the words' own passphrase"}
    with watched(home, folder, "vault", "import", "words", "--json", secrets=given) as command:
        command.drained()
        command.middle()
        command.finish()
    needles = [*from_words(WORDS), *passphrases(), Needle("BIP-39 passphrase", given["--bip39-passphrase-file"])]
    assert found(command, needles) == NONE


def test_create_and_export_of_a_vault(home: CliHome, folder: Path) -> None:
    words: tuple[str, ...] = ("vault", "create", "made", "--tier", "warm", "--hardened-accounts", "--json")
    with watched(home, folder, *words, secrets=OPENING) as creating:
        creating.drained()
        creating.middle()
        creating.finish()
    images = {stage: path.rename(folder / f"creating {stage}") for stage, path in creating.images.items()}
    creating.images = images
    fingerprint = str(home.run("vault", "describe", "made", "--json").document["fingerprint"])
    words = ("vault", "export", "made", "--confirm", fingerprint, "--yes")
    with watched(home, folder, *words, secrets=OPENING) as exporting:
        exporting.out.fill()
        exporting.drained()
        exporting.given["--passphrase-fd"].end()
        exporting.middle()
        exporting.finish()
        mnemonic = exporting.said.decode().strip()
    assert len(mnemonic.split()) == 24
    needles = from_words(mnemonic) + passphrases()
    assert found(creating, needles) == NONE
    assert found(exporting, needles) == NONE


def test_self_mode_by_codes(own: CliHome, folder: Path) -> None:
    """A page of codes fills the pipe before the chunk is done."""
    own.vault("main")
    codes = Pipe()
    words = ("accounts", "create", "--vault", "main", "--count", "120", "--chunk", "120", "--mode", "self")
    more = ("--chains", "evm", "--codes-fd", str(codes.writing), "--json")
    with watched(own, folder, *words, *more, passed=(codes.writing,)) as command:
        codes.end()
        command.until_full(codes)
        command.middle()
        lines = codes.follow()
        command.finish()
    text = b"".join(lines()).decode().split("\n")
    assert len(text) == 121
    needles = [Needle(f"code {number}", text[number].split()[-1].encode()) for number in range(0, 120, 15)]
    for line in (text[0], text[30]):
        claimed = own.run("accounts", "claim", secrets={"--code-fd": line.split()[-1].encode()}).out.strip()
        needles += from_words(claimed)
    assert found(command, needles + passphrases()) == NONE


def test_self_mode_by_recipients(own: CliHome, folder: Path) -> None:
    own.vault("main")
    people = [pyrage.x25519.Identity.generate() for _ in range(6)]
    users = folder / "users"
    users.write_text("".join(f"{person.to_public()}\n" for person in people))
    letters = own.folder / "letters"
    words = ("accounts", "create", "--vault", "main", "--count", "6", "--mode", "self", "--chunk", "2", "--rate", "4")
    progress = Pipe()
    more = ("--recipients", str(users), "--blobs", str(letters), "--progress-fd", str(progress.writing), "--json")
    with watched(own, folder, *words, *more, passed=(progress.writing,)) as command:
        progress.end()
        with os.fdopen(progress.reading) as lines:
            progress.reading = -1
            assert any('"done":2' in line for line in lines)
            command.stopped()
            command.finish()
    rows = own.run("accounts", "list", "--vault", "main", "--chain", "evm", "--json").lines
    needles = passphrases()
    for row in rows:
        letter = (letters / f"{row['account']}.age").read_bytes()
        needles += from_words(pyrage.decrypt(letter, [people[row["index"]]]).decode().strip())
    assert len(rows) == 6
    assert found(command, needles) == NONE


@pytest.mark.parametrize("form", ["qr-svg", "keystore"])
def test_export_of_an_account(home: CliHome, folder: Path, form: str) -> None:
    """A drawn key is longer than the pipe is; for a keystore the signer waits for its password."""
    vault = f"loose-{form}"
    given = {"--mnemonic-file": WORDS.encode()} | OPENING
    home.run("vault", "import", vault, "--tier", "hot", "--hardened-accounts", secrets=given)
    home.unlock(vault)
    home.accounts(2, "--chains", "evm", vault=vault)
    row = home.run("accounts", "list", "--vault", vault, "--json").lines[1]
    password = {"--keystore-password-fd": b"a keystore's own password 3"} if form == "keystore" else {}
    words = ("accounts", "export", row["account"], "--format", form, "--confirm", row["fingerprint"], "--yes")
    with watched(home, folder, *words, secrets=OPENING | password) as command:
        command.drained()
        if not password:
            command.given["--passphrase-fd"].end()
            command.until_full(command.out)
        command.middle()
        command.finish()
    assert command.said.startswith(b"{" if password else b"<")
    root = Bip32Slip10Secp256k1.FromSeed(Bip39SeedGenerator(WORDS).Generate())
    keys = [root.DerivePath(HARDENED.format(index)).PrivateKey().Raw().ToBytes() for index in (0, 1)]
    needles = [Needle(f"key {index}", key) for index, key in enumerate(keys)]
    needles += [Needle("password", content) for content in password.values()]
    assert found(command, needles + from_words(WORDS) + passphrases()) == NONE

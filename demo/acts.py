"""The first five acts. Each makes claims; one that does not hold ends the demo with exit code 1."""

from __future__ import annotations

import json
import os
import random
import secrets
import shutil
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

import pyrage
from rich.table import Table
from rich.text import Text

from demo.oracle import WAYS, Rate, Tree, custodial_rate, new_words, self_rate
from demo.stage import Stage, Watch
from jinku.core import canonical_bytes, domain_digest
from jinku.journal.pinned import fingerprint_words
from jinku.ops.scan import Needle, Scanner
from jinku.ops.settings import Settings

_SMALL = 50_000


@dataclass
class Play:
    """What the acts share."""

    stage: Stage
    work: Path
    chance: random.Random
    accounts: int
    users: int
    home_secret: bytes = field(default_factory=lambda: secrets.token_urlsafe(18).encode())
    vault_secret: bytes = field(default_factory=lambda: secrets.token_urlsafe(18).encode())
    tree: Tree = field(default_factory=lambda: Tree(new_words()))
    needles: list[Needle] = field(default_factory=list)
    bulk_seconds: float = 0.0
    self_seconds: float = 0.0
    fingerprint: str = ""

    @property
    def settings(self) -> Settings:
        return Settings.of(self.stage.home, self.stage.environment)


def first(play: Play) -> None:
    """An installation, a vault, and the bulk job that is killed and resumed."""
    stage = play.stage
    stage.act(
        1,
        "Opening day, interrupted",
        """[b]init[/b] makes a home: a database, and a [b]signer[/b], the small Rust process that alone holds keys.
        Passphrases go to it by file descriptor (at your terminal it would prompt); the rest of jinku never sees
        one.""",
    )
    stage.run(["init"], {"--passphrase-fd": play.home_secret})
    auditor = play.work / "auditor"
    auditor.mkdir()
    stage.run(
        ["trust", "export", "--out", "trust-root.json"], cwd=auditor, note="for the auditor of act 6, before all else"
    )
    root = json.loads((auditor / "trust-root.json").read_bytes())["root"]
    play.fingerprint = fingerprint_words(domain_digest("jinku/trust-root/1", canonical_bytes(root)))
    stage.say(
        """Now a vault. With [b]vault create[/b] the signer makes the secret and nobody ever sees it. Act 4 however must
        know what to search for, so the demo made 24 words for that purpose and imports them."""
    )
    given = {"--mnemonic-file": play.tree.words.encode(), "--passphrase-fd": play.vault_secret}
    stage.run(["vault", "import", "customers", "--tier", "hot"], given)
    stage.run(["vault", "unlock", "customers"], {"--passphrase-fd": play.vault_secret})
    stage.say(
        f"""Opening day: [b]{play.accounts:,} customer accounts[/b], each with seven addresses on six chain families.
        The signer derives and signs a chunk, the chunk is committed to disk, the bar moves. Somewhere on the way, the
        seed chose where, the demo kills the command with [b]kill -9[/b]."""
    )
    watch = Watch(int(play.accounts * play.chance.uniform(0.3, 0.6)))
    words = ["accounts", "create", "--vault", "customers", "--count", str(play.accounts), "--job-key", "opening-day"]
    if play.accounts < _SMALL:  # a rehearsal: enough chunks that the kill can fall between two
        words += ["--chunk", str(max(1, play.accounts // 20))]
    cut = stage.run(words, watch=watch, expect=-9)
    stage.steady()
    stage.claim(watch.killed_at < play.accounts, f"killed by signal 9 with {watch.killed_at:,} accounts committed")
    stage.run(["jobs", "list"], note="nobody runs it now; what was committed stands")
    stage.say(
        "The same command again. By its [b]--job-key[/b] it is the same job, so it carries on where that one died."
    )
    rest = stage.run(words)
    play.bulk_seconds = cut.seconds + rest.seconds
    _count(play)
    stage.say(
        """Each batch carries a Merkle root that the signer signed. [b]verify[/b] proves every stored address against
        it, by the public key that init pinned outside the database."""
    )
    stage.run(["accounts", "verify", "--vault", "customers"])
    _witness(play)


def _count(play: Play) -> None:
    """Counted by SQLite itself, not by jinku."""
    base = sqlite3.connect(f"file:{play.settings.database}?mode=ro", uri=True)
    accounts, indexes = base.execute("SELECT count(*), count(DISTINCT idx) FROM account").fetchone()
    addresses, distinct = base.execute("SELECT count(*), count(DISTINCT address) FROM address").fetchone()
    base.close()
    whole = accounts == indexes == play.accounts and addresses == distinct == play.accounts * len(WAYS)
    play.stage.console.print()
    play.stage.claim(whole, f"counted by SQLite itself: {accounts:,} accounts, {addresses:,} addresses, none twice")


def _witness(play: Play) -> None:
    """bip_utils, an independent library, derives some accounts from the same words; jinku proves them to be its own."""
    stage = play.stage
    indexes = sorted(play.chance.sample(range(play.accounts), 5))
    wanted = {index: play.tree.addresses(index) for index in indexes}
    receipts = stage.run(["accounts", "prove", *(found[0] for found in wanted.values())], quiet=True).lines()
    leaves = [json.loads(str(receipt["leaf"])) for receipt in receipts]
    proven = {leaf["index"]: sorted(one["address"] for one in leaf["addresses"]) for leaf in leaves}
    shown = Table(box=None, pad_edge=False, show_header=False)
    for style in ("dim", ""):
        shown.add_column(style=style, overflow="fold")
    families = [way.family for way in WAYS]
    for way, address in zip(WAYS, wanted[indexes[0]], strict=True):
        # the kind only where it tells two apart: the longest address then fits 80 columns
        name = f"{way.family} {way.kind}" if families.count(way.family) > 1 else way.family
        shown.add_row(name, Text(address))
    stage.say(
        f"""The proof shows that the signer made these addresses, not that they are right. So a library that shares no
        line with jinku, bip_utils, derives five accounts from the same words. Account {indexes[0]:,}:"""
    )
    stage.show(shown)
    same = proven == {index: sorted(found) for index, found in wanted.items()}
    stage.claim(same, f"the same addresses for accounts {', '.join(f'{n:,}' for n in indexes)}")


def second(play: Play) -> None:
    """A thief swaps one address in a copy of the database."""
    stage = play.stage
    copy = play.work / "copy"
    shutil.copytree(play.settings.home, copy)
    victim = play.chance.randrange(play.accounts)
    honest = play.tree.address(0, victim)
    theirs = Tree(new_words()).address(0, 0)
    stage.act(
        2,
        "A thief at the database",
        f"""Whoever can write the database can try to put an address of their own where a customer will be paid. In a
        [b]copy[/b] of the home the demo does it: the EVM address of account {victim:,} becomes one from a stranger's
        wallet, valid in every way, only not ours.""",
    )
    base = sqlite3.connect(copy / "jinku.db")
    changed = base.execute("UPDATE address SET address = ? WHERE address = ?", (theirs, honest)).rowcount
    base.commit()
    base.close()
    statement = ("sqlite> UPDATE address", f"   ...> SET address = '{theirs}'", f"   ...> WHERE address = '{honest}';")
    stage.show(Text("\n".join(statement)))
    stage.claim(changed == 1, f"one of {play.accounts * len(WAYS):,} addresses is swapped")
    stage.run(["accounts", "verify", "--vault", "customers"], home=copy, expect=5, note="in the copy")
    stage.claim(True, f"found, named (index {victim}), and refused with exit code 5")
    for wanted, name in ((honest, "the customer's"), (theirs, "the thief's")):
        refused = stage.run(["accounts", "prove", wanted], home=copy, expect=None, quiet=True)
        stage.claim(
            refused.code in {4, 5} and not refused.out, f"no receipt for {name} address either: exit {refused.code}"
        )
    shutil.rmtree(copy)


def third(play: Play) -> None:
    """Self-mode wallets for users who hold their own keys."""
    stage = play.stage
    stage.act(
        3,
        "Wallets whose keys belong to their users",
        f"""In [b]self mode[/b] every user gets 24 words of their own. The signer makes them, encrypts them to the
        user's [b]age[/b] key within the same process, and forgets them. Here are {play.users} users, each with an age
        key, and a second vault, its secret made by the signer this time.""",
    )
    people = [pyrage.x25519.Identity.generate() for _ in range(play.users)]
    recipients = play.work / "users.txt"
    recipients.write_text("".join(f"{person.to_public()}\n" for person in people))
    letters = play.work / "letters"
    stage.run(["vault", "create", "wallets", "--tier", "warm"], {"--passphrase-fd": play.vault_secret}, quiet=True)
    stage.run(["vault", "unlock", "wallets"], {"--passphrase-fd": play.vault_secret}, quiet=True)
    words = ["accounts", "create", "--vault", "wallets", "--mode", "self", "--count", str(play.users)]
    stage.run([*words, "--job-key", "welcome", "--recipients", str(recipients), "--blobs", str(letters)])
    (job,) = stage.run(["jobs", "show", "welcome", "--json"], quiet=True).lines()
    play.self_seconds = (int(str(job["finished_at_ms"])) - int(str(job["created_at_ms"]))) / 1000
    files = sorted(letters.glob("*.age"))
    stage.claim(len(files) == play.users, f"{len(files)} letters, each for one user's eyes")
    reader = play.chance.randrange(play.users)
    rows = stage.run(["accounts", "list", "--vault", "wallets", "--chain", "evm", "--json"], quiet=True).lines()
    row = next(line for line in rows if line["index"] == reader)
    letter = (letters / f"{row['account']}.age").read_bytes()
    opened = Tree(pyrage.decrypt(letter, [people[reader]]).decode().strip())
    stage.say(
        f"""User {reader} opens their letter on their own device: 24 words, the first of them
        [b]{opened.words.split()[0]}[/b]. They type them into another wallet; bip_utils stands in for it here."""
    )
    stage.console.print()
    stage.claim(opened.address(0, 0) == row["address"], f"it shows {row['address']}, as jinku's books do")
    try:
        pyrage.decrypt(letter, [people[(reader + 1) % play.users]])
        opened_by_other = True
    except pyrage.DecryptError:
        opened_by_other = False
    stage.claim(not opened_by_other, "their neighbour's key does not open the letter")
    play.needles.append(Needle(f"the words of user {reader}", words=tuple(opened.words.split())))
    play.needles += [n for n in opened.needles([0]) if n.name in ("entropy", "seed")]


def fourth(play: Play) -> None:
    """The scan for secrets, and the locked vault."""
    stage = play.stage
    stage.act(
        4,
        "No key in plaintext",
        """Is no key anywhere in plaintext? The demo knows the words of [i]customers[/i] and of one user, hence every
        key below them. It searches each byte of the home and of the runtime folder (database, write-ahead log, vault
        files, logs) for words, seeds, master and child keys, chain codes, extended keys and passphrases: raw,
        reversed, in hex, base64 and base64url at three offsets, base58, UTF-16, JSON escapes. A search that cannot
        find proves nothing, so each spelling is first [b]planted[/b] in a decoy file, and must be found.""",
    )
    indexes = [0, play.chance.randrange(1, play.accounts), play.accounts - 1]
    needles = [*play.tree.needles(indexes), *play.needles]
    needles += [Needle("the home's passphrase", play.home_secret), Needle("the vault's passphrase", play.vault_secret)]
    scanner = Scanner(needles)
    decoys = play.work / "decoys"
    decoys.mkdir()
    missed = scanner.prove(decoys)
    stage.console.print()
    stage.claim(not missed, f"{len(needles)} secrets in {len(scanner.spellings):,} spellings: each planted, each found")
    report = scanner.scan([play.settings.home, play.settings.runtime])
    for finding in report.findings[:5]:
        stage.show(
            Text(f"{finding.needle} as {finding.encoding} in {finding.path} at {finding.offset}", style="bold red")
        )
    size = report.size_bytes / (1 << 20)
    stage.claim(not report.findings, f"{report.files} files, {size:,.0f} MiB searched: none of them anywhere")
    stage.say("Now the vault is locked: its keys are wiped from the signer's memory, its capability token is void.")
    stage.run(["vault", "lock", "customers"])
    stage.run(["accounts", "create", "--vault", "customers", "--count", "1"], expect=3)
    stage.claim(True, "refused with exit code 3: no further account")
    address = play.tree.address(0, indexes[1])
    (found,) = stage.run(["accounts", "prove", address], quiet=True).lines()
    stage.claim(found["address"] == address, "what stands can still be read and proven; that needs no key")


def fifth(play: Play) -> None:
    """The figures beside bip_utils', and what to type next."""
    stage = play.stage
    stage.act(
        5,
        "The figures of this run",
        f"""Beside them [b]bip_utils[/b], the usual Python library (its curve work is in C), on this machine just now:
        the same seven addresses, in one process, nothing stored. jinku's figures are of whole jobs on
        {os.cpu_count()} cores: derive, sign, commit with fsync, derive a sample again by other code, index.""",
    )
    bulk, own = Rate(play.accounts, play.bulk_seconds), Rate(play.users, play.self_seconds)
    shown = Table(box=None, pad_edge=False)
    for heading in ("accounts a second", "jinku", "bip_utils", ""):
        shown.add_column(heading, justify="left" if heading.startswith("acc") else "right")
    for name, ours, theirs in (
        (f"{play.accounts:,} custodial, 7 addresses each", bulk, custodial_rate(500)),
        (f"{play.users:,} wallets of 24 words, 7 addresses", own, self_rate(50)),
    ):
        ratio = f"{ours.per_second / theirs.per_second:,.1f} times"
        shown.add_row(name, f"{ours.per_second:,.0f}", f"{theirs.per_second:,.0f}", Text(ratio, style="bold"))
    stage.show(shown)
    small = "" if play.accounts >= _SMALL else "So small a run mostly measures how a job begins and ends."
    stage.say(
        f"""The {play.accounts:,} took {play.bulk_seconds:.1f} s, both starts of the program and the kill included.
        {small} [b]make bench[/b] measures each part by itself, with rivals on the same input."""
    )

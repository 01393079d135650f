"""The five acts. Each makes claims; one that does not hold ends the demo with exit code 1."""

from __future__ import annotations

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
from jinku.ops.scan import Needle, Scanner
from jinku.ops.settings import Settings


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

    @property
    def settings(self) -> Settings:
        return Settings.of(self.stage.home, self.stage.environment)


def first(play: Play) -> None:
    """An installation, a vault, and the bulk job that is killed and resumed."""
    stage = play.stage
    stage.act(
        1,
        "An installation, a vault, and a killed job",
        """[b]init[/b] makes the home, the database and the [b]signer[/b]: a small Rust process that alone holds keys.
        Passphrases reach it by file descriptor (at a terminal you would be prompted); Python never sees them.""",
    )
    stage.run(["init"], {"--passphrase-fd": play.home_secret})
    stage.say(
        """Now the vault. Normally [b]vault create[/b] lets the signer make the secret and nobody ever sees it. For act 4
        we need to know what to search for, so the demo made 24 words for this purpose and hands them to the signer,
        again by descriptor."""
    )
    given = {"--mnemonic-file": play.tree.words.encode(), "--passphrase-fd": play.vault_secret}
    stage.run(["vault", "import", "customers", "--tier", "hot"], given)
    stage.run(["vault", "unlock", "customers"], {"--passphrase-fd": play.vault_secret})
    stage.say(
        f"""Opening day: [b]{play.accounts:,}[/b] customer accounts, each with seven addresses on six chain families.
        Every chunk is derived and signed inside the signer and committed to disk before the bar moves. Somewhere on
        the way (the seed chose where) this demo sends the command a [b]kill -9[/b]."""
    )
    watch = Watch(int(play.accounts * play.chance.uniform(0.3, 0.6)))
    words = ["accounts", "create", "--vault", "customers", "--count", str(play.accounts), "--job-key", "opening-day"]
    cut = stage.run(words, watch=watch, expect=-9)
    stage.steady()
    stage.claim(watch.killed_at < play.accounts, f"killed by signal 9 after {watch.killed_at:,} committed accounts")
    stage.run(["jobs", "list"], note="nobody runs it now; what was committed stands")
    stage.say("The same command again. Its [b]--job-key[/b] says that it is the same job, so it carries on, not anew.")
    rest = stage.run(words)
    play.bulk_seconds = cut.seconds + rest.seconds
    _count(play)
    stage.say(
        """Each batch carries a Merkle root that the signer signed. [b]verify[/b] proves every stored address against
        it, with the public key that init pinned outside the database."""
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
    play.stage.say("Counted by SQLite itself, not by jinku:")
    play.stage.claim(whole, f"exactly {accounts:,} accounts, {addresses:,} addresses, none twice")


def _witness(play: Play) -> None:
    """bip_utils, an independent library, derives some accounts from the same words."""
    stage = play.stage
    indexes = sorted(play.chance.sample(range(play.accounts), 5))
    wanted = {index: play.tree.addresses(index) for index in indexes}
    listed: dict[int, list[str]] = {}
    for line in stage.run(["accounts", "list", "--vault", "customers", "--json"], quiet=True).lines():
        if line["index"] in wanted:
            listed.setdefault(int(str(line["index"])), []).append(str(line["address"]))
    same = {index: sorted(found) for index, found in listed.items()} == {i: sorted(a) for i, a in wanted.items()}
    shown = Table(box=None, pad_edge=False)
    shown.add_column("family", style="dim")
    shown.add_column("kind", style="dim")
    shown.add_column(f"account {indexes[0]:,}", overflow="fold")
    for way, address in zip(WAYS, wanted[indexes[0]], strict=True):
        shown.add_row(way.family, way.kind, Text(address))
    stage.show(shown)
    stage.claim(same, f"bip_utils, fed the same words, derives the same addresses for accounts {_words(indexes)}")


def _words(numbers: list[int]) -> str:
    return ", ".join(f"{n:,}" for n in numbers)


def second(play: Play) -> None:
    """A thief swaps one address in a copy of the database."""
    stage = play.stage
    copy = play.work / "copy"
    shutil.copytree(play.settings.home, copy, ignore=shutil.ignore_patterns("*.sock"))
    victim = play.chance.randrange(play.accounts)
    honest = play.tree.address(0, victim)
    theirs = Tree(new_words()).address(0, 0)
    stage.act(
        2,
        "A thief at the database",
        f"""Whoever can write the database can try to put their own address where a customer will pay. In a [b]copy[/b]
        of the home we change the EVM address of account {victim:,}, in SQL, to one that a stranger's wallet made: it
        is perfectly valid, only not ours.""",
    )
    base = sqlite3.connect(copy / "jinku.db")
    changed = base.execute("UPDATE address SET address = ? WHERE address = ?", (theirs, honest)).rowcount
    base.commit()
    base.close()
    stage.show(Text(f"UPDATE address SET address = '{theirs}'\n WHERE address = '{honest}';", style="dim"))
    stage.claim(changed == 1, "one address swapped")
    stage.run(["accounts", "verify", "--vault", "customers"], home=copy, expect=5, note="in the copy")
    stage.claim(True, f"found, named, refused: exit code 5, account {victim:,}")
    refused = stage.run(["accounts", "list", "--vault", "customers", "--json"], home=copy, expect=5, quiet=True)
    stage.claim(theirs not in refused.out, "and list stops before it would hand the stranger's address out")
    shutil.rmtree(copy)


def third(play: Play) -> None:
    """Self-mode wallets for users who hold their own keys."""
    stage = play.stage
    stage.act(
        3,
        "Wallets whose keys belong to their users",
        f"""In [b]self mode[/b] each user gets a wallet of their own: the signer makes 24 words for each, encrypts them
        to that user's [b]age[/b] key inside the same process, and forgets them. Here are {play.users} users with an
        age key each, and a second vault, made by the signer this time.""",
    )
    people = [pyrage.x25519.Identity.generate() for _ in range(play.users)]
    recipients = play.work / "users.txt"
    recipients.write_text("".join(f"{person.to_public()}\n" for person in people))
    blobs = play.work / "letters"
    stage.run(["vault", "create", "wallets", "--tier", "warm"], {"--passphrase-fd": play.vault_secret})
    stage.run(["vault", "unlock", "wallets"], {"--passphrase-fd": play.vault_secret}, quiet=True)
    words = ["accounts", "create", "--vault", "wallets", "--mode", "self", "--count", str(play.users)]
    ran = stage.run([*words, "--recipients", str(recipients), "--blobs", str(blobs)])
    play.self_seconds = ran.seconds
    letters = sorted(blobs.glob("*.age"))
    stage.claim(
        len(letters) == play.users, f"{len(letters)} letters, one for each user, each readable by that user alone"
    )
    reader = play.chance.randrange(play.users)
    rows = stage.run(["accounts", "list", "--vault", "wallets", "--chain", "evm", "--json"], quiet=True).lines()
    row = next(line for line in rows if line["index"] == reader)
    letter = (blobs / f"{row['account']}.age").read_bytes()
    opened = Tree(pyrage.decrypt(letter, [people[reader]]).decode().strip())
    stage.say(
        f"""User {reader} opens their letter with their own key, on their own device: 24 words, beginning with
        [b]{opened.words.split()[0]}[/b]. bip_utils stands in for their wallet."""
    )
    stage.claim(opened.address(0, 0) == row["address"], f"their wallet shows {row['address']}, as jinku's books do")
    try:
        pyrage.decrypt(letter, [people[(reader + 1) % play.users]])
        opened_by_other = True
    except pyrage.DecryptError:
        opened_by_other = False
    stage.claim(not opened_by_other, "their neighbour's key does not open it")
    play.needles.append(Needle(f"the 24 words of user {reader}", words=tuple(opened.words.split())))
    play.needles += [n for n in opened.needles([0]) if n.name in ("entropy", "seed")]


def fourth(play: Play) -> None:
    """The scan for secrets, and the locked vault."""
    stage = play.stage
    stage.act(
        4,
        "No key in plaintext: the scan",
        """Are keys really nowhere in plaintext? We know the words of the vault [i]customers[/i] and of one user, so we
        can search every byte of the home and the runtime folder (database, write-ahead log, vault files, logs) for
        them, for the seed, for master and child keys, chain codes, extended keys and passphrases: raw, reversed, in
        hex, base64 and base64url at three offsets, base58, UTF-16, as words, as JSON escapes. A search that cannot
        find proves nothing, so each spelling is [b]planted first[/b] in a decoy file.""",
    )
    indexes = [0, play.chance.randrange(1, play.accounts), play.accounts - 1]
    needles = [*play.tree.needles(indexes), *play.needles]
    needles += [Needle("the home's passphrase", play.home_secret), Needle("the vault's passphrase", play.vault_secret)]
    scanner = Scanner(needles)
    decoys = play.work / "decoys"
    decoys.mkdir()
    missed = scanner.prove(decoys)
    count = len(scanner.spellings)
    stage.claim(not missed, f"{len(needles)} secrets in {count:,} spellings: planted, and each found")
    report = scanner.scan([play.settings.home, play.settings.runtime])
    for finding in report.findings[:5]:
        stage.show(
            Text(f"{finding.needle} as {finding.encoding} in {finding.path} at {finding.offset}", style="bold red")
        )
    size = report.size_bytes / (1 << 20)
    stage.claim(not report.findings, f"{report.files} files, {size:,.0f} MiB searched: none of them there")
    stage.say("Now the vault is locked. Its keys are wiped from the signer's memory and its token is void.")
    stage.run(["vault", "lock", "customers"])
    stage.run(["accounts", "create", "--vault", "customers", "--count", "1"], expect=3)
    stage.claim(True, "no further account can be made")
    found = stage.run(["accounts", "prove", play.tree.address(0, indexes[1])], quiet=True).document
    stage.claim(bool(found), "what stands can still be read and proven, for that needs no key")


def fifth(play: Play) -> None:
    """The figures beside bip_utils', and what to type next."""
    stage = play.stage
    stage.act(
        5,
        "The figures of this run",
        f"""Beside them [b]bip_utils[/b], the usual Python library (its curve work is in C), on this machine just now,
        deriving the same seven addresses in one process and storing nothing. jinku's figures are of the whole
        command, on {os.cpu_count()} cores: start, derive, sign, commit with fsync, and derive a sample a second
        time.""",
    )
    bulk, own = Rate(play.accounts, play.bulk_seconds), Rate(play.users, play.self_seconds)
    shown = Table(box=None, pad_edge=False)
    for heading in ("", "jinku", "bip_utils", "ratio"):
        shown.add_column(heading, justify="left" if not heading else "right")
    for name, ours, theirs in (
        (f"{play.accounts:,} custodial accounts, 7 addresses", bulk, custodial_rate(600)),
        (f"{play.users:,} self-mode wallets, 7 addresses", own, self_rate(60)),
    ):
        ratio = f"{ours.per_second / theirs.per_second:,.1f}x"
        shown.add_row(name, f"{ours.per_second:,.0f}/s", f"{theirs.per_second:,.0f}/s", Text(ratio, style="bold"))
    stage.show(shown)
    stage.say(
        f"The bulk job took {play.bulk_seconds:.1f} s in two runs. [b]make bench[/b] measures each part by itself."
    )

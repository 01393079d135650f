"""Where the journal's tiles lie, and the bucket that remembers the last checkpoint: as the settings say."""

from __future__ import annotations

from collections.abc import Iterator

from jinku.core import Clock, JinkuError, UsageError
from jinku.journal.adapters.later_origins import LaterOrigins, folders_in, origin_folder
from jinku.journal.adapters.local_tiles import LocalTiles
from jinku.journal.adapters.s3_bucket import Bucket
from jinku.journal.adapters.s3_failures import no_lock
from jinku.journal.adapters.s3_place import BucketUrl
from jinku.journal.adapters.s3_tiles import OutsideBucket, S3Tiles
from jinku.journal.ports import Outside, TileStore
from jinku.journal.retention import Retention
from jinku.ops.findings import Finding, Health, bad
from jinku.ops.settings import OUTSIDE_VARIABLE, TILES_LOCK_VARIABLE, TILES_VARIABLE, Settings

__all__ = ["check_tile_places", "later_origins", "later_tiles", "outside_buckets", "refuse_unfit_places", "tiles_of"]

_MAKE = "make a bucket with object lock, copy the log there (jinku journal rebuild), and set JINKU_TILES_LOCK"


def tiles_of(settings: Settings, clock: Clock | None = None, number: int = 1) -> TileStore:
    """The bucket of ``JINKU_TILES_URL``, else the folder ``journal`` of the home. Nothing is asked or made.

    Each later origin of the log (``number``) has a place of its own in it: no file of an earlier one is touched.
    """
    retention = Retention.parse(settings.tiles_lock) if settings.tiles_lock else None
    if settings.tiles_url:
        return S3Tiles(Bucket(_below(BucketUrl.parse(settings.tiles_url), number)), retention, clock)
    if retention is not None:
        raise UsageError(
            "a folder cannot lock its files",
            found=f"{TILES_LOCK_VARIABLE} without {TILES_VARIABLE}",
            advice=f"name a bucket in {TILES_VARIABLE}, or unset {TILES_LOCK_VARIABLE}",
            code="journal.retention",
        )
    folder = settings.home / "journal"
    return LocalTiles(folder if number == 1 else folder / origin_folder(number))


def _below(place: BucketUrl, number: int) -> BucketUrl:
    return place if number == 1 else place.below(origin_folder(number))


def outside_buckets(settings: Settings, number: int = 1) -> list[Outside]:
    """The bucket of ``JINKU_OUTSIDE_URL``, which knows the last checkpoint; none when it is not set."""
    if not settings.outside_url:
        return []
    place = BucketUrl.parse(settings.outside_url)
    if settings.tiles_url and _same(place, BucketUrl.parse(settings.tiles_url)):
        raise UsageError(
            "the checkpoint outside would be the one beside the tiles",
            found=f"{OUTSIDE_VARIABLE} and {TILES_VARIABLE} name one place: {place}",
            advice="name another bucket, best of another owner, or another prefix",
            code="journal.bucket_url",
        )
    return [OutsideBucket(Bucket(_below(place, number)))]


def later_origins(settings: Settings, number: int) -> list[Outside]:
    """Who can list the log's later origins: the place of the tiles, and the bucket outside."""

    def outside(later: int) -> bytes | None:
        return outside_buckets(settings, later)[0].last()

    found = later_tiles(settings, number)
    if settings.outside_url:
        place = BucketUrl.parse(settings.outside_url)
        found.append(LaterOrigins(str(place), number, OutsideBucket(Bucket(place)).folders, outside))
    return found


def later_tiles(settings: Settings, number: int) -> list[Outside]:
    """The place of the tiles, which lists the later origins that have some there."""

    def published(later: int) -> bytes | None:
        return tiles_of(settings, number=later).published()

    if settings.tiles_url:
        place = BucketUrl.parse(settings.tiles_url)
        return [LaterOrigins(str(place), number, OutsideBucket(Bucket(place)).folders, published)]
    folder = settings.home / "journal"
    return [LaterOrigins(str(folder), number, lambda: folders_in(folder), published)]


def _same(one: BucketUrl, other: BucketUrl) -> bool:
    return (one.endpoint, one.bucket, one.prefix) == (other.endpoint, other.bucket, other.prefix)


def refuse_unfit_places(settings: Settings) -> list[str]:
    """Every place that the settings name can be used, or its error is raised; what is worth a thought, in sentences."""
    tiles_of(settings)
    outside_buckets(settings)
    found = list(_findings(settings))
    if any(finding.health is Health.BAD for finding in found):
        raise no_lock("no object lock", BucketUrl.parse(settings.tiles_url))
    return [finding.found for finding in found if finding.health is Health.WARN]


def check_tile_places(settings: Settings) -> list[Finding]:
    """What doctor says of the places; nothing when none but the home's folder is named."""
    found: list[Finding] = []
    try:
        tiles_of(settings)
        outside_buckets(settings)
        found += _findings(settings)
    except JinkuError as error:
        found.append(bad("journal store", error))
    return found


def _findings(settings: Settings) -> Iterator[Finding]:
    """Raises when one does not answer."""
    if settings.tiles_url:
        place = BucketUrl.parse(settings.tiles_url)
        tiles = S3Tiles(Bucket(place))
        tiles.published()
        yield Finding("journal store", Health.OK, f"{place} answers")
        yield from _open(place)
        yield from _locks(settings, place, *tiles.object_lock())
    for outside in outside_buckets(settings):
        outside.last()
        yield Finding("outside", Health.OK, f"{outside.name} answers")
        yield from _open(BucketUrl.parse(settings.outside_url))


def _open(place: BucketUrl) -> Iterator[Finding]:
    if place.is_open:
        text = f"{place} is reached without TLS: whoever is on the way reads and changes what is sent"
        yield Finding("journal store", Health.WARN, text, "use https:// in endpoint=")


def _locks(settings: Settings, place: BucketUrl, has_lock: bool, default: str) -> Iterator[Finding]:
    if settings.tiles_lock and not has_lock:
        text = f"{TILES_LOCK_VARIABLE} asks for object lock, and {place} has none: no entry can be published"
        yield Finding("object lock", Health.BAD, text, f"{_MAKE} again")
    elif not has_lock:
        text = f"{place} has no object lock: who holds its keys can remove the log's files"
        yield Finding("object lock", Health.WARN, text, _MAKE)
    elif not settings.tiles_lock:
        text = f"{place} has object lock, and {TILES_LOCK_VARIABLE} asks for none"
        yield Finding("object lock", Health.WARN, text, f'set {TILES_LOCK_VARIABLE}, as in "compliance *=365"')
    else:
        yield Finding("object lock", Health.OK, f"full tiles and bundles: {settings.tiles_lock}")
    if default:
        text = f"{place} locks whatever is written ({default}), partial tiles and checkpoints, too: they pile up"
        yield Finding("object lock", Health.WARN, text, "remove the bucket's default retention")

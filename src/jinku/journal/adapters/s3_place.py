"""Where in which object store: the URL that an operator writes. No credentials stand in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit

from jinku.core import UsageError

__all__ = ["BucketUrl", "BucketUrlError"]

_EXPECTED = "s3://BUCKET/PREFIX?endpoint=https://HOST&region=REGION"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_PREFIX = re.compile(r"[A-Za-z0-9!_.*'()-]+(?:/[A-Za-z0-9!_.*'()-]+)*", re.ASCII)
_REGION = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
_STYLES = ("path", "virtual")
_LOCAL = ("localhost", "127.0.0.1", "::1")


class BucketUrlError(UsageError):
    """The text is no place in an object store (exit 2). It is never quoted: somebody may have put a secret into it."""

    code = "journal.bucket_url"


@dataclass(frozen=True, slots=True)
class BucketUrl:
    """A bucket, the prefix of every key, and how to get there: what is empty is left to the usual settings of AWS.

    >>> url = BucketUrl.parse("s3://records/jinku/log?endpoint=https://s3.example.com&region=eu-1")
    >>> str(url), url.key("tile/0/000"), url.endpoint
    ('s3://records/jinku/log', 'jinku/log/tile/0/000', 'https://s3.example.com')
    """

    bucket: str
    prefix: str = ""
    endpoint: str = ""
    region: str = ""
    style: str = "path"  # or virtual: the bucket as part of the host's name

    @staticmethod
    def parse(text: str) -> BucketUrl:
        """The place that ``s3://…`` names; BucketUrlError otherwise."""
        try:
            parts = urlsplit(text.strip())
            options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True)) if parts.query else {}
        except ValueError as error:
            raise _refuse("a text that is no URL") from error
        if parts.scheme != "s3" or parts.fragment:
            raise _refuse("no s3:// in front, or a # in it")
        if "@" in parts.netloc:
            raise _refuse("credentials in it", "leave them to AWS_PROFILE, ~/.aws/credentials or the environment")
        prefix = parts.path.strip("/")
        if not _BUCKET.fullmatch(parts.netloc) or (prefix and not _PREFIX.fullmatch(prefix)) or _climbs(prefix):
            raise _refuse("a bucket or prefix that is none")
        unknown = options.keys() - {"endpoint", "region", "style"}
        if unknown:
            raise _refuse(f"{len(unknown)} options that are none")
        return BucketUrl(
            parts.netloc,
            prefix,
            _endpoint(options.get("endpoint", "")),
            _one(options.get("region", ""), _REGION, "a region that is none"),
            _style(options.get("style", "path")),
        )

    def below(self, name: str) -> BucketUrl:
        """The place ``name`` in this one."""
        return replace(self, prefix=self.key(name))

    def key(self, path: str) -> str:
        """The key of a file of the log."""
        return f"{self.prefix}/{path}" if self.prefix else path

    @property
    def is_open(self) -> bool:
        """Whoever is on the way reads and changes what is sent: no TLS, and not this machine."""
        parts = urlsplit(self.endpoint)
        return parts.scheme == "http" and (parts.hostname or "") not in _LOCAL

    def __str__(self) -> str:
        """Bucket and prefix."""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")


def _refuse(found: str, advice: str = "see docs/operate/object-store.md") -> BucketUrlError:
    return BucketUrlError(
        "the address of the object store cannot be read", found=found, expected=_EXPECTED, advice=advice
    )


def _climbs(prefix: str) -> bool:
    return any(part in (".", "..") for part in prefix.split("/"))


def _one(text: str, form: re.Pattern[str], found: str) -> str:
    if text and not form.fullmatch(text):
        raise _refuse(found)
    return text


def _style(text: str) -> str:
    if text not in _STYLES:
        raise _refuse("a style that is none", "style=path (unless said otherwise) or style=virtual")
    return text


def _endpoint(text: str) -> str:
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise _refuse("an endpoint that is none") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or parts.query:
        raise _refuse("an endpoint that is none", "endpoint=https://HOST or https://HOST:PORT")
    return text.rstrip("/")

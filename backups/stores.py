"""Where files of backups lie: a folder of this server, and off site a bucket of any S3-compatible store.

`ECDEPT_BACKUP_DIR` (else `backups/` under the home) and `ECDEPT_BACKUP_S3`:
`s3://BUCKET/PREFIX?endpoint=https://HOST&region=REGION`, with `ECDEPT_BACKUP_S3_ID` and `ECDEPT_BACKUP_S3_SECRET`.
What leaves this server is sealed before.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from django.conf import settings

from backups.errors import Failed

_PIECE = 8 << 20


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as the store has it; `sha256` as it was given when it was stored, "" when the store does not say."""

    size: int
    sha256: str


class Store(Protocol):
    """Every method raises Failed (code "unreachable") when the store does not do what was asked."""

    name: str

    def put(self, path: Path, name: str, sha256: str) -> None: ...
    def head(self, name: str) -> Seen | None: ...
    def get(self, name: str, to: Path) -> None: ...
    def delete(self, name: str) -> None: ...
    def names(self) -> dict[str, datetime]: ...


def local_folder() -> Path:
    """Made on first use, for this user only. Failed when it cannot be."""
    folder = Path(settings.ECDEPT_BACKUP_DIR)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Failed(f"The folder {folder} cannot be used: {error.strerror}.", code="disk") from error
    return folder


class S3:
    """One prefix of one bucket."""

    def __init__(self, url: str, key: str, secret: str) -> None:
        parts = urlsplit(url)
        asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if parts.scheme != "s3" or not parts.netloc:
            raise Failed("ECDEPT_BACKUP_S3 is not s3://BUCKET/PREFIX?endpoint=…&region=….", code="store")
        self.bucket = parts.netloc
        self.prefix = parts.path.strip("/")
        self._endpoint, self._region = asked.get("endpoint"), asked.get("region", "us-east-1")
        self._key, self._secret = key, secret
        self.name = f"s3://{self.bucket}/{self.prefix}".rstrip("/")
        self._client: Any = None

    @property
    def client(self) -> Any:
        if self._client is None:
            import boto3  # a third of a second that no other process needs
            from botocore.config import Config

            self._client = boto3.client(
                "s3", endpoint_url=self._endpoint, region_name=self._region,
                aws_access_key_id=self._key, aws_secret_access_key=self._secret,
                config=Config(
                    connect_timeout=10, read_timeout=60, retries={"max_attempts": 2, "mode": "standard"},
                    request_checksum_calculation="when_required", response_checksum_validation="when_required",
                    s3={"addressing_style": "path" if self._endpoint else "auto"},
                ),
            )  # fmt: skip
        return self._client

    def _at(self, name: str) -> str:
        return f"{self.prefix}/{name}" if self.prefix else name

    def put(self, path: Path, name: str, sha256: str) -> None:
        """In parts, a few megabytes in memory; the store gets the checksum along with it."""
        from boto3.s3.transfer import TransferConfig

        try:
            self.client.upload_file(
                str(path), self.bucket, self._at(name), ExtraArgs={"Metadata": {"sha256": sha256}},
                Config=TransferConfig(multipart_chunksize=_PIECE, max_concurrency=2),
            )  # fmt: skip
        except Exception as error:
            raise self._unreachable(error) from error
        seen = self.head(name)
        if seen is None or seen.size != path.stat().st_size:
            raise Failed(f"{self.name} does not have {name} as it was sent.", code="unreachable")

    def head(self, name: str) -> Seen | None:
        from botocore.exceptions import ClientError

        try:
            found = self.client.head_object(Bucket=self.bucket, Key=self._at(name))
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404:
                return None
            raise self._unreachable(error) from error
        except Exception as error:
            raise self._unreachable(error) from error
        return Seen(int(found["ContentLength"]), str((found.get("Metadata") or {}).get("sha256", "")))

    def get(self, name: str, to: Path) -> None:
        partial = to.with_name(f".{to.name}.get-{os.getpid()}")
        try:
            self.client.download_file(self.bucket, self._at(name), str(partial))
            os.replace(partial, to)
        except Exception as error:
            partial.unlink(missing_ok=True)
            raise self._unreachable(error) from error

    def delete(self, name: str) -> None:
        try:
            self.client.delete_object(Bucket=self.bucket, Key=self._at(name))
        except Exception as error:
            raise self._unreachable(error) from error

    def names(self) -> dict[str, datetime]:
        """The files that lie directly under the prefix, and when each was stored."""
        start = self._at("")
        try:
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=start, Delimiter="/"
            )
            found = {
                str(each["Key"]).removeprefix(start): each["LastModified"]
                for page in pages
                for each in page.get("Contents") or ()
            }
        except Exception as error:
            raise self._unreachable(error) from error
        return {name: at for name, at in found.items() if name}

    def _unreachable(self, error: Exception) -> Failed:
        said = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        return Failed(f"{self.name} did not take or give the file: {said}", code="unreachable")


@lru_cache(maxsize=4)
def _s3(url: str, key: str, secret: str) -> S3:
    return S3(url, key, secret)


def offsite() -> Store | None:
    """The off-site store, None when none is set."""
    url = settings.ECDEPT_BACKUP_S3
    return _s3(url, settings.ECDEPT_BACKUP_S3_ID, settings.ECDEPT_BACKUP_S3_SECRET) if url else None


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""The objects of an S3-compatible bucket, each by the name that its file has below the data folder. Nothing else here knows S3.

Credentials, region and the address of a server other than Amazon's are taken from where every S3 program takes them: AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL, or their files.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_GONE = ("404", "NoSuchKey", "NotFound")
_NO_CREDENTIALS = ("NoCredentialsError", "PartialCredentialsError")
_CONNECT_S, _READ_S, _ATTEMPTS = 5, 60, 4
_SHA256 = "sha256"  # among what is noted with an object


class StorageUnreachable(Exception):
    """The bucket does not answer, or refuses. The text says what to look at."""


class ObjectDamaged(StorageUnreachable):
    """The bucket answers, and what it has is not what was stored."""


@dataclass(frozen=True)
class StoredObject:
    """written_at: in seconds since 1970. sha256: of what was stored; empty where it is not known, as in lists."""

    name: str
    size_bytes: int
    written_at: float
    sha256: str = ""

    def is_content_of(self, path: Path) -> bool:
        """Whether the file is there and is what was stored. What another program than Repick has stored goes by its size."""
        try:
            return path.stat().st_size == self.size_bytes and self.sha256 in ("", _sha256(path))
        except FileNotFoundError:
            return False


class Bucket:
    """What lies below one address, such as s3://bucket or s3://bucket/prefix. Made anew in each process that is forked."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
            raise ValueError(f"{address!r} is no bucket. Write s3://name or s3://name/prefix.")
        self._bucket = parts.netloc
        self._prefix = f"{parts.path.strip('/')}/" if parts.path.strip("/") else ""
        self._client: tuple[int, Any] = (0, None)

    def put(self, name: str, path: Path) -> None:
        """Stores a file's content under a name, over what was there; in parts, if it is large."""
        noted = {"Metadata": {_SHA256: _sha256(path)}}
        with self._asked(f"to store {name}"):
            self._s3().upload_file(str(path), self._bucket, self._prefix + name, ExtraArgs=noted)

    def get(self, name: str, path: Path) -> None:
        """Writes an object to a file. FileNotFoundError where there is none."""
        with self._asked(f"for {name}"):
            self._s3().download_file(self._bucket, self._prefix + name, str(path))

    def is_whole(self, stored: StoredObject) -> bool:
        """Whether the content still is what was stored; all of it is read."""
        digest, size = hashlib.sha256(), 0
        with self._asked(f"for {stored.name}"):
            body = self._s3().get_object(Bucket=self._bucket, Key=self._prefix + stored.name)["Body"]
            for chunk in body.iter_chunks(1 << 20):
                digest.update(chunk)
                size += len(chunk)
        return size == stored.size_bytes and stored.sha256 in ("", digest.hexdigest())

    def find(self, name: str) -> StoredObject | None:
        """None where there is none."""
        try:
            with self._asked(f"for {name}"):
                head = self._s3().head_object(Bucket=self._bucket, Key=self._prefix + name)
        except FileNotFoundError:
            return None
        return StoredObject(name, head["ContentLength"], head["LastModified"].timestamp(), head["Metadata"].get(_SHA256, ""))

    def below(self, start: str) -> Iterator[StoredObject]:
        """All whose names begin so, in the order of their names."""
        with self._asked(f"for what begins with {start}"):
            for page in self._s3().get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix + start):
                for found in page.get("Contents", ()):
                    yield StoredObject(found["Key"][len(self._prefix) :], found["Size"], found["LastModified"].timestamp())

    def copy(self, name: str, to: str) -> None:
        """Within the bucket; dates the copy anew. name and to may be the same. FileNotFoundError where there is none."""
        stored = self.find(name)
        if stored is None:
            raise FileNotFoundError(name)
        source = {"Bucket": self._bucket, "Key": self._prefix + name}
        # Noted anew: what is copied in parts would lose it, and what is copied to itself must change.
        noted = {"Metadata": {_SHA256: stored.sha256} if stored.sha256 else {}, "MetadataDirective": "REPLACE"}
        with self._asked(f"to copy {name}"):
            self._s3().copy(source, self._bucket, self._prefix + to, ExtraArgs=noted)

    def delete(self, name: str) -> None:
        """Also where there is none."""
        with self._asked(f"to delete {name}"):
            self._s3().delete_object(Bucket=self._bucket, Key=self._prefix + name)

    def check(self) -> None:
        """Raises StorageUnreachable, unless the bucket answers within seconds."""
        try:
            with self._asked("whether it is there"):
                _new_client(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1}).head_bucket(Bucket=self._bucket)
        except FileNotFoundError:
            raise StorageUnreachable(f"There is no bucket {self._bucket}. Make it, or look at REPICK_BUCKET.") from None

    def _s3(self) -> Any:
        process, client = self._client
        if process != os.getpid():
            retries = {"mode": "standard", "total_max_attempts": _ATTEMPTS}
            client = _new_client(connect_timeout=_CONNECT_S, read_timeout=_READ_S, retries=retries, max_pool_connections=32)
            self._client = (os.getpid(), client)
        return client

    @contextmanager
    def _asked(self, what: str) -> Iterator[None]:
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except (Boto3Error, BotoCoreError, ClientError) as problem:
            # An upload's error only quotes the one that it came of.
            cause = problem.__context__ if isinstance(problem, Boto3Error) and problem.__context__ else problem
            if isinstance(cause, ClientError):
                code = str(cause.response.get("Error", {}).get("Code", ""))
                if code in _GONE:
                    raise FileNotFoundError(what) from None
                is_ill = cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500
                advice = "Try again later." if is_ill else "Look at REPICK_BUCKET and the rights of AWS_ACCESS_KEY_ID."
                raise StorageUnreachable(f"The bucket {self._bucket}, asked {what}, answered {code}. {advice}") from problem
            name = type(cause).__name__
            if name in _NO_CREDENTIALS:
                raise StorageUnreachable(
                    "No credentials are set for the bucket. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
                ) from None
            raise StorageUnreachable(
                f"The bucket {self._bucket}, asked {what}, did not answer ({name}). Look at AWS_ENDPOINT_URL and the network, and try "
                "again."
            ) from problem


def _new_client(**config: Any) -> Any:
    import boto3  # an optional dependency
    from botocore.config import Config

    own_server = bool(os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL"))
    if own_server:  # servers other than Amazon's seldom have a host name for each bucket, nor its newer checksums
        config |= {"s3": {"addressing_style": "path"}}
        config |= dict.fromkeys(("request_checksum_calculation", "response_checksum_validation"), "when_required")
    return boto3.session.Session().client("s3", config=Config(**config))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""The objects of an S3-compatible bucket, each by the name that its file has below the data folder. Nothing else here knows S3.

Credentials, region and the address of a server other than Amazon's are taken from where every S3 program takes them: AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL, or their files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_GONE = ("404", "NoSuchKey", "NotFound")
_CONNECT_S, _READ_S, _ATTEMPTS = 5, 60, 4


class StorageUnreachable(Exception):
    """The bucket does not answer, or refuses. The text says what to look at."""


@dataclass(frozen=True)
class StoredObject:
    """written_at: in seconds since 1970."""

    name: str
    size_bytes: int
    written_at: float


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
        with self._asked(f"to store {name}"):
            self._s3().upload_file(str(path), self._bucket, self._prefix + name)

    def get(self, name: str, path: Path) -> None:
        """Writes an object to a file. FileNotFoundError where there is none."""
        with self._asked(f"for {name}"):
            self._s3().download_file(self._bucket, self._prefix + name, str(path))

    def find(self, name: str) -> StoredObject | None:
        """None where there is none."""
        try:
            with self._asked(f"for {name}"):
                head = self._s3().head_object(Bucket=self._bucket, Key=self._prefix + name)
        except FileNotFoundError:
            return None
        return StoredObject(name, head["ContentLength"], head["LastModified"].timestamp())

    def below(self, start: str) -> Iterator[StoredObject]:
        """All whose names begin so, in the order of their names."""
        with self._asked(f"for what begins with {start}"):
            for page in self._s3().get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix + start):
                for found in page.get("Contents", ()):
                    yield StoredObject(found["Key"][len(self._prefix) :], found["Size"], found["LastModified"].timestamp())

    def copy(self, name: str, to: str) -> None:
        """Within the bucket; dates the copy anew. name and to may be the same. FileNotFoundError where there is none."""
        source = {"Bucket": self._bucket, "Key": self._prefix + name}
        with self._asked(f"to copy {name}"):
            more = {"MetadataDirective": "REPLACE"} if name == to else {}
            self._s3().copy(source, self._bucket, self._prefix + to, ExtraArgs=more)

    def delete(self, name: str) -> None:
        """Also where there is none."""
        with self._asked(f"to delete {name}"):
            self._s3().delete_object(Bucket=self._bucket, Key=self._prefix + name)

    def check(self) -> None:
        """Raises StorageUnreachable, unless the bucket answers."""
        try:
            with self._asked("whether it is there"):
                self._s3().head_bucket(Bucket=self._bucket)
        except FileNotFoundError:
            raise StorageUnreachable(f"There is no bucket {self._bucket}. Make it, or look at REPICK_BUCKET.") from None

    def _s3(self) -> Any:
        process, client = self._client
        if process != os.getpid():
            import boto3  # an optional dependency
            from botocore.config import Config

            own_server = bool(os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL"))
            config = Config(
                connect_timeout=_CONNECT_S,
                read_timeout=_READ_S,
                retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
                # Servers other than Amazon's seldom have a host name for each bucket, nor its newer checksums.
                s3={"addressing_style": "path"} if own_server else None,
                request_checksum_calculation="when_required" if own_server else None,
                response_checksum_validation="when_required" if own_server else None,
            )
            client = boto3.session.Session().client("s3", config=config)
            self._client = (os.getpid(), client)
        return client

    @contextmanager
    def _asked(self, what: str) -> Iterator[None]:
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, NoCredentialsError

        try:
            yield
        except ClientError as problem:
            code = str(problem.response.get("Error", {}).get("Code", ""))
            if code in _GONE:
                raise FileNotFoundError(what) from None
            raise StorageUnreachable(
                f"The bucket {self._bucket}, asked {what}, answered {code}. Look at REPICK_BUCKET and the rights of AWS_ACCESS_KEY_ID."
            ) from problem
        except NoCredentialsError:
            raise StorageUnreachable("No credentials are set for the bucket. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.") from None
        except (BotoCoreError, HTTPClientError, Boto3Error) as problem:
            raise StorageUnreachable(
                f"The bucket {self._bucket}, asked {what}, did not answer ({type(problem).__name__}). Look at AWS_ENDPOINT_URL and the "
                "network, and try again."
            ) from problem

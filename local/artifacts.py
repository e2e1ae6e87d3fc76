"""Puts the functions' archives into a bucket, for Terraform's `artifact_bucket`.

Terraform uploads archives one function after another and waits for each; from a bucket it makes all
functions at once.
"""

import hashlib
from pathlib import Path
from typing import Protocol


class ObjectStore(Protocol):
    """What is used of boto3's S3 client."""

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> object:
        """Store one object."""
        ...


def upload_functions(build_folder: Path, bucket: str, s3: ObjectStore) -> list[str]:
    """Upload every function's archive and give the keys, which name the content."""
    archives = sorted((build_folder / "functions").glob("*.zip"))
    return [_upload(archive, bucket, s3) for archive in archives]


def _upload(archive: Path, bucket: str, s3: ObjectStore) -> str:
    content = archive.read_bytes()
    key = f"functions/{archive.stem}-{hashlib.sha256(content).hexdigest()}.zip"
    s3.put_object(Bucket=bucket, Key=key, Body=content)
    return key

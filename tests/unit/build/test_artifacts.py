import hashlib
from pathlib import Path

from local.artifacts import upload_functions


class RecordingStore:
    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> None:
        self.objects[Bucket, Key] = Body


def test_a_key_names_the_function_and_its_content(tmp_path: Path) -> None:
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "monitor_tasks.zip").write_bytes(b"zip")
    store = RecordingStore()

    keys = upload_functions(tmp_path, "artifacts", store)

    assert keys == [f"functions/monitor_tasks-{hashlib.sha256(b'zip').hexdigest()}.zip"]
    assert store.objects == {("artifacts", keys[0]): b"zip"}

"""What a real system refuses: a file size limit, as a full disk does, and a folder that may not be written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from offhook.store.tinydb import TinyDBStore

from .office import office

LIMITED = """
import asyncio, os, resource, sys
from pathlib import Path
from offhook.store.base import Change, StoreUnavailable
from offhook.store.tinydb import TinyDBStore

def saved(number):
    body = b'{"note":"' + b"x" * 900 + b'"}'
    return [Change("default", "devices", f"desk-{number}", None, body, 1)]

async def main():
    store = TinyDBStore(Path(sys.argv[1]))
    revision, _ = await store.load()
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, most))
    journal = Path(sys.argv[1]) / "journal.jsonl"
    try:
        while True:
            good = journal.stat().st_size
            revision = await store.commit(saved(revision), revision)
    except StoreUnavailable as error:
        assert "File too large; nothing changed" in str(error), error
    assert journal.stat().st_size == good > 10_000, journal.stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert await store.commit(saved(revision), revision) == revision + 1
    print(revision + 1, flush=True)
    os._exit(0)  # no clean stop: the journal as it is must be good

asyncio.run(main())
"""

UNWRITABLE = """
import asyncio, concurrent.futures.thread, os, sys
from pathlib import Path
from offhook.store.base import StoreUnavailable
from offhook.store.tinydb import TinyDBStore

folder = Path(sys.argv[1])
folder.mkdir(0o755)
folder.chmod(0o555)
os.chdir(folder)
if os.geteuid() == 0:  # root may write everywhere
    os.setgid(65534)
    os.setuid(65534)
try:
    asyncio.run(TinyDBStore(Path(".")).load())
except StoreUnavailable as error:
    print(error)
"""


def run(script: str, folder: Path) -> str:
    """What a process of its own says."""
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


async def test_a_file_that_cannot_grow_refuses_the_change_and_keeps_the_rest(tmp_path: Path) -> None:
    last = int(run(LIMITED, tmp_path / "store"))
    store = TinyDBStore(tmp_path / "store")
    revision, documents = await store.load()
    assert revision == last
    assert {identity for _, _, identity in office(documents)} == {f"desk-{number}" for number in range(last)}
    await store.close()


def test_a_folder_that_may_not_be_written_is_refused_at_the_start(tmp_path: Path) -> None:
    said = run(UNWRITABLE, tmp_path / "store")
    assert "cannot open the store in" in said
    assert "Permission denied" in said
    assert "must be on a writable disk and belong to the server's user" in said
    assert not list((tmp_path / "store").iterdir())

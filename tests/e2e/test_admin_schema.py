"""Whatever is asked, within the description and beyond it, the admin door answers as it says that it does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from .running import RunningServer

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def test_nothing_that_is_asked_brings_an_undocumented_answer(demo: RunningServer, tmp_path: Path) -> None:
    token, report = (demo.data / "admin.token").read_text().strip(), tmp_path / "report.json"
    asked = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"), "run", f"{demo.addresses['admin']}/api/v1/openapi.json",
            "--header", f"Authorization: Bearer {token}", "--checks", f"{CHECKS},response_headers_conformance",
            "--phases", "examples,coverage,fuzzing", "--max-examples", "5", "--seed", "1", "--no-color",
            "--report", "ndjson", "--report-ndjson-path", str(report),
        ],
        capture_output=True, text=True, timeout=600, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert asked.returncode == 0, asked.stdout[:8000] + asked.stderr
    assert len(report.read_bytes().splitlines()) > 300, "hardly anything was asked"
    health = json.loads(
        subprocess.run(
            ["curl", "-s", f"{demo.addresses['admin']}/healthz"], capture_output=True, text=True, check=True
        ).stdout
    )
    assert health["status"] == "ok"

"""The wheel works away from the checkout: templates, profiles and the demo are inside."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


def test_a_server_from_the_wheel_serves_a_phone(tmp_path: Path) -> None:
    dist, packages, elsewhere = tmp_path / "dist", tmp_path / "packages", tmp_path / "elsewhere"
    elsewhere.mkdir()
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(dist), str(CHECKOUT)]
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    (wheel,) = dist.glob("*.whl")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(packages), str(wheel)]
    subprocess.run(install, check=True, capture_output=True, timeout=120)
    environment = {
        **os.environ,
        "PYTHONPATH": str(packages),
        "OFFHOOK_BOOT__HTTP": "127.0.0.1:0",
        "OFFHOOK_TFTP__LISTEN": "",
        "OFFHOOK_ADMIN__LISTEN": "127.0.0.1:0",
        "OFFHOOK_PROXY__LISTEN": "127.0.0.1:0",
    }
    where = [sys.executable, "-c", "import offhook; print(offhook.__file__)"]
    found = subprocess.run(where, cwd=elsewhere, env=environment, check=True, capture_output=True, text=True).stdout
    assert found.startswith(str(packages)), found
    serve = [sys.executable, "-m", "offhook", "serve", "--data", str(tmp_path / "data"), "--demo"]
    process = subprocess.Popen(serve, cwd=elsewhere, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = next(line for line in process.stdout if line.startswith("a config"))
        url = re.search(r"http://\S+", line)
        assert url is not None
        with urllib.request.urlopen(url[0], timeout=10) as answer:
            body = answer.read()
        assert b"account.1.label = " in body or b'name="account.1.name"' in body
    finally:
        process.terminate()
        process.wait(timeout=20)
        assert process.stdout is not None
        process.stdout.close()

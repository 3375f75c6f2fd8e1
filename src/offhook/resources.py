"""Where the files that come with offhook lie: inside the installed package, or at the top of a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parent
_CHECKOUT: Final = _PACKAGE.parent.parent


def _folder(packaged: str, in_checkout: str) -> Path:
    inside = _PACKAGE / packaged
    return inside if inside.is_dir() else _CHECKOUT / in_checkout


def template_folders(data: Path | None) -> list[Path]:
    """Folders of templates; the admin's own copies in the data folder win, file by file."""
    return _with_own(data, "templates", _folder("templates", "templates"))


def profile_folders(data: Path | None) -> list[Path]:
    """Folders of firmware profiles; the admin's own copies in the data folder win, file by file."""
    return _with_own(data, "firmware-profiles", _folder("firmware-profiles", "firmware-profiles"))


def demo_office() -> Path:
    """The office that a first start with `--demo` loads."""
    return _folder("demo", "deploy/demo") / "office.yaml"


def _with_own(data: Path | None, name: str, ours: Path) -> list[Path]:
    return ([data / name] if data is not None else []) + [ours]

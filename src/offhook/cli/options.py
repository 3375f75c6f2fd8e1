"""Options that every command shares: how to reach the admin door. They may stand before or after the command's name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from offhook import resources

from .client import AdminClient

F = TypeVar("F", bound=Callable[..., Any])


class Reach:
    """How to reach the admin door, as far as it was said on the command line."""

    def __init__(self) -> None:
        self.url: str | None = None
        self.token: str | None = None
        self.data: Path | None = None

    def client(self) -> AdminClient:
        """The client for what was said."""
        return AdminClient(self.url, self.token, self.data)

    def model_of_mac(self, mac: str) -> str | None:
        """The model of a registered device, for the virtual phone."""
        return self.client().model_of_mac(mac)

    def profile_folders(self) -> list[Path]:
        """Where the firmware profiles are."""
        return resources.profile_folders(self.data)


def admin_options(function: F) -> F:
    """Add --url, --token and --data; what is said nearest to the command wins."""

    @click.option("--url", help="Address of the admin door.  [OFFHOOK_URL; else what the data folder says]")
    @click.option("--token", help="Admin token.  [OFFHOOK_TOKEN; else admin.token in the data folder]")
    @click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        help="The server's data folder.  [OFFHOOK_DATA; else ./data]",
    )
    @functools.wraps(function)
    def command(*args: Any, url: str | None, token: str | None, data: Path | None, **kwargs: Any) -> Any:
        context = click.get_current_context()
        reach = context.ensure_object(Reach)
        reach.url, reach.token, reach.data = url or reach.url, token or reach.token, data or reach.data
        return context.invoke(function, *args, **kwargs)

    return cast(F, command)


force_option = click.option(
    "--force", is_flag=True, help="Make the change although an example of a callflow comes out otherwise then."
)
diff_option = click.option(
    "--diff", metavar="DEVICE", help="With --dry-run: whose files are compared.  [the first whose files change]"
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
account_option = click.option("--account", default="default", show_default=True, help="The account that it belongs to.")

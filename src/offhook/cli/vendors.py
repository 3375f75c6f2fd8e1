"""`offhook vendors`: which phones are known, what they can do, and how sure that is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from offhook.model.problem import did_you_mean
from offhook.provisioning.profile import Profile
from offhook.provisioning.profiles import load_profiles

from .client import Failed
from .options import Reach, admin_options, json_option
from .show import print_table
from .vendor_page import key_types, page


@click.command("vendors")
@click.argument("vendor", required=False)
@click.option("--page", "as_page", is_flag=True, help="Print the vendor's page: DHCP, boot files, models, traps.")
@json_option
@admin_options
@click.pass_obj
def vendors_command(reach: Reach, vendor: str | None, as_page: bool, as_json: bool) -> None:
    """List the vendors, or the models of VENDOR with what they can do and how sure that is.

    documented: shown by the maker's own text or two public sources; seen: by one; unverified: by nobody.
    """
    profiles = load_profiles(reach.profile_folders())
    chosen = list(profiles) if vendor is None else [one for one in profiles if vendor in (one.vendor, one.family)]
    if not chosen:
        raise Failed(f"no vendor {vendor!r} is known{did_you_mean(vendor or '', profiles.by_vendor)}")
    if as_json:
        click.echo(json.dumps([_values(one) for one in chosen], ensure_ascii=False))
    elif as_page:
        click.echo("\n".join(page(one) for one in chosen), nl=False)
    elif vendor is None:
        _print_vendors(chosen)
    else:
        _print_models(chosen)


def _print_vendors(profiles: Sequence[Profile]) -> None:
    print_table(
        ["vendor", "phones", "models", "how sure", "phone book", "firmware", "keys"],
        [
            (
                one.vendor,
                one.file.name,
                len(one.file.models),
                one.file.confidence,
                "searched"
                if one.file.phone_book and one.file.phone_book.search
                else "yes"
                if one.file.phone_book
                else "",
                "yes" if one.file.firmware else "",
                len(key_types(one)),
            )
            for one in profiles
        ],
    )


def _print_models(profiles: Sequence[Profile]) -> None:
    for one in profiles:
        click.echo(f"{one.file.name} ({one.file.confidence}); keys: {', '.join(key_types(one)) or 'none'}\n")
        print_table(
            ["model", "accounts", "keys", "modules", "newest firmware known", "how sure"],
            [
                (
                    f"{one.vendor}/{name}",
                    model.accounts,
                    model.keys or "",
                    f"{model.expansion.modules} x {model.expansion.keys} keys" if model.expansion else "",
                    model.firmware,
                    model.confidence,
                )
                for name, model in one.file.models.items()
            ],
        )
        click.echo()


def _values(profile: Profile) -> dict[str, Any]:
    return {
        "vendor": profile.vendor,
        "family": profile.family,
        "name": profile.file.name,
        "confidence": profile.file.confidence,
        "phone_book": profile.file.phone_book is not None,
        "searched_phone_book": bool(profile.file.phone_book and profile.file.phone_book.search),
        "firmware": bool(profile.file.firmware),
        "pnp": profile.file.setup.pnp,
        "key_types": key_types(profile),
        "models": [
            {
                "model": f"{profile.vendor}/{name}",
                "accounts": model.accounts,
                "keys": model.keys,
                "modules": model.expansion.modules if model.expansion else 0,
                "module_keys": model.expansion.keys if model.expansion else 0,
                "firmware": model.firmware,
                "confidence": model.confidence,
            }
            for name, model in profile.file.models.items()
        ],
    }

"""`offhook boot`: a phone without a phone."""

from __future__ import annotations

import asyncio
import json
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import click
import msgspec

from offhook.model.mac import MalformedMac, normalise_mac
from offhook.model.problem import did_you_mean
from offhook.model.secret import MASK, Secret
from offhook.provisioning.envelope import key_problem
from offhook.provisioning.profile import Profile
from offhook.provisioning.profiles import load_profiles

from .client import Failed
from .fetch import HttpFetcher, TftpFetcher, user_agent
from .options import Reach, admin_options, json_option
from .show import print_table
from .virtual_phone import Report, VirtualPhone

DEFAULT_SERVERS = {
    "http": "http://127.0.0.1:8080/",
    "https": "https://127.0.0.1:8443/",
    "tftp": "tftp://127.0.0.1:6969/",
}
UNKNOWN_PHONE = "0ffe00"
"""The end of the MAC of a phone that has none: nobody's."""


@click.command("boot")
@click.argument("mac", required=False)
@click.option("--model", help="vendor/Model.  [as the device with this MAC is registered]")
@click.option("--transport", type=click.Choice(["http", "https", "tftp"]), help="[as --server says, else http]")
@click.option("--server", help="URL that the phone was given, such as http://10.0.0.1:8080/.  [this machine's]")
@click.option("--version", "version", help="Firmware version that the phone runs.  [the newest that is known]")
@click.option("--ca", type=click.Path(path_type=Path, exists=True), help="CA that the phone trusts, PEM.")
@click.option(
    "--certificate",
    "shown",
    type=click.Path(path_type=Path, exists=True),
    help="The phone's own certificate and its key, PEM, for a door that demands one.",
)
@click.option("--insecure", is_flag=True, help="Take any certificate.")
@click.option("--config-key", envvar="OFFHOOK_CONFIG_KEY", help="Key that the phone decrypts its config with.")
@click.option("--show", is_flag=True, help="Print the files too, passwords masked.")
@json_option
@admin_options
@click.pass_obj
def boot_command(
    reach: Reach,
    mac: str | None,
    model: str | None,
    transport: str | None,
    server: str | None,
    version: str | None,
    ca: Path | None,
    shown: Path | None,
    insecure: bool,
    config_key: str | None,
    show: bool,
    as_json: bool,
) -> None:
    """Boot a virtual phone: ask for the files that the real one asks for, and say whether it would come up.

    Exit code 1 when it would not.
    """
    if mac is None and model is None:
        raise click.UsageError("give a MAC, or --model for a phone that is not registered")
    try:
        digits = normalise_mac(mac) if mac is not None else None
    except MalformedMac as error:
        raise Failed(str(error)) from None
    if model is None and digits is not None:
        model = reach.model_of_mac(digits)
        if model is None:
            raise Failed(f"no device with a model has MAC {digits}: say what phone it is with --model vendor/Model")
    profile, name = _profile(reach, model or "")
    digits = digits or (profile.file.ouis[0] if profile.file.ouis else "020000") + UNKNOWN_PHONE
    scheme = transport or (urlsplit(server).scheme if server else "http")
    base = (server or DEFAULT_SERVERS[scheme]).rstrip("/") + "/"
    if urlsplit(base).scheme != scheme:
        raise click.UsageError(f"--transport {scheme} and --server {server} contradict each other")
    agent = user_agent(profile, name, version, digits)
    fetch = (
        TftpFetcher(base)
        if scheme == "tftp"
        else HttpFetcher(base, agent, certificate=_certificate(ca, shown, insecure))
    )
    key = Secret(config_key) if config_key is not None else None
    if key is not None and profile.file.encryption is None:
        raise click.UsageError(f"{profile.file.name} phones take no --config-key: {key_problem(profile, key)}")
    report = asyncio.run(VirtualPhone(profile, name, version, digits, fetch, key).boot())
    if as_json:
        click.echo(json.dumps(_values(report), ensure_ascii=False))
    else:
        _print(report, key, show=show)
    if not report.came_up:
        raise Failed(f"the phone would not come up: {report.reason}")


def _profile(reach: Reach, model: str) -> tuple[Profile, str | None]:
    vendor, _, said = model.partition("/")
    profiles = load_profiles(reach.profile_folders())
    profile = profiles.of_model(model)
    if profile is None:
        raise Failed(f"no vendor {vendor!r} is known{did_you_mean(vendor, profiles.by_vendor)}")
    name = profile.model_name(said) if said else None
    if name is not None and name not in profile.file.models:
        raise Failed(
            f"{profile.file.name} has no model {said!r} that is known here{did_you_mean(said, profile.file.models)}"
        )
    return profile, name


def _certificate(ca: Path | None, shown: Path | None, insecure: bool) -> ssl.SSLContext:
    """Whom the phone believes, and what it shows."""
    context = ssl.create_default_context(cafile=str(ca) if ca else None)
    if insecure:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if shown is not None:
        try:
            context.load_cert_chain(shown)
        except OSError as error:
            raise Failed(
                f"--certificate {shown}: {error}: one PEM file holds the phone's certificate and its key"
            ) from None
    return context


def _values(report: Report) -> dict[str, object]:
    requests = [
        {
            "url": one.url,
            "outcome": one.outcome,
            "words": one.words,
            "bytes": len(one.body),
            "decrypted": one.content is not None,
            "content_type": one.content_type,
            "milliseconds": one.milliseconds,
        }
        for one in report.requests
    ]
    accounts = msgspec.to_builtins(
        report.accounts, enc_hook=lambda value: MASK if isinstance(value, Secret) else str(value)
    )
    return {"came_up": report.came_up, "reason": report.reason, "requests": requests, "accounts": accounts}


def _print(report: Report, config_key: Secret | None, *, show: bool) -> None:
    print_table(
        ["asked for", "answer", "bytes", "ms"],
        [
            (
                one.url,
                one.words + (", decrypted" if one.content is not None else ""),
                len(one.body) or "",
                one.milliseconds,
            )
            for one in report.requests
        ],
    )
    for one in report.requests if show else ():
        if one.outcome == "found":
            click.echo(f"\n--- {one.url}")
            content = one.body if one.content is None else one.content
            click.echo(_masked(content.decode("utf-8", "replace"), report, config_key))
    if report.accounts:
        click.echo()
        print_table(
            ["line", "label", "shows", "user name", "server"],
            [(one.number, one.label, one.display_name, one.user_name, one.server) for one in report.accounts],
        )
    if report.came_up:
        click.echo(f"\nthe phone comes up: {report.reason}")


def _masked(text: str, report: Report, config_key: Secret | None) -> str:
    """The file without the SIP passwords that were read from it, and without its own key."""
    secrets = [account.password for account in report.accounts]
    for secret in (*secrets, *((config_key,) if config_key is not None else ())):
        text = text.replace(secret.reveal(), MASK)
    return text

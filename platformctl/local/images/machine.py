"""What a build needs of this machine to reach its package registries, lent for the time of the build.

A company's certificate authority, its mirrors and its proxies are settings of the machine. They are mounted
on /dev, which is a temporary file system in a build, and set as environment of the build's processes alone,
so an image keeps no trace of them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

INSIDE = "/dev/build-machine"

_AUTHORITY_VARIABLES = (
    "SSL_CERT_FILE",
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "GIT_SSL_CAINFO",
)
_SYSTEM_BUNDLES = (Path("/etc/ssl/certs/ca-certificates.crt"), Path("/etc/pki/tls/certs/ca-bundle.crt"))
_PIP_FILES = (Path("~/.config/pip/pip.conf"), Path("~/.pip/pip.conf"), Path("/etc/pip.conf"))
_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
# Settings that hold for another machine too; a path of this one would not.
_PLAIN_VARIABLES = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_DEFAULT_TIMEOUT")


def authorities(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The bundle of certificate authorities that this machine trusts, None where it has none."""
    named = [Path(environment[name]) for name in _AUTHORITY_VARIABLES if environment.get(name)]
    return next((path for path in [*named, *_SYSTEM_BUNDLES] if path.is_file()), None)


def lend(folder: Path, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Copy this machine's registry settings into a folder that builds see as /dev/build-machine.

    Args:
        folder: made new; may hold a token, so keep others out of its parent and remove it after the build.
        environment: of this process.

    Returns:
        The environment for the build's processes.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    home = Path(environment.get("HOME", "/root"))
    lent = {name: environment[name] for name in (*_PROXIES, *_PLAIN_VARIABLES) if name in environment}
    lent |= {
        name: value for name, value in environment.items() if name.lower().startswith("npm_config_registry")
    }
    apt = _apt_proxies()
    bundle = authorities(environment)
    if bundle is not None:
        shutil.copyfile(bundle, folder / "authorities.pem")
        inside = f"{INSIDE}/authorities.pem"
        lent |= dict.fromkeys(_AUTHORITY_VARIABLES, inside)
        apt += f'Acquire::https::CaInfo "{inside}";\n'
    (folder / "apt.conf").write_text(apt)
    lent["APT_CONFIG"] = f"{INSIDE}/apt.conf"
    pip_named = environment.get("PIP_CONFIG_FILE")
    pip_files = [home / path.relative_to("~") if path.parts[0] == "~" else path for path in _PIP_FILES]
    _lend_file(folder, "pip.conf", [Path(pip_named)] if pip_named else pip_files, "PIP_CONFIG_FILE", lent)
    npm_named = environment.get("NPM_CONFIG_USERCONFIG") or environment.get("npm_config_userconfig")
    _lend_file(folder, "npmrc", [Path(npm_named or home / ".npmrc")], "NPM_CONFIG_USERCONFIG", lent)
    return lent


def _lend_file(folder: Path, name: str, candidates: list[Path], variable: str, lent: dict[str, str]) -> None:
    source = next((path for path in candidates if path.is_file()), None)
    if source is not None:
        shutil.copyfile(source, folder / name)
        lent[variable] = f"{INSIDE}/{name}"


def _apt_proxies() -> str:
    """This machine's proxy settings for apt, as an apt.conf; empty where it has no apt."""
    if shutil.which("apt-config") is None:
        return ""
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False).stdout
    wanted = ("Acquire::http::Proxy", "Acquire::https::Proxy")
    return "".join(f"{line}\n" for line in dump.splitlines() if line.startswith(wanted))

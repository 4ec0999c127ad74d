"""Debian's part, against a dpkg and an apt of a few lines of shell."""

from pathlib import Path

import pytest

from platformctl.errors import StepFailed, ToolMissing
from platformctl.local.toolchain import debian, debian_services
from platformctl.local.toolchain.lock import DebianPart, Lock
from platformctl.local.toolchain.store import Store
from platformctl.local.toolchain.workshop import Workshop
from tests.unit.toolchain.conftest import Bench

PART = DebianPart(name="packages", kind="debian", packages={"runc": "1.1.5", "socat": "1.7.4"})


@pytest.fixture
def system(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with these programs alone; ``installed`` and ``policy-<name>`` are what they answer."""
    folder = bench.folder
    monkeypatch.setenv("PATH", f"{folder}/path")
    monkeypatch.setattr(debian_services, "_POLICY", folder / "policy-rc.d")
    monkeypatch.setattr(debian_services, "_UNITS", folder / "units")
    (folder / "units" / "multi-user.target.wants").mkdir(parents=True)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    for name, text in {
        "dpkg-query": f'/bin/cat "{folder}/installed"',
        # Versions of one digit each compare as texts.
        "dpkg": '[ "$1" = --configure ] || '
        '[ "$(printf "%s\\n" "$2" "$4" | /usr/bin/sort | /usr/bin/head -n1)" = "$2" ]',
        "apt-cache": f'/bin/cat "{folder}/policy-$2"',
        "apt-get": f'echo "$*" >> "{folder}/apt"; /bin/cp "{folder}/policy-rc.d" "{folder}/seen-$2"',
    }.items():
        path = folder / "path" / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
    (folder / "installed").write_text("")
    (folder / "policy-runc").write_text("runc:\n  Installed: (none)\n  Candidate: 1.1.5\n")
    (folder / "policy-socat").write_text("socat:\n  Installed: (none)\n  Candidate: 1.7.4\n")
    return folder


def workshop(folder: Path) -> Workshop:
    return Workshop(Lock.read(folder / "parts.lock.yaml"), Store(folder / "cache"))


@pytest.mark.parametrize(
    ("installed", "lacking"),
    [
        ("", ["runc", "socat"]),
        ("runc installed 1.1.5\nsocat installed 1.7.4\n", []),
        ("runc installed 1.1.6\nsocat installed 1.7.4\n", []),
        ("runc installed 1.1.4\nsocat installed 1.7.4\n", ["runc"]),
        ("runc config-files 1.1.5\nsocat installed 1.7.4\n", ["runc"]),
    ],
)
def test_lacking_is_what_is_absent_or_older(system: Path, installed: str, lacking: list[str]) -> None:
    (system / "installed").write_text(installed)
    assert list(debian.lacking(PART)) == lacking


def test_only_what_lacks_is_installed_and_no_service_starts(system: Path) -> None:
    (system / "installed").write_text("socat installed 1.7.4\n")
    assert debian.install(PART, workshop(system)) == []
    update, install = (system / "apt").read_text().splitlines()
    assert update == "-q update"
    assert install.endswith(" runc") and "--no-install-recommends --no-remove" in install
    assert "exit 101" in (system / "seen-install").read_text()
    assert not (system / "policy-rc.d").exists()


def test_a_killed_installation_is_gone_on_with(system: Path) -> None:
    dpkg = system / "path" / "dpkg"
    dpkg.write_text(f'#!/bin/sh\n[ "$1" = --configure ] && : > "{system}/configured"\n')
    apt = system / "path" / "apt-get"
    apt.write_text(f'#!/bin/sh\n[ -e "{system}/configured" ]\n')
    debian.install(PART, workshop(system))


def test_a_policy_of_the_machines_own_is_kept(system: Path) -> None:
    (system / "policy-rc.d").write_text("#!/bin/sh\nexit 0\n")
    debian.install(PART, workshop(system))
    assert (system / "policy-rc.d").read_text() == "#!/bin/sh\nexit 0\n"


def test_what_an_installation_enables_is_disabled_and_nothing_else(system: Path) -> None:
    wants = system / "units" / "multi-user.target.wants"
    (wants / "mine.service").symlink_to("/lib/systemd/system/mine.service")
    apt = system / "path" / "apt-get"
    apt.write_text(apt.read_text() + f'/bin/ln -sf /lib/systemd/system/runc.service "{wants}/runc.service"\n')
    debian.install(PART, workshop(system))
    assert [path.name for path in wants.iterdir()] == ["mine.service"]


def test_the_policy_of_a_killed_installation_is_removed_and_no_other(system: Path) -> None:
    with debian_services.nothing_started():
        ours = (system / "policy-rc.d").read_text()
    (system / "policy-rc.d").write_text(ours)
    store = Store(system / "cache")
    with store.held("apt", print):
        debian.clean_up(store)
        assert (system / "policy-rc.d").exists(), "another process still installs"
    debian.clean_up(store)
    assert not (system / "policy-rc.d").exists()
    (system / "policy-rc.d").write_text("#!/bin/sh\nexit 0\n")
    debian.clean_up(store)
    assert (system / "policy-rc.d").exists()


def test_a_security_update_is_taken_and_told(system: Path) -> None:
    (system / "policy-runc").write_text("runc:\n  Installed: (none)\n  Candidate: 1.1.5+deb12u2\n")
    assert debian.install(PART, workshop(system)) == ["runc 1.1.5+deb12u2 instead of 1.1.5"]


def test_another_system_is_told_what_it_lacks(system: Path) -> None:
    (system / "policy-runc").write_text("runc:\n  Candidate: (none)\n")
    with pytest.raises(StepFailed, match="no package runc") as caught:
        debian.install(PART, workshop(system))
    assert caught.value.fix == "use Debian 12"


def test_without_root_the_command_is_told(system: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(ToolMissing, match="only root can") as caught:
        debian.install(PART, workshop(system))
    assert caught.value.fix == "sudo apt-get install runc socat"


def test_without_dpkg_all_is_lacking_and_apt_is_asked_for(
    system: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(system / "nowhere"))
    assert list(debian.lacking(PART)) == ["runc", "socat"]
    with pytest.raises(ToolMissing, match="no apt-get"):
        debian.install(PART, workshop(system))

import re
from pathlib import Path

import pytest

from platformctl.build.packaged_charts import PACKAGED_CHARTS
from platformctl.errors import ConfigError
from platformctl.local.toolchain.commands import SECRETS
from platformctl.local.toolchain.keys import cpu_flags, part_key
from platformctl.local.toolchain.lock import GoPart, Lock
from platformctl.platform.catalogue import CERT_MANAGER_VERSION, ISTIO_VERSION
from tests.unit.toolchain.conftest import LOCK, Bench


def read(folder: Path, text: str) -> Lock:
    path = folder / "parts.lock.yaml"
    path.write_text(text)
    return Lock.read(path)


def test_the_committed_lock_names_only_workspaces_that_are_committed_whole() -> None:
    lock = Lock.read()
    for part in lock.parts:
        if isinstance(part, GoPart):
            sums = (lock.go / part.workspace / "go.sum").read_text()
            # A module that is replaced by a copy is pinned by the copy's digest instead.
            copies = {(copy.module, copy.digest) for copy in lock.workspaces[part.workspace].copies}
            pinned = f"{part.module} {part.version} {part.digest}\n" in sums
            assert pinned or (part.module, part.digest) in copies, part.name


def test_the_committed_lock_provides_what_a_node_runs() -> None:
    lock = Lock.read()
    for name in (
        "etcd",
        "kube-apiserver",
        "kubelet",
        "containerd",
        "cni",
        "flux",
        "ollama",
        "kubectl",
        "helm",
        *SECRETS,
        *(chart.folder for chart in PACKAGED_CHARTS),
    ):
        assert lock.provider(name)


def test_the_committed_lock_names_no_registry() -> None:
    lock = Lock.read()
    texts = [path.read_text() for path in lock.go.rglob("go.*")]
    assert texts and not any(re.search("https?://", text) for text in texts)


def test_a_module_has_one_version_and_digest_in_the_whole_lock() -> None:
    lock = Lock.read()
    digests: dict[str, set[tuple[str, str]]] = {}
    modules = [part for part in lock.parts if hasattr(part, "module")]
    copies = [copy for workspace in lock.workspaces.values() for copy in workspace.copies]
    controllers = [c for part in lock.parts for c in getattr(part, "controllers", ())]
    for module in (*modules, *copies, *controllers):
        digests.setdefault(module.module, set()).add((module.version, module.digest))
    assert {name for name, found in digests.items() if len(found) > 1} == set()


def required(workspace: str) -> dict[str, str]:
    """The modules that a workspace requires, with their versions."""
    text = (Lock.read().go / workspace / "go.mod").read_text()
    return dict(re.findall(r"^\t(\S+\.\S+/\S+|\S+\.\S+) (v\S+)", text, re.MULTILINE))


@pytest.mark.parametrize(
    ("workspace", "apart"),
    [("sops", set()), ("oauth2-proxy", {"github.com/spf13/viper"})],
)
def test_what_is_compiled_once_has_one_version(workspace: str, apart: set[str]) -> None:
    ours, kubernetes = required(workspace), required("kubernetes")
    shared = ours.keys() & kubernetes.keys()
    assert len(shared) > 20
    assert {name for name in shared if ours[name] != kubernetes[name]} == apart


def test_upstream_charts_and_images_have_the_versions_that_are_built() -> None:
    lock = Lock.read()
    istio, cert_manager = lock.by_name["pilot-discovery"], lock.by_name["cert-manager-controller"]
    assert isinstance(istio, GoPart) and isinstance(cert_manager, GoPart)
    assert f"version.buildTag={ISTIO_VERSION} " in istio.ldflags
    assert cert_manager.version == CERT_MANAGER_VERSION


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("digest: \"h1:first=\"", "digest: first", "parts.0.go.digest"),
        ("needs: [first]", "needs: [third]", "second needs third, which no earlier part is"),
        ("name: third", "name: first", "part first is there twice"),
        ("tools: {}", "others: {}", "first names the unknown workspace tools"),
        ("{third: bin/third}", "{first: bin/third}", "first is provided by first and by third"),
        ("kind: go", "kind: rust", "parts.0"),
        ("version: 1", "version: 2", "version"),
    ],
)  # fmt: skip
def test_a_wrong_lock_is_refused_with_its_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, LOCK.replace(old, new, 1))
    assert message in caught.value.message
    assert caught.value.place == str(tmp_path / "parts.lock.yaml")


@pytest.mark.parametrize("text", ["", "- a\n", "parts: ["])
def test_what_is_no_lock_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError):
        read(tmp_path, text)


def test_a_subset_brings_what_it_needs_in_order(bench: Bench) -> None:
    lock = Lock.read(bench.lock)
    assert [part.name for part in lock.closure(["second"])] == ["first", "second"]
    assert [part.name for part in lock.closure()] == ["first", "second", "third"]
    with pytest.raises(ConfigError, match="fourth"):
        lock.closure(["fourth"])


def test_a_key_follows_what_a_part_is_built_from(bench: Bench) -> None:
    def keys() -> dict[str, str]:
        lock = Lock.read(bench.lock)
        return {part.name: part_key(lock, part) for part in lock.parts}

    before = keys()
    assert keys() == before

    bench.lock.write_text(LOCK.replace("seconds: 9", "").replace("    needs", "    seconds: 9\n    needs"))
    assert keys() == before, "a measured time is not what a part is built from"

    bench.lock.write_text(LOCK.replace("first\n    version: v1.0.0", "first\n    version: v1.0.1"))
    after = keys()
    assert after["first"] != before["first"]
    assert after["second"] != before["second"], "it needs first"
    assert after["third"] == before["third"]

    bench.lock.write_text(LOCK)
    (bench.folder / "go" / "tools" / "go.sum").write_text("example.com/x v1.0.0 h1:x=\n")
    assert not set(keys().values()) & set(before.values())


def test_another_compiler_does_not_change_keys() -> None:
    lock = Lock.read()
    newer = lock.model_copy(
        update={
            "parts": tuple(
                part.model_copy(update={"binaries": {"other": "other"}}) if part.build_only else part
                for part in lock.parts
            )
        }
    )
    ollama = lock.by_name["ollama"]
    assert {need for need in ollama.needs if lock.by_name[need].build_only} == {"go", "compiler-packages"}
    assert part_key(lock, ollama) == part_key(newer, ollama)


def test_what_an_entry_tells_beside_its_origin_does_not_change_its_key(bench: Bench) -> None:
    plain = Lock.read(bench.lock)
    entry = 'digest: "h1:first="'
    told = read(bench.folder, LOCK.replace(entry, f"{entry}\n    megabytes: 7\n    build_only: true"))
    assert part_key(plain, plain.by_name["first"]) == part_key(told, told.by_name["first"])


def test_only_the_processors_own_instruction_sets_are_used(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("model name\t: X\nflags\t\t: fpu avx avx2 fma\n")
    assert cpu_flags(("avx2", "fma", "avx512f"), cpuinfo) == ["-mavx2", "-mfma"]

"""Publishing a working tree with real git, in folders of the test."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from platformctl.errors import ConfigError, NotHealthy
from platformctl.local.publish import Published, publish, publish_files


class Desk:
    """A checkout, the served repositories, and a person with a clone."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.checkout = root / "checkout"
        self.served = root / "git"
        self.write("platform.yaml", "name: chat\n")
        self.write("clusters/service/kustomization.yaml", "resources: []\n")
        self.write("components/chatbot-api/src/app.py", "print(1)\n")
        self.write("components/traefik/chart/Chart.yaml", "name: traefik\n")
        self.write("README.md", "not part of a platform\n")

    def write(self, path: str, content: str) -> None:
        place = self.checkout / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)

    def publish(
        self, *submodules: str, name: str = "platform", extra: dict[str, str] | None = None
    ) -> dict[str, Published]:
        base = self.served.as_uri()
        found = publish(
            self.checkout, self.served, base_url=base, name=name, submodules=submodules, extra=extra
        )
        return {one.name: one for one in found}

    def git(self, *arguments: str, folder: Path | None = None) -> str:
        identity = {f"GIT_{role}_{f}": "ada" for role in ("AUTHOR", "COMMITTER") for f in ("NAME", "EMAIL")}
        return subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *arguments],
            cwd=folder or self.root,
            env={**os.environ, **identity, "GIT_CONFIG_GLOBAL": os.devnull},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()

    def read(self, path: str, repository: str = "platform") -> str:
        return self.git("show", f"main:{path}", folder=self.served / f"{repository}.git")

    def files(self, repository: str = "platform") -> set[str]:
        return set(
            self.git("ls-tree", "-r", "--name-only", "main", folder=self.served / f"{repository}.git").split()
        )

    def push(self, repository: str, path: str, content: str) -> str:
        """Somebody else's commit; gives its name."""
        clone = self.root / f"clone-{repository}"
        if not clone.exists():
            self.git("clone", "-q", str(self.served / f"{repository}.git"), str(clone))
        self.git("pull", "-q", folder=clone)
        (clone / path).parent.mkdir(parents=True, exist_ok=True)
        (clone / path).write_text(content)
        self.git("add", "-A", folder=clone)
        self.git("commit", "-q", "-m", f"change {path}", folder=clone)
        self.git("push", "-q", folder=clone)
        return self.git("rev-parse", "HEAD", folder=clone)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_only_the_parts_of_a_platform_are_published(desk: Desk) -> None:
    result = desk.publish()
    assert result["platform"].changed
    assert desk.files() == {
        "platform.yaml",
        "clusters/service/kustomization.yaml",
        "components/chatbot-api/src/app.py",
        "components/traefik/chart/Chart.yaml",
    }


def test_extra_files_stand_beside_the_working_tree(desk: Desk) -> None:
    path = "clusters/service/secrets/auth-redis.yaml"
    desk.write(".gitignore", "secrets/\n")
    desk.write(path, "of the working tree")
    first = desk.publish("chatbot-api", extra={path: "password: ENC[1]\n"})
    assert first["platform"].changed
    assert desk.read(path) == "password: ENC[1]"
    assert {".gitmodules", "clusters/service/kustomization.yaml"} < desk.files()
    assert not desk.publish("chatbot-api", extra={path: "password: ENC[1]\n"})["platform"].changed
    assert desk.publish("chatbot-api", extra={path: "password: ENC[2]\n"})["platform"].changed
    assert desk.read(path) == "password: ENC[2]"


def test_single_files_are_published_without_the_rest_of_the_working_tree(desk: Desk) -> None:
    path = "clusters/service/secrets/auth-redis.yaml"
    assert publish_files(desk.checkout, desk.served, {path: "1\n"}, name="platform") is None
    assert not desk.served.exists()
    desk.publish("chatbot-api", extra={path: "1\n"})
    desk.push("platform", "clusters/service/theirs.yaml", "a: 1\n")
    desk.write("clusters/service/unfinished.yaml", "a: [\n")
    link = desk.git("rev-parse", "main:components/chatbot-api", folder=desk.served / "platform.git")
    done = publish_files(desk.checkout, desk.served, {path: "2\n"}, name="platform")
    assert done
    assert done.changed
    assert desk.read(path) == "2"
    assert "clusters/service/theirs.yaml" in desk.files()
    assert "clusters/service/unfinished.yaml" not in desk.files()
    assert link == desk.git("rev-parse", "main:components/chatbot-api", folder=desk.served / "platform.git")
    again = publish_files(desk.checkout, desk.served, {path: "2\n"}, name="platform")
    assert again
    assert not again.changed
    desk.publish("chatbot-api", extra={path: "2\n"})
    assert "clusters/service/unfinished.yaml" in desk.files()


def test_what_gitignore_names_stays_out_also_in_a_submodule(desk: Desk) -> None:
    desk.write(".gitignore", "node_modules/\n")
    desk.write("components/traefik/node_modules/x.js", "")
    desk.write("components/chatbot-api/node_modules/x.js", "")
    desk.publish("chatbot-api")
    assert not any("node_modules" in path for path in desk.files() | desk.files("chatbot-api"))


def test_a_submodule_is_a_repository_of_its_own_and_a_link(desk: Desk) -> None:
    result = desk.publish("chatbot-api")
    assert desk.files("chatbot-api") == {"src/app.py"}
    clone = desk.root / "whole"
    desk.git("clone", "-q", "--recurse-submodules", str(desk.served / "platform.git"), str(clone))
    assert (clone / "components/chatbot-api/src/app.py").read_text() == "print(1)\n"
    assert (
        desk.git("rev-parse", "HEAD", folder=clone / "components/chatbot-api") == result["chatbot-api"].commit
    )


def test_submodules_have_absolute_urls_because_flux_refuses_relative_ones(desk: Desk) -> None:
    desk.publish("chatbot-api")
    assert f"url = {desk.served.as_uri()}/chatbot-api.git" in desk.read(".gitmodules")


def test_the_same_content_makes_no_commit(desk: Desk) -> None:
    first = desk.publish("chatbot-api")
    second = desk.publish("chatbot-api")
    assert [one.commit for one in second.values()] == [one.commit for one in first.values()]
    assert not any(one.changed for one in second.values())


def test_a_change_is_one_commit_on_top(desk: Desk) -> None:
    first = desk.publish()["platform"]
    desk.write("platform.yaml", "name: talk\n")
    second = desk.publish()["platform"]
    assert desk.git("rev-list", f"{first.commit}..main", folder=desk.served / "platform.git") == second.commit
    assert desk.read("platform.yaml") == "name: talk"


def test_a_removed_file_is_removed(desk: Desk) -> None:
    desk.publish()
    (desk.checkout / "components/traefik/chart/Chart.yaml").unlink()
    desk.publish()
    assert "components/traefik/chart/Chart.yaml" not in desk.files()


def test_a_pushed_commit_stays_when_nothing_changed_here(desk: Desk) -> None:
    desk.publish()
    pushed = desk.push("platform", "platform.yaml", "name: pushed\n")
    assert desk.publish()["platform"] == Published("platform", pushed, changed=False)
    assert desk.read("platform.yaml") == "name: pushed"


def test_pushed_and_published_changes_are_merged(desk: Desk) -> None:
    desk.publish("chatbot-api")
    pushed = desk.push("platform", "clusters/service/flux-system/gotk-sync.yaml", "kind: GitRepository\n")
    for name in ("one", "two"):
        desk.write("platform.yaml", f"name: {name}\n")
        result = desk.publish("chatbot-api")["platform"]
        assert desk.read("platform.yaml") == f"name: {name}"
        assert desk.read("clusters/service/flux-system/gotk-sync.yaml") == "kind: GitRepository"
    desk.git("merge-base", "--is-ancestor", pushed, result.commit, folder=desk.served / "platform.git")


def test_a_conflict_names_the_file_and_changes_nothing(desk: Desk) -> None:
    desk.publish()
    pushed = desk.push("platform", "platform.yaml", "name: theirs\n")
    desk.write("platform.yaml", "name: ours\n")
    for _ in range(2):
        with pytest.raises(NotHealthy, match=r"both changed platform\.yaml$") as caught:
            desk.publish()
    assert caught.value.fix
    assert desk.git("rev-parse", "main", folder=desk.served / "platform.git") == pushed
    desk.write("platform.yaml", "name: theirs\n")
    desk.publish()
    assert desk.read("platform.yaml") == "name: theirs"


def test_a_bump_pushed_by_a_person_is_overtaken_by_a_newer_component(desk: Desk) -> None:
    desk.publish("chatbot-api")
    desk.push("chatbot-api", "src/more.py", "print(2)\n")
    clone = desk.root / "parent"
    desk.git("clone", "-q", "--recurse-submodules", str(desk.served / "platform.git"), str(clone))
    desk.git("submodule", "-q", "update", "--remote", folder=clone)
    desk.git("commit", "-q", "-am", "bump", folder=clone)
    desk.git("push", "-q", folder=clone)
    desk.write("components/chatbot-api/src/app.py", "print(3)\n")
    result = desk.publish("chatbot-api")
    assert desk.files("chatbot-api") == {"src/app.py", "src/more.py"}
    link = desk.git("ls-tree", "main", "components/chatbot-api", folder=desk.served / "platform.git").split()[
        2
    ]
    assert link == result["chatbot-api"].commit


def test_a_bump_pushed_by_a_person_stays_when_the_component_did_not_change(desk: Desk) -> None:
    desk.publish("chatbot-api")
    bumped = desk.push("chatbot-api", "src/more.py", "print(2)\n")
    clone = desk.root / "parent"
    desk.git("clone", "-q", "--recurse-submodules", str(desk.served / "platform.git"), str(clone))
    desk.git("submodule", "-q", "update", "--remote", folder=clone)
    desk.git("commit", "-q", "-am", "bump", folder=clone)
    desk.git("push", "-q", folder=clone)
    desk.write("platform.yaml", "name: talk\n")
    desk.publish("chatbot-api")
    link = desk.git("ls-tree", "main", "components/chatbot-api", folder=desk.served / "platform.git").split()[
        2
    ]
    assert link == bumped


def test_a_pushed_component_goes_live_by_a_bump_alone(desk: Desk) -> None:
    first = desk.publish("chatbot-api")["chatbot-api"]
    desk.push("chatbot-api", "src/more.py", "print(2)\n")
    desk.write("platform.yaml", "name: talk\n")
    desk.publish("chatbot-api")
    link = desk.git("ls-tree", "main", "components/chatbot-api", folder=desk.served / "platform.git").split()[
        2
    ]
    assert link == first.commit


def test_a_component_that_is_checked_out_as_a_submodule(desk: Desk) -> None:
    desk.git("init", "-q", folder=desk.checkout / "components/chatbot-api")
    desk.publish("chatbot-api")
    assert desk.files("chatbot-api") == {"src/app.py"}


def test_a_component_that_becomes_a_submodule_later(desk: Desk) -> None:
    desk.publish()
    desk.publish("chatbot-api")
    assert ".gitmodules" in desk.files()
    assert "components/chatbot-api/src/app.py" not in desk.files()


def test_the_users_git_configuration_plays_no_role(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = desk.root / "home/.gitconfig"
    broken.parent.mkdir()
    broken.write_text(
        "[core]\n\texcludesFile = " + str(desk.root / "excludes") + "\n[commit]\n\tgpgSign = true\n"
    )
    (desk.root / "excludes").write_text("*.yaml\n")
    monkeypatch.setenv("HOME", str(broken.parent))
    desk.publish()
    assert "platform.yaml" in desk.files()


def test_a_folder_without_a_platform_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no platform\.yaml"):
        publish(tmp_path, tmp_path / "git", base_url="http://localhost")


def test_a_submodule_that_is_not_there_is_refused(desk: Desk) -> None:
    with pytest.raises(ConfigError, match="component keycloak is a submodule"):
        desk.publish("keycloak")


def test_the_repository_has_the_name_that_is_asked_for(desk: Desk) -> None:
    desk.publish("chatbot-api", name="my-chat")
    assert {path.name for path in desk.served.iterdir()} == {"my-chat.git", "chatbot-api.git"}
    assert "platform.yaml" in desk.files("my-chat")


def test_a_name_that_a_submodule_has_is_refused(desk: Desk) -> None:
    desk.write("platform.yaml", "git:\n  url: x\ncomponents:\n  chatbot-api: {submodule: true}\n")
    with pytest.raises(ConfigError, match=r'git.url ends in "chatbot-api".*\(line 4\)') as caught:
        desk.publish("chatbot-api", name="chatbot-api")
    assert caught.value.place == "platform.yaml:2"


def test_a_name_that_would_lead_elsewhere_is_refused(desk: Desk) -> None:
    with pytest.raises(ConfigError, match='no name with "%"'):
        desk.publish(name="a%2f..%2fb")


@pytest.mark.parametrize("commits", [0, 1])
def test_a_checkout_that_is_no_submodule_is_refused_with_both_places(desk: Desk, commits: int) -> None:
    desk.write("platform.yaml", "name: chat\ncomponents:\n  chatbot-api: {version: 0.1.0}\n")
    component = desk.checkout / "components/chatbot-api"
    desk.git("init", "-q", folder=component)
    for _ in range(commits):
        desk.git("add", "-A", folder=component)
        desk.git("commit", "-q", "-m", "start", folder=component)
    with pytest.raises(ConfigError, match=r"components/chatbot-api is a Git repository of its own") as caught:
        desk.publish()
    assert caught.value.place == "platform.yaml:3, components/chatbot-api/.git"
    assert desk.publish("chatbot-api")["chatbot-api"].changed


def test_a_checkout_deeper_down_is_refused_as_well(desk: Desk) -> None:
    inner = desk.checkout / "components/chatbot-api/src"
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "start")):
        desk.git(*command, folder=inner)
    for submodules in ((), ("chatbot-api",)):
        with pytest.raises(ConfigError, match=r"components/chatbot-api/src is a Git repository of its own"):
            desk.publish(*submodules)


def test_a_submodule_may_have_submodules_of_its_own(desk: Desk) -> None:
    component = desk.checkout / "components/chatbot-api"
    for folder in (component, component / "src"):
        desk.git("init", "-q", folder=folder)
    for command in (("add", "-A"), ("commit", "-q", "-m", "start")):
        desk.git(*command, folder=component / "src")
    desk.write("components/chatbot-api/.gitmodules", '[submodule "s"]\n\tpath = src\n\turl = https://x/y\n')
    desk.publish("chatbot-api")
    assert desk.git("ls-tree", "main", "src", folder=desk.served / "chatbot-api.git").startswith("160000 ")

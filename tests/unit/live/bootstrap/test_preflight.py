"""Preflight of Git and submodules, against a real Git server."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from platformctl.live.bootstrap.install import secrets
from platformctl.live.bootstrap.preflight import git_problems, installation_problems, version_problems
from platformctl.live.bootstrap.problems import PreflightFailed, Problem
from platformctl.live.bootstrap.submodule_preflight import check_submodules
from platformctl.live.bootstrap.target import Settings
from platformctl.live.git import NO_PASSWORD, GitAccess, GitStore
from tests.unit.live.bootstrap.conftest import HOST, URL, Repositories
from tests.unit.live.bootstrap.git_server import READER, WRITER, git

API = f"http://{HOST}/chatbot-api.git"


def problems_of_git(store: GitStore, settings: Settings) -> dict[str, Problem]:
    return {found.code: found for found in git_problems(store, settings) if isinstance(found, Problem)}


def problems_of_submodules(store: GitStore, settings: Settings) -> dict[str, Problem]:
    commit = store.fetch_branch(settings.git, settings.branch)
    checked = check_submodules(store, settings.git, commit, settings.trusted_hosts)
    return {problem.code: problem for found in checked for problem in found.problems}


def test_repository_as_it_should_be(repositories: Repositories, store: GitStore, settings: Settings) -> None:
    pinned = repositories.commit("chatbot-api", {"chart/Chart.yaml": "name: chatbot-api\n"})
    head = repositories.platform({"components/chatbot-api": (API, pinned)})

    assert list(git_problems(store, settings)) == [head]
    checked = list(check_submodules(store, settings.git, head))
    assert [(found.path, found.commit, found.problems) for found in checked] == [
        ("components/chatbot-api", pinned, [])
    ]


def test_wrong_password(repositories: Repositories, store: GitStore, settings: Settings) -> None:
    repositories.platform({})
    found = problems_of_git(store, replace(settings, git=GitAccess(URL, "writer", "wrong")))

    assert list(found) == ["git/unreadable"]
    assert "refuses the user name and password" in found["git/unreadable"].message


def test_user_who_may_only_read(repositories: Repositories, store: GitStore, settings: Settings) -> None:
    repositories.platform({})
    found = problems_of_git(store, replace(settings, git=GitAccess(URL, *READER)))

    assert list(found) == ["git/read-only"]
    assert "reader" in found["git/read-only"].fix


def test_without_a_password_it_asks_as_flux_will(
    repositories: Repositories, store: GitStore, settings: Settings
) -> None:
    repositories.server.private.clear()
    repositories.platform({})
    anonymous = replace(settings, git=GitAccess(URL))

    problems_of_git(store, anonymous)

    assert repositories.server.seen[0] == (HOST, anonymous.git.username)
    assert secrets(anonymous) == {"GIT_PASSWORD": NO_PASSWORD}


def test_preflight_pushes_nothing(repositories: Repositories, store: GitStore, settings: Settings) -> None:
    head = repositories.platform({})
    list(git_problems(store, settings))

    assert store.branches(settings.git) == {"main": head}


def test_credentials_of_this_user_do_not_count(
    repositories: Repositories,
    store: GitStore,
    settings: Settings,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    repositories.platform({})
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        f'[url "http://{WRITER[0]}:{WRITER[1]}@{HOST}/"]\n\tinsteadOf = http://{HOST}/\n'
    )
    monkeypatch.setenv("HOME", str(home))

    assert "git/unreadable" in problems_of_git(store, replace(settings, git=GitAccess(URL)))


def test_empty_repository_missing_branch_missing_cluster(
    repositories: Repositories, store: GitStore, settings: Settings
) -> None:
    repositories.server.create(HOST, "platform")
    assert "it is empty" in problems_of_git(store, settings)["git/no-branch"].message

    (repositories.server.root / HOST / "platform.git").rename(repositories.server.root / HOST / "gone.git")
    repositories.platform({})
    assert "it has main" in problems_of_git(store, replace(settings, branch="live"))["git/no-branch"].message
    missing = problems_of_git(store, replace(settings, cluster="sandbox"))["git/no-cluster"]
    assert "there are service" in missing.message


def test_cluster_that_does_not_list_flux_system(
    repositories: Repositories, store: GitStore, settings: Settings
) -> None:
    repositories.commit("platform", {"clusters/service/kustomization.yaml": "resources: [apps.yaml]\n"})

    found = problems_of_git(store, settings)["git/flux-system-left-out"]
    assert found.place == "clusters/service/kustomization.yaml"


def test_all_submodule_problems_at_once_each_with_its_line(
    repositories: Repositories, store: GitStore, settings: Settings
) -> None:
    pinned = repositories.commit("chatbot-api", {"a": "a"})
    repositories.platform(
        {
            "components/relative": ("../chatbot-api.git", pinned),
            "components/ssh": (f"git@{HOST}:chatbot-api.git", pinned),
            "components/missing": (f"http://{HOST}/nobody.git", pinned),
            "components/unpushed": (API, "1" * 40),
        }
    )
    head = store.fetch_branch(settings.git, "main")
    found = {
        found.path: found.problems[0]
        for found in check_submodules(store, settings.git, head)
        if found.problems
    }

    assert {path: (problem.code, problem.place) for path, problem in found.items()} == {
        "components/relative": ("submodule/relative-url", ".gitmodules:3"),
        "components/ssh": ("submodule/ssh-url", ".gitmodules:6"),
        "components/missing": ("submodule/unreadable", ".gitmodules:9"),
        "components/unpushed": ("submodule/commit-missing", ".gitmodules:12"),
    }
    assert f"write http://{HOST}/chatbot-api.git" in found["components/relative"].fix
    assert "not found" in found["components/missing"].message


def test_commit_that_was_only_committed_locally(
    repositories: Repositories, store: GitStore, settings: Settings
) -> None:
    repositories.commit("chatbot-api", {"a": "pushed"})
    local = repositories.commit("chatbot-api", {"a": "not pushed"}, push=False)
    repositories.platform({"components/chatbot-api": (API, local)})

    found = problems_of_submodules(store, settings)["submodule/commit-missing"]
    assert local[:12] in found.message
    assert "push origin" in found.fix


def test_commit_behind_the_tip_is_found_through_its_branch(
    repositories: Repositories, store: GitStore, settings: Settings
) -> None:
    pinned = repositories.commit("chatbot-api", {"a": "old"})
    repositories.commit("chatbot-api", {"a": "new"})
    repositories.platform({"components/chatbot-api": (API, pinned)})

    assert problems_of_submodules(store, settings) == {}


def test_commit_that_the_server_has_on_no_branch(
    repositories: Repositories, store: GitStore, settings: Settings
) -> None:
    """Git's own client gets it with protocol 2; go-git does not, and the artifact would never come."""
    repositories.commit("chatbot-api", {"a": "old"})
    pinned = repositories.commit("chatbot-api", {"a": "dropped"})
    remote = repositories.server.root / HOST / "chatbot-api.git"
    (remote / "refs/heads/main").write_text(f"{pinned}\n")
    repositories.platform({"components/chatbot-api": (API, pinned)})
    git("update-ref", "refs/heads/main", f"{pinned}~1", at=remote)

    assert list(problems_of_submodules(store, settings)) == ["submodule/commit-on-no-branch"]


def test_section_without_gitlink_and_gitlink_without_section(
    repositories: Repositories, store: GitStore, settings: Settings
) -> None:
    pinned = repositories.commit("chatbot-api", {"a": "a"})
    repositories.platform({"components/chatbot-api": (API, pinned)})
    work = repositories.folder / HOST / "platform"
    (work / ".gitmodules").write_text(f'[submodule "x"]\n\tpath = components/x\n\turl = {API}\n')
    repositories.publish("platform")

    found = problems_of_submodules(store, settings)
    assert found["submodule/no-url"].place == "components/chatbot-api"
    assert found["submodule/no-gitlink"].place == ".gitmodules:3"


def test_submodule_inside_a_submodule(
    repositories: Repositories, store: GitStore, settings: Settings
) -> None:
    repositories.commit("chatbot-api", {"a": "a"}, push=False)
    work = repositories.folder / HOST / "chatbot-api"
    (work / ".gitmodules").write_text('[submodule "lib"]\n\tpath = lib\n\turl = ../lib.git\n')
    repositories.link("chatbot-api", "lib", "2" * 40)
    pinned = repositories.publish("chatbot-api")
    repositories.platform({"components/chatbot-api": (API, pinned)})

    found = problems_of_submodules(store, settings)["submodule/relative-url"]
    assert found.place == "components/chatbot-api/.gitmodules:3"
    assert found.message.startswith("components/chatbot-api/lib: ")


def test_credentials_are_not_sent_to_another_host(
    repositories: Repositories, store: GitStore, settings: Settings
) -> None:
    pinned = repositories.commit("lib", {"a": "a"}, host="public.example.org")
    repositories.platform({"components/lib": ("http://public.example.org/lib.git", pinned)})

    assert list(problems_of_submodules(store, settings)) == ["submodule/other-host"]
    assert not [user for host, user in repositories.server.seen if host == "public.example.org"]

    trusting = replace(settings, trusted_hosts={"public.example.org"})
    assert problems_of_submodules(store, trusting) == {}
    assert ("public.example.org", "writer") in repositories.server.seen


@pytest.mark.parametrize(
    ("version", "codes"),
    [("v1.31.9", ["cluster/version"]), ("v1.32.0", []), ("v1.34.4-gke.1", []), ("v2.0.0", [])],
)
def test_version(version: str, codes: list[str]) -> None:
    assert [problem.code for problem in version_problems(version, "https://x")] == codes


def _source(url: str) -> dict[str, Any]:
    return {"spec": {"url": url}}


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({}, []),
        ({"source": _source(URL), "root": {"spec": {"path": "./clusters/service"}}}, []),
        ({"source": _source(URL.replace("://", "://git@") + "/")}, []),
        ({"source": _source("https://elsewhere/x.git")}, ["cluster/other-repository"]),
        ({"root": {"spec": {"path": "./clusters/live"}}}, ["cluster/other-path"]),
        (
            {"crd": {"metadata": {"name": "x", "labels": {"app.kubernetes.io/managed-by": "Helm"}}}},
            ["cluster/foreign-flux"],
        ),
    ],
)
def test_flux_that_is_there_already(settings: Settings, change: dict[str, Any], codes: list[str]) -> None:
    there: dict[str, Any] = {"crd": None, "source": None, "root": None} | change

    assert [problem.code for problem in installation_problems(settings, **there)] == codes


def test_command_that_moves_the_cluster_is_one_that_takes_the_option(settings: Settings) -> None:
    """Users of ``up`` see it as well, which has no such option."""
    [found] = installation_problems(settings, crd=None, source=_source("https://old/x.git"), root=None)

    assert "platformctl bootstrap --cluster service --replace-source" in found.fix


def test_replacing_the_source_on_purpose(settings: Settings) -> None:
    moving = replace(settings, replace_source=True)

    assert not list(installation_problems(moving, crd=None, source=_source("https://old/x.git"), root=None))


def test_failure_names_the_one_problem_or_counts_them() -> None:
    def make(code: str, blocking: bool) -> Problem:
        return Problem(code, code, "fix", "place", blocking)

    one = PreflightFailed([make("notice", False), make("a", True)])
    assert (one.message, one.place, one.fix) == ("a", "place", "fix")
    assert [problem.code for problem in one.problems] == ["a", "notice"]
    assert PreflightFailed([make("a", True), make("b", True)]).message == "2 things stand in the way"

"""The key that Flux gets to a cluster's secrets, and what is looked at before."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from platformctl.live.bootstrap import STEPS
from platformctl.live.bootstrap.decryption import give_key, has_key, secret_problems
from platformctl.live.bootstrap.preflight import preflight
from platformctl.live.bootstrap.problems import PreflightFailed, Problem
from platformctl.live.bootstrap.target import Bootstrap, Decryption, Settings
from platformctl.live.git import GitStore
from platformctl.live.kubernetes import Cluster
from platformctl.render import HEADER
from platformctl.steps import Silent
from tests.unit.live.api_server import ApiServer
from tests.unit.live.bootstrap.conftest import Repositories

FOLDER = "clusters/service/secrets"
KEY = "AGE-SECRET-KEY-1EXAMPLE"
OURS = Decryption(f"# created: today\n{KEY}\n", ("age1ours",))
SECRET = "/api/v1/namespaces/flux-system/secrets/sops-age"


def encrypted(recipient: str) -> str:
    age = [{"recipient": recipient}]
    return json.dumps(
        {"kind": "Secret", "stringData": {"a": "ENC[x]"}, "sops": {"age": age, "mac": "ENC[y]"}}
    )


def folder(**files: str) -> dict[str, str]:
    listed = "".join(f"  - {name}.yaml\n" for name in ("redis", "tsig"))
    texts = {"kustomization": f"{HEADER}kind: Kustomization\nresources:\n{listed}", **files}
    return {f"{FOLDER}/{name}.yaml": text for name, text in texts.items()}


GOOD = folder(redis=encrypted("age1ours"), tsig=encrypted("age1ours"))


def told(settings: Settings, files: dict[str, str], *, key_is_there: bool = False) -> dict[str, Problem]:
    found = list(secret_problems(settings, files, key_is_there=key_is_there))
    assert len({problem.code for problem in found}) == len(found)
    return {problem.code: problem for problem in found}


def test_all_is_well(settings: Settings) -> None:
    assert told(replace(settings, decryption=OURS), GOOD) == {}
    assert told(settings, GOOD, key_is_there=True) == {}
    assert told(settings, {}) == {}


def test_no_key_at_all(settings: Settings) -> None:
    (problem,) = told(settings, GOOD).values()
    assert (problem.code, problem.blocking, problem.place) == ("secrets/no-key", True, FOLDER)
    assert "--age-key-file" in problem.fix


def test_a_secret_for_another_key(settings: Settings) -> None:
    files = folder(redis=encrypted("age1ours"), tsig=encrypted("age1theirs"))
    (problem,) = told(replace(settings, decryption=OURS), files).values()
    assert (problem.code, problem.blocking, problem.place) == (
        "secrets/recipient",
        True,
        f"{FOLDER}/tsig.yaml",
    )
    assert problem.message.endswith("encrypted to age1theirs, and Flux would get age1ours")


def test_a_secret_that_was_not_pushed(settings: Settings) -> None:
    (problem,) = told(replace(settings, decryption=OURS), folder(redis=encrypted("age1ours"))).values()
    assert (problem.code, problem.blocking, problem.place) == ("secrets/missing", True, f"{FOLDER}/tsig.yaml")
    assert problem.fix.startswith("platformctl secrets init --cluster service")


def test_a_secret_in_clear_text_is_told_and_not_quoted(settings: Settings) -> None:
    files = folder(redis=encrypted("age1ours"), tsig="kind: Secret\nstringData: {secret: hunter2}\n")
    (problem,) = told(replace(settings, decryption=OURS), files).values()
    assert (problem.code, problem.blocking, problem.place) == ("secrets/clear", False, f"{FOLDER}/tsig.yaml")
    assert "hunter2" not in repr(problem)


def test_a_folder_of_another_hand_is_its_own(settings: Settings) -> None:
    files = dict(GOOD)
    files[f"{FOLDER}/kustomization.yaml"] = "resources: [missing.yaml]\n"
    assert told(settings, files) == {}


def test_preflight_looks_at_the_secrets_of_the_branch(
    server: ApiServer, cluster: Cluster, repositories: Repositories, store: GitStore, settings: Settings
) -> None:
    # In this order: from there on all HTTP of this process goes to the Git server.
    server.kinds["/api/v1"] = server.kinds["/api/v1"] | {"Secret": ("secrets", True)}
    reviews = "/apis/authorization.k8s.io/v1"
    server.kinds[reviews] = {"SelfSubjectAccessReview": ("selfsubjectaccessreviews", False)}
    server.objects[f"{reviews}/selfsubjectaccessreviews"] = {"status": {"allowed": True}}
    repositories.commit("platform", GOOD, push=False)
    repositories.platform({})
    with pytest.raises(PreflightFailed, match="no key to them"):
        preflight(Bootstrap(settings, cluster, store), Silent())
    preflight(Bootstrap(replace(settings, decryption=OURS), cluster, store), Silent())


def test_the_key_comes_before_flux_and_nobody_else_s_is_touched(
    store: GitStore, settings: Settings, server: ApiServer, cluster: Cluster
) -> None:
    assert [step.name for step in STEPS].index("key") < [step.name for step in STEPS].index("flux")
    server.kinds["/api/v1"] = server.kinds["/api/v1"] | {"Secret": ("secrets", True)}
    job = Bootstrap(replace(settings, decryption=OURS), cluster, store)
    assert has_key(job) is None
    assert KEY not in give_key(job, Silent())
    assert "/api/v1/namespaces/flux-system" in server.objects
    assert list(server.objects[SECRET]["data"]) == ["platformctl.agekey"]
    assert base64.b64decode(server.objects[SECRET]["data"]["platformctl.agekey"]).decode() == OURS.key
    assert has_key(job) == "Flux has the key"
    server.objects[SECRET]["data"]["theirs.agekey"] = "x"
    assert has_key(job) == "Flux has the key"
    other = replace(job, settings=replace(settings, decryption=Decryption("other", ("age1other",))))
    assert has_key(other) is None


def test_without_a_key_nothing_is_asked(
    store: GitStore, settings: Settings, server: ApiServer, cluster: Cluster
) -> None:
    before = len(server.requests)
    assert has_key(Bootstrap(settings, cluster, store)) == "no key is given"
    assert len(server.requests) == before


def test_the_key_is_not_shown_by_accident(settings: Settings) -> None:
    assert KEY not in repr(replace(settings, decryption=OURS))

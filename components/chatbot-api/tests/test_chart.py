"""The chart, as Helm renders it. Needs a helm binary: $HELM, or helm on the PATH."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from chatbot_api.settings import Settings

from .conftest import ROOT

HELM = os.environ.get("HELM") or shutil.which("helm")
pytestmark = pytest.mark.skipif(HELM is None, reason="no helm: set HELM to the binary")


def helm(*settings: str) -> subprocess.CompletedProcess[str]:
    arguments = [part for setting in settings for part in ("--set", setting)]
    command = [str(HELM), "template", "chatbot-api", str(ROOT / "chart"), "--namespace", "chat", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def render(*settings: str) -> dict[str, Any]:
    """The objects by kind; each kind occurs once."""
    ended = helm(*settings)
    assert ended.returncode == 0, ended.stderr
    objects = [found for found in yaml.safe_load_all(ended.stdout) if found]
    by_kind = {found["kind"]: found for found in objects}
    assert len(by_kind) == len(objects)
    return by_kind


def test_the_autoscaler_alone_sets_the_replicas() -> None:
    objects = render()
    assert "replicas" not in objects["Deployment"]["spec"]
    assert objects["HorizontalPodAutoscaler"]["spec"]["minReplicas"] == 2
    assert objects["HorizontalPodAutoscaler"]["spec"]["maxReplicas"] == 4
    fixed = render("autoscaling.enabled=false", "replicas=3")
    assert fixed["Deployment"]["spec"]["replicas"] == 3
    assert "HorizontalPodAutoscaler" not in fixed


def test_the_pod_is_given_the_time_that_its_drain_takes() -> None:
    pod = render("drain.preStopSeconds=3", "drain.delaySeconds=4", "drain.timeoutSeconds=50")["Deployment"]
    spec = pod["spec"]["template"]["spec"]
    assert spec["terminationGracePeriodSeconds"] == 3 + 4 + 50 + 10
    assert spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"] == 3


def test_the_config_map_holds_settings_that_exist() -> None:
    data = render("models={a:1b,b:2b}", "settings.MAX_ANSWER_TOKENS=99")["ConfigMap"]["data"]
    known = {name.upper() for name in Settings.model_fields}
    assert set(data) <= known
    assert data["MODELS"] == "a:1b,b:2b"
    assert data["MODEL_NAME"] == "a:1b"
    assert data["MAX_ANSWER_TOKENS"] == "99"
    assert data["OLLAMA_URL"] == "http://ollama.inference:11434"


def test_new_settings_start_new_pods() -> None:
    def checksum(*settings: str) -> str:
        template = render(*settings)["Deployment"]["spec"]["template"]
        return str(template["metadata"]["annotations"]["checksum/config"])

    assert checksum() == checksum()
    assert checksum() != checksum("maxContextMessages=5")


def test_a_new_chart_version_alone_starts_no_pod() -> None:
    assert not re.search(r"chatbot-api-0\.1\.0", helm().stdout)


def test_the_openai_dialect_takes_its_key_from_a_secret() -> None:
    objects = render(
        "upstream.kind=openai", "upstream.url=http://vllm:8000/v1", "upstream.apiKeySecret.name=vllm"
    )
    assert objects["ConfigMap"]["data"]["OPENAI_API_BASE_URL"] == "http://vllm:8000/v1"
    assert "OLLAMA_URL" not in objects["ConfigMap"]["data"]
    (variable,) = objects["Deployment"]["spec"]["template"]["spec"]["containers"][0]["env"]
    assert variable["name"] == "OPENAI_API_KEY"
    assert variable["valueFrom"]["secretKeyRef"] == {"name": "vllm", "key": "api-key"}


IDENTITY = (
    "identity.issuer=https://auth.chat.localhost:8443/realms/chat",
    "identity.jwksUrl=http://keycloak.auth:8080/realms/chat/protocol/openid-connect/certs",
    "identity.audience=chatbot-api",
)


def test_whose_tokens_count_and_which_pages_may_ask_is_in_the_config_map() -> None:
    data = render(*IDENTITY, "cors.origins={https://app.chat.localhost:8443}")["ConfigMap"]["data"]
    assert set(data) <= {name.upper() for name in Settings.model_fields}
    assert data["IDENTITY_ISSUER"] == "https://auth.chat.localhost:8443/realms/chat"
    assert data["IDENTITY_JWKS_URL"].startswith("http://keycloak.auth:8080/")
    assert data["IDENTITY_AUDIENCE"] == "chatbot-api"
    assert data["CORS_ORIGINS"] == "https://app.chat.localhost:8443"
    assert not [name for name in render()["ConfigMap"]["data"] if name.startswith(("IDENTITY", "CORS"))]


def test_istio_routes_by_a_virtual_service_that_cuts_no_stream() -> None:
    objects = render("ingress.kind=istio", "ingress.host=api.chat.localhost")
    assert "Ingress" not in objects
    spec = objects["VirtualService"]["spec"]
    assert spec["gateways"] == ["istio-ingress/platform"]
    assert spec["hosts"] == ["api.chat.localhost"]
    (route,) = spec["http"]
    assert route["match"] == [{"uri": {"prefix": "/api/"}}]
    assert "timeout" not in route
    assert "corsPolicy" not in route
    assert route["route"][0]["destination"]["host"] == "chatbot-api.chat.svc.cluster.local"
    assert route["route"][0]["destination"]["port"] == {
        "number": objects["Service"]["spec"]["ports"][0]["port"]
    }
    assert "VirtualService" not in render()


def test_the_pod_is_restricted() -> None:
    spec = render()["Deployment"]["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


@pytest.mark.parametrize(
    ("setting", "place"),
    [
        ("maxContextMessages=0", "/maxContextMessages"),
        ("upstream.kind=vllm", "/upstream/kind"),
        ("upstream.url=ollama:11434", "/upstream/url"),
        ("models={}", "/models"),
        ("models={a\\,b}", "/models/0"),
        ("maxContextMesages=5", "maxContextMesages"),
        ("identity.issuer=https://auth.chat.localhost", "/identity"),
        ("cors.origins={*}", "/cors/origins/0"),
        ("cors.origins={https://app.chat.localhost/}", "/cors/origins/0"),
        ("ingress.kind=nginx", "/ingress/kind"),
        ("ingress.gateway=platform", "/ingress/gateway"),
    ],
)
def test_wrong_values_are_refused(setting: str, place: str) -> None:
    ended = helm(setting)
    assert ended.returncode != 0
    assert place in ended.stderr

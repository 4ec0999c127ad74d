"""One cluster of platform.yaml."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from platformctl.platform.schema.inference import Api, Inference, Ui
from platformctl.platform.schema.login import Identity, Secrets
from platformctl.platform.schema.network import Certificates, Dns, Embedded
from platformctl.platform.schema.section import Host, Section

PLANNED: dict[str, frozenset[str]] = {
    "gateway": frozenset({"none"}),
    "engine": frozenset({"vllm"}),
    "history": frozenset({"postgresql"}),
}
"""Values that a later version will take, by key: refused with a sentence of their own."""


class ClusterSettings(Section):
    """One cluster: choices among the same components."""

    target: Literal["embedded", "existing"] = Field(
        description="embedded: on this machine, by platformctl up. existing: any cluster with a kube context,"
        " by platformctl bootstrap."
    )
    domain: Host = Field(
        description="With traefik the host name of the chat page, and of the API at /api. With istio the"
        " page is at app.<domain>, the API at api.<domain>, the login at auth.<domain>.",
        examples=["chat.example.com"],
    )
    gateway: Literal["traefik", "istio"] = Field(
        description="What takes requests from outside. traefik: plain HTTP. istio: HTTPS, and the login."
    )
    mesh: bool = Field(
        default=False, description="Encrypt between the pods as well, by sidecars; with gateway: istio."
    )
    login: Literal["none", "keycloak"] = Field(
        default="none",
        description="Who may chat. none: everybody who reaches the page. keycloak: who logs in; with gateway:"
        " istio.",
    )
    identity: Identity | None = None
    certificates: Certificates | None = Field(
        default=None,
        description="Who signs the certificate, with gateway: istio; unset: local-ca on embedded clusters.",
    )
    dns: Dns | None = Field(
        default=None,
        description="Who writes the DNS records, with gateway: istio; unset: rfc2136 on embedded clusters,"
        " you on others.",
    )
    secrets: Secrets | None = Field(
        default=None, description="Where passwords and keys are kept; unset: sops on embedded clusters."
    )
    history: Literal["none"] = Field(
        default="none", description="Where conversations are kept: in the browser's tab alone."
    )
    inference: Inference
    api: Api
    ui: Ui | None = None
    embedded: Embedded | None = None

"""How a cluster is reached: ports, certificates, host names."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from platformctl.platform.schema.section import EmailAddress, Name, Port, Section


class Embedded(Section):
    """Ports on this machine's loopback, for a cluster with target: embedded."""

    http_port: Port = Field(default=8080, description="The chat page and the API, with gateway: traefik.")
    https_port: Port = Field(
        default=8443,
        description="The page, the API and the login, with gateway: istio. 443: no port in any address.",
    )
    git_port: Port = Field(
        default=8081, description="The Git server to push to; another port than the gateway's."
    )


class Certificates(Section):
    """Who signs the certificate of the cluster's host names, with gateway: istio."""

    issuer: Literal["local-ca", "acme"] = Field(
        description="local-ca: an authority of the cluster's own, on embedded clusters. acme: a public one,"
        " which is shown in DNS that the domain is yours, so it needs dns."
    )
    email: EmailAddress | None = Field(
        default=None, description="Where acme writes when a certificate is about to end; required with it."
    )


class Dns(Section):
    """Where the records of the cluster's host names are written, with gateway: istio."""

    provider: Literal["rfc2136", "clouddns"] = Field(
        description="rfc2136: a server of the cluster's own, on embedded clusters. clouddns: Google's."
    )
    project: Name | None = Field(default=None, description="Google's project; required with clouddns.")

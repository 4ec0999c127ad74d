"""Who may chat, and what must not be read by everybody."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from platformctl.platform.schema.section import GoDuration, Name, Recipient, Section


class SessionSettings(Section):
    """How long a login lasts: refresh is shorter than accessToken, that than idle, and idle not over max."""

    refresh: GoDuration = Field(
        default="1m", description="Age at which a session's tokens are renewed behind the user's back."
    )
    access_token: GoDuration = Field(default="5m", description="Life of an access token.")
    idle: GoDuration = Field(default="30m", description="A session ends when nothing was asked for so long.")
    max: GoDuration = Field(default="10h", description="A session ends after so long in any case.")


class Identity(Section):
    """The realm of the login, with login: keycloak."""

    realm: Name | None = Field(default=None, description="The realm's name; unset: the platform's.")
    users: Annotated[tuple[Name, ...], Field(strict=False)] = Field(
        default=(),
        description="Test users, each with a password of its own among the secrets. On embedded clusters.",
        examples=[["ada", "grace"]],
    )
    test_users: bool = Field(
        default=False, description="Take users on a cluster with target: existing as well."
    )
    session: SessionSettings | None = None


class Secrets(Section):
    """Where passwords and keys are kept."""

    store: Literal["sops", "external"] = Field(
        description="sops: encrypted files beside what Flux reads. external: a store that External Secrets"
        " Operator of the cluster reads."
    )
    recipients: Annotated[tuple[Recipient, ...], Field(strict=False)] = Field(
        default=(),
        description="Public age keys that sops encrypts to. An embedded cluster has a key of its own.",
    )
    name: Name | None = Field(
        default=None, description="Name of the ClusterSecretStore; required with external."
    )

"""The shape of platform.yaml, version 1. Keys are camelCase in the file and snake_case here."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from platformctl.platform.schema.cluster import ClusterSettings
from platformctl.platform.schema.inference import ModelName
from platformctl.platform.schema.section import Digest, Name, Section, Tag


class Git(Section):
    """Where Flux finds the platform's repository (an embedded cluster serves its own copy)."""

    url: Annotated[
        str,
        Field(pattern=r"^(https?|ssh)://[^\s/-][^\s/]*/([^\s/]+/)*[A-Za-z0-9_][A-Za-z0-9_.%+~-]*/?$"),
    ] = Field(
        description="An http, https or ssh URL. Its last part names the repository on embedded clusters too.",
        examples=["https://git.example.com/platform.git"],
    )
    # Stricter than Git: no part begins with "-" or ".".
    branch: Annotated[str, Field(pattern=r"^[\w+#@][\w+#@-]*([./][\w+#@][\w+#@-]*)*$")] = Field(
        default="main", description="The branch that Flux follows."
    )


class Images(Section):
    """Where our own images are published: a registry and a path, without a scheme."""

    registry: Annotated[
        str,
        Field(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$"),
    ] = Field(
        description="chatbot-api, chatbot-ui and ollama-models stand below it. A cluster with target:"
        " existing pulls them from there; an embedded one builds them and serves them to itself under these"
        " names.",
        examples=["registry.example.com/team"],
    )


class ComponentSettings(Section):
    """Settings of one component."""

    version: Tag | None = Field(
        default=None, description="The tag of its image; unset: the one this platformctl was made for."
    )
    submodule: bool = Field(
        default=False,
        description="The folder components/<name> is a Git submodule: Flux reads it at the commit that the"
        " repository pins.",
    )


class Model(Section):
    """A model of the catalogue; platformctl models lock writes the digest."""

    digest: Digest | None = Field(
        default=None,
        description="The manifest's digest, sha256:... A model with another one counts as wrong; unset: any"
        " will do.",
    )


class PlatformFile(Section):
    """All of platform.yaml."""

    model_config = ConfigDict(title="platform.yaml")

    name: Name = Field(description="The platform's name: lower-case letters, digits and -.")
    git: Git
    images: Images
    components: dict[str, ComponentSettings] = Field(
        default_factory=dict, description="Settings by component; one that is not named has the defaults."
    )
    models: dict[ModelName, Model] = Field(
        description="The catalogue: each model that a cluster serves, by name and tag."
    )
    clusters: Annotated[dict[Name, ClusterSettings], Field(min_length=1)] = Field(
        description="The clusters by name. Flux reads clusters/<name> of the repository."
    )

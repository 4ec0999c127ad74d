"""The shape of platform.yaml, version 1. Keys are camelCase in the file and snake_case here.

Most texts become paths, host names or arguments of programs somewhere: no pattern lets ".." or "-x" through.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

PLANNED: dict[str, frozenset[str]] = {
    "gateway": frozenset({"istio", "none"}),
    "login": frozenset({"keycloak"}),
    "engine": frozenset({"vllm"}),
    "history": frozenset({"postgresql"}),
}
"""Values that a later version will take, by key: refused with a sentence of their own."""

Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
Host = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$")]
Quantity = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$")]
Tag = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$")]
ModelName = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*){0,2}:[A-Za-z0-9_][A-Za-z0-9._-]*$"
    ),
]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Port = Annotated[int, Field(ge=1, le=65535)]


class Section(BaseModel):
    """A mapping of platform.yaml: unknown keys are errors, and what is not set stays unset (None)."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        alias_generator=to_camel,
        # A key's title in the schema is the key itself, not "Maxcontextmessages".
        field_title_generator=lambda name, field: field.alias or name,
    )


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


class Storage(Section):
    """The claim that keeps the models."""

    class_name: Name = Field(
        description="A StorageClass of the cluster; local-path on embedded clusters.", examples=["local-path"]
    )
    access_mode: Literal["ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany"] = Field(
        default="ReadWriteOnce", description="local-path takes the first two."
    )
    size: Quantity = Field(description="Room for all models of the cluster.", examples=["10Gi"])


class Inference(Section):
    """The engine and its models; the first model is the default one."""

    engine: Literal["ollama"] = Field(description="What answers.")
    models: Annotated[tuple[ModelName, ...], Field(min_length=1, strict=False)] = Field(
        description="Names from the catalogue, each with its tag. The page, the API and the engine share this"
        " list.",
        examples=[["gemma3:270m"]],
    )
    storage: Storage
    context_length: Annotated[int, Field(ge=256)] | None = Field(
        default=None, description="Tokens of context that a model is loaded with; unset: the chart's 4096."
    )


class Replicas(Section):
    """Bounds of horizontal scaling."""

    min: Annotated[int, Field(ge=1)] = Field(description="Pods without load.")
    max: Annotated[int, Field(ge=1)] = Field(description="Pods under load; not below min.")


class Api(Section):
    """The API, chatbot-api."""

    replicas: Replicas
    target_cpu_utilization: Annotated[int, Field(ge=1, le=100, alias="targetCPUUtilization")] = Field(
        default=50, description="Percent of the CPU that a pod requests, above which pods are added."
    )
    max_context_messages: Annotated[int, Field(ge=1)] | None = Field(
        default=None,
        description="How many of a conversation's last messages the model sees; unset: the chart's 20.",
    )


class Ui(Section):
    """The chat page, chatbot-ui."""

    replicas: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Pods; unset: the chart's 2."
    )


class Embedded(Section):
    """Ports on this machine's loopback, for a cluster with target: embedded."""

    http_port: Port = Field(default=8080, description="The chat page and the API.")
    git_port: Port = Field(default=8081, description="The Git server to push to; another one than httpPort.")


class ClusterSettings(Section):
    """One cluster: choices among the same components."""

    target: Literal["embedded", "existing"] = Field(
        description="embedded: on this machine, by platformctl up. existing: any cluster with a kube context,"
        " by platformctl bootstrap."
    )
    domain: Host = Field(
        description="Host name of the chat page; the API is below it, at /api.", examples=["chat.example.com"]
    )
    gateway: Literal["traefik"] = Field(description="What takes requests from outside.")
    login: Literal["none"] = Field(
        default="none", description="Who may chat: everybody who reaches the page."
    )
    history: Literal["none"] = Field(
        default="none", description="Where conversations are kept: in the browser's tab alone."
    )
    inference: Inference
    api: Api
    ui: Ui | None = None
    embedded: Embedded | None = None


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

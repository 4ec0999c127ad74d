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

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel)


class Git(Section):
    """Where Flux finds the platform's repository (an embedded cluster serves its own copy)."""

    url: Annotated[
        str,
        Field(pattern=r"^(https?|ssh)://[^\s/-][^\s/]*/([^\s/]+/)*[A-Za-z0-9_][A-Za-z0-9_.%+~-]*/?$"),
    ]
    # Stricter than Git: no part begins with "-" or ".".
    branch: Annotated[str, Field(pattern=r"^[\w+#@][\w+#@-]*([./][\w+#@][\w+#@-]*)*$")] = "main"


class Images(Section):
    """Where our own images are published: a registry and a path, without a scheme."""

    registry: Annotated[
        str,
        Field(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$"),
    ]


class ComponentSettings(Section):
    """Settings of one component; ``version`` is its image's tag."""

    version: Tag | None = None
    submodule: bool = False


class Model(Section):
    """A model of the catalogue; ``platformctl models lock`` writes the digest."""

    digest: Digest | None = None


class Storage(Section):
    """The claim that keeps the models."""

    class_name: Name
    access_mode: Literal["ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany"] = "ReadWriteOnce"
    size: Quantity


class Inference(Section):
    """The engine and its models; the first model is the default one."""

    engine: Literal["ollama"]
    models: Annotated[tuple[ModelName, ...], Field(min_length=1, strict=False)]
    storage: Storage
    context_length: Annotated[int, Field(ge=256)] | None = None


class Replicas(Section):
    """Bounds of horizontal scaling."""

    min: Annotated[int, Field(ge=1)]
    max: Annotated[int, Field(ge=1)]


class Api(Section):
    """chatbot-api."""

    replicas: Replicas
    target_cpu_utilization: Annotated[int, Field(ge=1, le=100, alias="targetCPUUtilization")] = 50
    max_context_messages: Annotated[int, Field(ge=1)] | None = None


class Ui(Section):
    """chatbot-ui."""

    replicas: Annotated[int, Field(ge=1)] | None = None


class Embedded(Section):
    """Ports on this machine's loopback, for a cluster with ``target: embedded``."""

    http_port: Port = 8080
    git_port: Port = 8081


class ClusterSettings(Section):
    """One cluster: choices among the same components."""

    target: Literal["embedded", "existing"]
    domain: Host
    gateway: Literal["traefik"]
    login: Literal["none"] = "none"
    history: Literal["none"] = "none"
    inference: Inference
    api: Api
    ui: Ui | None = None
    embedded: Embedded | None = None


class PlatformFile(Section):
    """All of platform.yaml."""

    name: Name
    git: Git
    images: Images
    components: dict[str, ComponentSettings] = Field(default_factory=dict)
    models: dict[ModelName, Model]
    clusters: Annotated[dict[Name, ClusterSettings], Field(min_length=1)]

"""What answers, and what stands in front of it: the engine, the API and the page."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from platformctl.platform.schema.section import Name, Quantity, Section

ModelName = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*){0,2}:[A-Za-z0-9_][A-Za-z0-9._-]*$"
    ),
]


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

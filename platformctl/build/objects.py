"""What an object is, who it is, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from platformctl.build.documents import Data

CLUSTER_SCOPED = frozenset(
    {
        "APIService",
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "ClusterTrustBundle",
        "ComponentStatus",
        "CustomResourceDefinition",
        "DeviceClass",
        "FlowSchema",
        "IPAddress",
        "IngressClass",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "ResourceSlice",
        "RuntimeClass",
        "SelfSubjectReview",
        "ServiceCIDR",
        "StorageClass",
        "StorageVersion",
        "StorageVersionMigration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
        "VolumeAttributesClass",
    }
)
"""The kinds of Kubernetes 1.34 that have no namespace."""


@dataclass(frozen=True, order=True)
class ObjectId:
    """An object's identity; ``namespace`` is empty for what has none."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


@dataclass(frozen=True, order=True)
class Place:
    """A place in a file of the repository; the line starts at 1, and 0 is the file as a whole."""

    file: str
    line: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True)
class Origin:
    """Where an object comes from.

    Attributes:
        file: the file that holds it, or the chart's template; None if a generator made it.
        kustomization: the Flux Kustomization that applies it; None for the root.
        release: the HelmRelease that renders it, if one does.
    """

    file: str | None
    kustomization: ObjectId | None = None
    release: ObjectId | None = None

    def __str__(self) -> str:
        through = [str(via) for via in (self.kustomization, self.release) if via]
        return f"{self.file or 'generated'}" + (f" ({', '.join(through)})" if through else "")


@dataclass(frozen=True, eq=False)
class Object:
    """One Kubernetes object that Flux would apply."""

    data: Data
    origin: Origin

    @property
    def id(self) -> ObjectId:
        return ObjectId(self.kind, self.namespace, self.name)

    @property
    def api_version(self) -> str:
        return str(self.data.get("apiVersion") or "")

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]

    @property
    def kind(self) -> str:
        return str(self.data.get("kind") or "")

    @property
    def name(self) -> str:
        return str(self.metadata.get("name") or self.metadata.get("generateName") or "")

    @property
    def namespace(self) -> str:
        return str(self.metadata.get("namespace") or "")

    @property
    def metadata(self) -> Data:
        metadata = self.data.get("metadata")
        return metadata if isinstance(metadata, dict) else {}

    @property
    def spec(self) -> Data:
        spec = self.data.get("spec")
        return spec if isinstance(spec, dict) else {}

    def get(self, *path: str | int, default: Any = None) -> Any:
        """The value at a path of keys and indices, or the default."""
        value: Any = self.data
        for part in path:
            if isinstance(value, dict):
                known = part in value
            else:
                known = isinstance(value, list) and isinstance(part, int) and part < len(value)
            if not known:
                return default
            value = value[part]
        return value


def is_flux_kustomization(item: Object) -> bool:
    """A Kustomization of Flux (kustomize's own files have the same kind)."""
    return item.kind == "Kustomization" and item.group == "kustomize.toolkit.fluxcd.io"


def is_release(item: Object) -> bool:
    return item.kind == "HelmRelease" and item.group == "helm.toolkit.fluxcd.io"

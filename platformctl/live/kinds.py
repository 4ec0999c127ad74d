"""The kinds of objects that are asked for by name in this package, each as API version and kind."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind as manifests name it, for example ``Kind("apps/v1", "Deployment")``."""

    api_version: str
    name: str


NODE = Kind("v1", "Node")
NAMESPACE = Kind("v1", "Namespace")
POD = Kind("v1", "Pod")
SERVICE = Kind("v1", "Service")
SECRET = Kind("v1", "Secret")
CONFIG_MAP = Kind("v1", "ConfigMap")
DEPLOYMENT = Kind("apps/v1", "Deployment")
STATEFUL_SET = Kind("apps/v1", "StatefulSet")
JOB = Kind("batch/v1", "Job")
HORIZONTAL_POD_AUTOSCALER = Kind("autoscaling/v2", "HorizontalPodAutoscaler")
INGRESS = Kind("networking.k8s.io/v1", "Ingress")
CUSTOM_RESOURCE_DEFINITION = Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition")
GIT_REPOSITORY = Kind("source.toolkit.fluxcd.io/v1", "GitRepository")
KUSTOMIZATION = Kind("kustomize.toolkit.fluxcd.io/v1", "Kustomization")
HELM_RELEASE = Kind("helm.toolkit.fluxcd.io/v2", "HelmRelease")

"""What platformctl's own commands run and read, whatever a cluster is made of."""

PROGRAMS = ("kubectl", "helm", "flux")
"""Where PATH has none, the toolchain's are taken."""

SCHEMAS = ("kubernetes-openapi", "flux-manifests")
"""Folders with the schemas of Kubernetes' and Flux's kinds; those of Flux are in its manifests."""

SECRETS = ("sops", "age-keygen")
"""Programs for clusters whose Secrets lie encrypted in the repository."""

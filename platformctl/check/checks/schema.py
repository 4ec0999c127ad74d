"""Every object against the schema of its kind."""

from __future__ import annotations

from collections.abc import Iterator

from platformctl.check.cluster import Cluster
from platformctl.check.finding import Finding, Severity
from platformctl.check.registry import check


@check("schema/invalid")
def fits_its_schema(cluster: Cluster) -> Iterator[Finding]:
    """An object must fit the schema of its kind, and hold no field that the schema does not know.

    The API server refuses a wrong type; an unknown field it drops, with a warning that nobody reads.
    """
    for item in cluster.objects:
        for error in cluster.schemas.errors(item):
            fix = f"did you mean {error.close}" if error.close else ""
            yield cluster.at(item, *error.field).finding(error.message, fix)


@check("schema/unknown-kind", Severity.WARNING)
def kind_is_known(cluster: Cluster) -> Iterator[Finding]:
    """There should be a schema for every kind: without one nothing says whether the object is right.

    A kind whose CustomResourceDefinition nothing installs is refused by the API server.
    """
    reported: set[tuple[str, str]] = set()
    for item in cluster.objects:
        key = (item.api_version, item.kind)
        if key not in reported and not cluster.schemas.knows(item):
            reported.add(key)
            yield cluster.at(item, "apiVersion").finding(
                f"has no schema for {item.api_version} {item.kind}, so objects of this kind are not checked"
            )

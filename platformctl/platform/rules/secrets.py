"""Where passwords and keys are kept."""

from __future__ import annotations

from collections.abc import Iterator

from platformctl.platform.choice import chosen_secrets
from platformctl.platform.rules.scope import Scope
from platformctl.platform.source import Problem


def secrets(scope: Scope) -> Iterator[Problem]:
    """The rules of this file."""
    cluster, chosen = scope.cluster, chosen_secrets(scope.cluster)
    place, recipients, name = ("secrets", "store"), ("secrets", "recipients"), ("secrets", "name")
    if chosen.store == "external":
        if cluster.target == "embedded":
            message = f'"external" is for target: existing, not for {scope.said("target")}.'
            yield scope.problem(place, message)
        if chosen.name is None:
            yield scope.problem(name, f"is required with store: external ({scope.at(place)}).")
        if chosen.recipients:
            message = f"are for store: sops, not for store: external ({scope.at(place)})."
            yield scope.problem(recipients, message)
        return
    if chosen.name is not None:
        yield scope.problem(name, f"is for store: external, not for store: sops ({scope.at(place)}).")
    if cluster.target == "embedded":
        if chosen.recipients:
            message = f"are for target: existing, not for {scope.said('target')}, which has a key of its own."
            yield scope.problem(recipients, message)
    elif cluster.login != "none" and not chosen.recipients:
        needed = f"{scope.said('login')}, which has secrets, and {scope.said('target')}"
        yield scope.problem(recipients, f"are required with {needed}.")

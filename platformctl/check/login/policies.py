"""What Istio's policies say about one request, as far as their texts decide it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from platformctl.build import Object
from platformctl.build.documents import Data
from platformctl.check.cluster import Cluster, Spot
from platformctl.check.pods import entries

Verdict = bool | None
"""None: the files do not say."""

TOKEN_HEADER = "authorization"


@dataclass(frozen=True)
class Request:
    """A request at the gateway without a token.

    Attributes:
        host: as a client sends it, with the port where the URL has one.
        headers: those that are known, by name in lower case; None for one that is not there.
    """

    host: str
    path: str = "/"
    method: str = "GET"
    headers: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Policy:
    """An AuthorizationPolicy."""

    cluster: Cluster
    item: Object

    @property
    def action(self) -> str:
        return str(self.item.spec.get("action") or "ALLOW")

    @property
    def provider(self) -> str:
        return str(self.item.get("spec", "provider", "name") or "")

    @property
    def rules(self) -> list[Data]:
        return entries(self.item.spec.get("rules"))

    def at(self, *inner: str | int) -> Spot:
        return self.cluster.at(self.item, *inner)

    def matches(self, request: Request) -> Verdict:
        """Whether it is about the request; without a rule it is about none."""
        return any_of(_rule(rule, request) for rule in self.rules)

    def hosts(self) -> Iterator[str]:
        """The patterns of hosts in its rules."""
        for operation in self._operations():
            yield from (str(host) for host in operation.get("hosts") or ())

    def principals(self) -> Iterator[tuple[tuple[str | int, ...], list[str]]]:
        """The patterns of request principals in its rules, with their fields."""
        for index, rule in enumerate(self.rules):
            for place, entry in enumerate(entries(rule.get("from"))):
                field = ("spec", "rules", index, "from", place, "source", "requestPrincipals")
                found = (entry.get("source") or {}).get("requestPrincipals")
                yield field, [str(pattern) for pattern in found or ()]

    def concerns(self, host: str) -> bool:
        """Whether it may be about a host, whatever the path and the method."""
        if not self.rules:
            return False
        operations = list(self._operations())
        return not operations or any(
            (not operation.get("hosts") or _matches_any(operation["hosts"], host))
            and not _matches_any(operation.get("notHosts"), host)
            for operation in operations
        )

    def _operations(self) -> Iterator[Data]:
        for rule in self.rules:
            for entry in entries(rule.get("to")):
                yield entry.get("operation") or {}


@dataclass(frozen=True)
class TokenRule:
    """One rule of a RequestAuthentication."""

    cluster: Cluster
    item: Object
    index: int
    data: Data

    def at(self, *inner: str | int) -> Spot:
        return self.cluster.at(self.item, "spec", "jwtRules", self.index, *inner)

    @property
    def issuer(self) -> str:
        return str(self.data.get("issuer") or "")

    @property
    def audiences(self) -> list[str]:
        return [str(each) for each in self.data.get("audiences") or ()]

    @property
    def headers(self) -> list[str]:
        """The headers that it takes a token from, in lower case."""
        named = [str(entry.get("name")).lower() for entry in entries(self.data.get("fromHeaders"))]
        others = self.data.get("fromParams") or self.data.get("fromCookies")
        return named or ([] if others else [TOKEN_HEADER])

    @property
    def passes_on(self) -> bool:
        """Whether what is behind the gateway learns who asks."""
        return bool(
            self.data.get("forwardOriginalToken")
            or self.data.get("outputPayloadToHeader")
            or self.data.get("outputClaimToHeaders")
        )


def policies(cluster: Cluster) -> list[Policy]:
    items = cluster.of("AuthorizationPolicy")
    return [Policy(cluster, item) for item in items if item.group == "security.istio.io"]


def token_rules(cluster: Cluster) -> list[TokenRule]:
    return [
        TokenRule(cluster, item, index, data)
        for item in cluster.of("RequestAuthentication")
        for index, data in enumerate(entries(item.spec.get("jwtRules")))
    ]


def allowed(those: Iterable[Policy], request: Request) -> Verdict:
    """Whether the DENY and ALLOW policies of a workload let a request through."""
    listed = list(those)
    denied = any_of(policy.matches(request) for policy in listed if policy.action == "DENY")
    allowing = [policy for policy in listed if policy.action == "ALLOW"]
    permitted = any_of(policy.matches(request) for policy in allowing) if allowing else True
    return all_of((None if denied is None else not denied, permitted))


def any_of(verdicts: Iterable[Verdict]) -> Verdict:
    seen = set(verdicts)
    return True if True in seen else None if None in seen else False


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    seen = set(verdicts)
    return False if False in seen else None if None in seen else True


def _rule(rule: Data, request: Request) -> Verdict:
    sources, targets = entries(rule.get("from")), entries(rule.get("to"))
    return all_of(
        (
            any_of(_source(entry.get("source") or {}) for entry in sources) if sources else True,
            any_of(_operation(entry.get("operation") or {}, request) for entry in targets)
            if targets
            else True,
            *(_condition(condition, request) for condition in entries(rule.get("when"))),
        )
    )


def _source(source: Data) -> Verdict:
    """Of a request without a token, from anywhere."""
    known: dict[str, Verdict] = {"requestPrincipals": False, "notRequestPrincipals": True}
    return all_of(known.get(key) for key, value in source.items() if value)


def _operation(operation: Data, request: Request) -> Verdict:
    verdicts: list[Verdict] = []
    for key, text in (("hosts", request.host), ("paths", request.path), ("methods", request.method)):
        patterns, excluded = operation.get(key), operation.get(f"not{key[0].upper()}{key[1:]}")
        verdicts.append(not patterns or _matches_any(patterns, text))
        verdicts.append(not _matches_any(excluded, text))
    if operation.get("ports") or operation.get("notPorts"):
        verdicts.append(None)
    return all_of(verdicts)


def _condition(condition: Data, request: Request) -> Verdict:
    key = str(condition.get("key") or "").lower()
    values, excluded = condition.get("values"), condition.get("notValues")
    if key.startswith("request.auth."):
        text: str | None = None
    else:
        name = key.removeprefix("request.headers[").removesuffix("]")
        if not key.startswith("request.headers[") or name not in request.headers:
            return None
        text = request.headers[name]
    if text is None:
        return not values
    return (not values or _matches_any(values, text)) and not _matches_any(excluded, text)


def _matches_any(patterns: Any, text: str) -> bool:
    return any(matches(str(pattern), text) for pattern in patterns or ())


def matches(pattern: str, text: str) -> bool:
    """Istio's comparison: exact, with a star at one end, or a path template."""
    if pattern == "*":
        return bool(text)
    if "{*}" in pattern or "{**}" in pattern:
        escaped = re.escape(pattern).replace(r"\{\*\*\}", ".*").replace(r"\{\*\}", "[^/]+")
        return re.fullmatch(escaped, text) is not None
    if pattern.startswith("*"):
        return text.endswith(pattern[1:])
    if pattern.endswith("*"):
        return text.startswith(pattern[:-1])
    return pattern == text

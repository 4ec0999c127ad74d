"""What policies say about a request from nobody, as Istio documents it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from platformctl.build import Build, Object, Origin
from platformctl.build.documents import load_one
from platformctl.check import Cluster
from platformctl.check.login.policies import Policy, Request, Verdict, allowed, matches
from tests.unit.check.cluster_of_files import schemas

CLUSTER = Cluster(Build(Path(), "clusters/c"), schemas())
NOBODY = Request(
    "www.example.com:8443",
    "/api/chat",
    "GET",
    {"authorization": None, "cookie": None, "origin": "https://a.example.com"},
)


def policy(rules: str, action: str = "ALLOW") -> Policy:
    spec: dict[str, Any] = {**load_one(rules), "action": action}
    data = {"kind": "AuthorizationPolicy", "metadata": {"name": "p"}, "spec": spec}
    return Policy(CLUSTER, Object(data, Origin("f")))


@pytest.mark.parametrize(
    ("rules", "verdict"),
    [
        ("{}", False),
        ("rules: []", False),
        ("rules: [{}]", True),
        ("rules: [{to: [{operation: {hosts: [www.example.com]}}]}]", False),
        ('rules: [{to: [{operation: {hosts: ["www.example.com:*"]}}]}]', True),
        ('rules: [{to: [{operation: {hosts: ["*"], notHosts: ["www.*"]}}]}]', False),
        ("rules: [{to: [{operation: {paths: [/api/*]}}]}]", True),
        ("rules: [{to: [{operation: {notPaths: [/api/*]}}]}]", False),
        ("rules: [{to: [{operation: {methods: [POST]}}, {operation: {methods: [GET]}}]}]", True),
        (
            "rules: [{to: [{operation: {notMethods: [GET]}}]}, {to: [{operation: {paths: [/api/chat]}}]}]",
            True,
        ),
        ('rules: [{to: [{operation: {ports: ["443"]}}]}]', None),
        ('rules: [{to: [{operation: {ports: ["443"], methods: [POST]}}]}]', False),
        ('rules: [{from: [{source: {requestPrincipals: ["*"]}}]}]', False),
        ('rules: [{from: [{source: {notRequestPrincipals: ["*"]}}]}]', True),
        ("rules: [{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}]", None),
        ('rules: [{from: [{source: {ipBlocks: [10.0.0.0/8], requestPrincipals: ["*"]}}]}]', False),
        ('rules: [{when: [{key: "request.auth.claims[groups]", values: [a]}]}]', False),
        ('rules: [{when: [{key: "request.auth.claims[groups]", notValues: [a]}]}]', True),
        ('rules: [{when: [{key: "request.headers[Origin]", values: ["https://*"]}]}]', True),
        ('rules: [{when: [{key: "request.headers[cookie]", values: ["*"]}]}]', False),
        ('rules: [{when: [{key: "request.headers[x-other]", values: ["*"]}]}]', None),
        (
            "rules: [{when: [{key: source.ip, values: [10.0.0.1]}], to: [{operation: {methods: [PUT]}}]}]",
            False,
        ),
    ],
)
def test_matches(rules: str, verdict: Verdict) -> None:
    assert policy(rules).matches(NOBODY) is verdict


ALL, NONE, MAYBE = "rules: [{}]", "{}", "rules: [{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}]"


@pytest.mark.parametrize(
    ("policies", "verdict"),
    [
        ([], True),
        ([(ALL, "ALLOW")], True),
        ([(NONE, "ALLOW")], False),
        ([(NONE, "ALLOW"), (ALL, "ALLOW")], True),
        ([(ALL, "DENY"), (ALL, "ALLOW")], False),
        ([(NONE, "DENY")], True),
        ([(MAYBE, "DENY"), (ALL, "ALLOW")], None),
        ([(MAYBE, "DENY"), (NONE, "ALLOW")], False),
        ([(MAYBE, "ALLOW")], None),
        ([(NONE, "CUSTOM"), (ALL, "AUDIT")], True),
    ],
)
def test_allowed(policies: list[tuple[str, str]], verdict: Verdict) -> None:
    assert allowed([policy(*each) for each in policies], NOBODY) is verdict


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("*", "", False),
        ("*", "x", True),
        ("/a/*", "/a/b/c", True),
        ("/a/*", "/a", False),
        ("*.b", "a.b", True),
        ("/a/{*}/c", "/a/b/c", True),
        ("/a/{*}/c", "/a/b/b/c", False),
        ("/a/{**}", "/a/b/c", True),
    ],
)
def test_patterns(pattern: str, text: str, found: bool) -> None:
    assert matches(pattern, text) is found


@pytest.mark.parametrize(
    ("rules", "about"),
    [
        ("{}", False),
        ("rules: [{}]", True),
        ("rules: [{to: [{operation: {hosts: [a.example.com]}}]}]", False),
        ('rules: [{to: [{operation: {hosts: ["www.example.com:*"], methods: [PUT]}}]}]', True),
        ('rules: [{to: [{operation: {notHosts: ["www.example.com:*"]}}]}]', False),
    ],
)
def test_concerns(rules: str, about: bool) -> None:
    assert policy(rules).concerns(NOBODY.host) is about

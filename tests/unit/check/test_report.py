"""The formats that other tools read."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from platformctl.build import Place
from platformctl.check import CHECKS, FORMATS, Finding, Report, Severity
from platformctl.check.finding import Owner

FOUND = (
    Finding(
        "reference/service",
        Severity.ERROR,
        "Ingress n/i",
        "spec.x",
        'calls Service "n/a|b"',
        Place("apps/i.yaml", 7),
        "fix it",
        (Owner("Service n/a", "spec", Place("apps/s.yaml", 3)), Owner("Secret n/s", "", None)),
    ),
    Finding("reference/secret", Severity.WARNING, "Deployment n/d", "", "needs <x>", None),
)
STALE = Finding("render/stale", Severity.ERROR, "a.yaml", "", "is missing", Place("a.yaml", 0))
REPORTS = [
    Report("", 0, (STALE,)),
    Report("clusters/a", 12, FOUND, ("a note",)),
    Report("clusters/b", 1, ()),
]


def test_json() -> None:
    report = json.loads(FORMATS["json"](REPORTS))
    first, second = report["clusters"]
    assert report["repository"]["findings"][0]["line"] == 0
    assert first["findings"][0] == {
        "code": "reference/service",
        "severity": "error",
        "object": "Ingress n/i",
        "path": "spec.x",
        "message": 'calls Service "n/a|b"',
        "file": "apps/i.yaml",
        "line": 7,
        "fix": "fix it",
        "others": [
            {"object": "Service n/a", "path": "spec", "file": "apps/s.yaml", "line": 3},
            {"object": "Secret n/s", "path": "", "file": None, "line": None},
        ],
    }
    assert first["notes"] == ["a note"]
    assert (second["objects"], second["findings"]) == (1, [])


def test_sarif() -> None:
    (run,) = json.loads(FORMATS["sarif"](REPORTS))["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == sorted(CHECKS)
    whole, error, warning = run["results"]
    assert whole["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": "a.yaml"}}}]
    assert (error["ruleId"], error["level"]) == ("reference/service", "error")
    physical = error["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "apps/i.yaml"
    assert physical["region"]["startLine"] == 7
    assert error["message"]["text"] == (
        'Ingress n/i spec.x calls Service "n/a|b".'
        " Against: Service n/a spec (apps/s.yaml:3); Secret n/s. Fix: fix it"
    )
    (related,) = error["relatedLocations"]
    assert related["message"]["text"] == "Service n/a spec"
    assert related["physicalLocation"]["region"]["startLine"] == 3
    assert "relatedLocations" not in warning
    assert warning["level"] == "warning"
    assert "locations" not in warning


def test_junit() -> None:
    whole, first, second = ElementTree.fromstring(FORMATS["junit"](REPORTS))
    assert (whole.get("name"), whole.get("failures")) == ("repository", "1")
    assert {case.get("name") for case in whole}.isdisjoint({case.get("name") for case in first})
    assert (first.get("failures"), second.get("failures")) == ("1", "0")
    assert len(whole) + len(first) == len(whole) + len(second) == len(CHECKS)
    failures = {
        case.get("name"): failure.get("message")
        for case in first
        if (failure := case.find("failure")) is not None
    }
    assert failures == {"reference/service": "1 finding"}
    (warned,) = [case for case in first if case.find("system-out") is not None]
    assert warned.findtext("system-out") == "- Deployment n/d needs <x>."


def test_markdown() -> None:
    text = FORMATS["markdown"](REPORTS)
    assert text.startswith("### repository\n\n1 error, 0 warnings\n")
    assert "| error | `render/stale` | a.yaml | a.yaml is missing. |" in text
    assert "### clusters/a\n\n12 objects, 1 error, 1 warning\n" in text
    assert "| error | `reference/service` | apps/i.yaml:7 | Ingress n/i spec.x calls " in text
    assert 'Service "n/a\\|b". Against: Service n/a spec (apps/s.yaml:3); Secret n/s. Fix: fix it |\n' in text
    assert text.endswith("### clusters/b\n\n1 object, 0 errors, 0 warnings\n")

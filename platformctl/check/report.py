"""Findings in the formats that other tools read. The command line has one of its own for people."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any
from xml.etree import ElementTree

from platformctl.build import Place
from platformctl.check.checkout import Checkout
from platformctl.check.cluster import Cluster
from platformctl.check.finding import Finding, Severity
from platformctl.check.registry import CHECKS, Check


@dataclass(frozen=True)
class Report:
    """What was found in one cluster, or in the repository as a whole.

    Attributes:
        cluster: its folder in the repository; empty for the repository as a whole.
        objects: how many objects were looked at.
        findings: sorted.
        notes: what was left out or taken for granted.
    """

    cluster: str
    objects: int
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.cluster or "repository"

    @property
    def checks(self) -> list[Check]:
        """All that could have found something, by code."""
        about = Cluster if self.cluster else Checkout
        return [CHECKS[code] for code in sorted(CHECKS) if CHECKS[code].about is about]

    def count(self, severity: Severity) -> int:
        return sum(finding.severity is severity for finding in self.findings)


def counted(number: int, noun: str) -> str:
    """``1 error``, ``2 errors``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def as_json(reports: Sequence[Report]) -> str:
    """One object with the findings of the repository as a whole, and a list of clusters."""
    whole = [_plain(finding) for report in reports if not report.cluster for finding in report.findings]
    clusters = [
        {
            "cluster": report.cluster,
            "objects": report.objects,
            "findings": [_plain(finding) for finding in report.findings],
            "notes": list(report.notes),
        }
        for report in reports
        if report.cluster
    ]
    return json.dumps({"repository": {"findings": whole}, "clusters": clusters}, indent=2) + "\n"


def as_sarif(reports: Sequence[Report]) -> str:
    """SARIF 2.1.0, which code hosts show beside the lines."""
    levels = {Severity.ERROR: "error", Severity.WARNING: "warning"}
    rules = [
        {
            "id": check.code,
            "shortDescription": {"text": check.summary},
            "fullDescription": {"text": check.documentation},
            "defaultConfiguration": {"level": levels[check.severity]},
        }
        for check in (CHECKS[code] for code in sorted(CHECKS))
    ]
    results = []
    for report in reports:
        for finding in report.findings:
            result: dict[str, Any] = {
                "ruleId": finding.code,
                "level": levels[finding.severity],
                "message": {"text": _sentence(finding)},
                "properties": {"cluster": report.name, "object": finding.object, "path": finding.path},
            }
            if finding.place:
                result["locations"] = [_location(finding.place)]
            related = [
                {"message": {"text": f"{other.object} {other.path}".strip()}, **_location(other.place)}
                for other in finding.others
                if other.place
            ]
            if related:
                result["relatedLocations"] = related
            results.append(result)
    driver = {"name": "platformctl", "version": version("platformctl"), "rules": rules}
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
    return json.dumps(document, indent=2) + "\n"


def as_junit(reports: Sequence[Report]) -> str:
    """JUnit XML: a suite for each cluster, a case for each check; only errors fail a case."""
    root = ElementTree.Element("testsuites")
    for report in reports:
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=report.name,
            tests=str(len(report.checks)),
            failures=str(len({f.code for f in report.findings if f.severity is Severity.ERROR})),
        )
        for check in report.checks:
            case = ElementTree.SubElement(suite, "testcase", classname=report.name, name=check.code)
            found = [finding for finding in report.findings if finding.code == check.code]
            text = "\n".join(f"{finding.place or '-'} {_sentence(finding)}" for finding in found)
            if any(finding.severity is Severity.ERROR for finding in found):
                message = counted(len(found), "finding")
                ElementTree.SubElement(case, "failure", message=message).text = text
            elif found:
                ElementTree.SubElement(case, "system-out").text = text
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def as_markdown(reports: Sequence[Report]) -> str:
    """A table for each cluster, for a comment on a change."""
    lines: list[str] = []
    for report in reports:
        errors, warnings = report.count(Severity.ERROR), report.count(Severity.WARNING)
        lines += [f"### {report.name}", ""]
        counts = [counted(report.objects, "object")] if report.cluster else []
        counts += [counted(errors, "error"), counted(warnings, "warning")]
        lines += [", ".join(counts), ""]
        if report.findings:
            lines += ["| | code | place | finding |", "|---|---|---|---|"]
            lines += [
                f"| {finding.severity} | `{finding.code}` | {finding.place or ''} | "
                + _sentence(finding).replace("|", "\\|").replace("\n", "<br>")
                + " |"
                for finding in report.findings
            ]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


FORMATS: dict[str, Callable[[Sequence[Report]], str]] = {
    "json": as_json,
    "junit": as_junit,
    "markdown": as_markdown,
    "sarif": as_sarif,
}


def _plain(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "object": finding.object,
        "path": finding.path,
        "message": finding.message,
        **_where(finding.place),
        "fix": finding.fix,
        "others": [
            {"object": other.object, "path": other.path, **_where(other.place)} for other in finding.others
        ],
    }


def _where(place: Place | None) -> dict[str, Any]:
    return {"file": place.file if place else None, "line": place.line if place else None}


def _location(place: Place) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": {"uri": place.file}}
    if place.line:
        location["region"] = {"startLine": place.line}
    return {"physicalLocation": location}


def _sentence(finding: Finding) -> str:
    path = f" {finding.path}" if finding.path else ""
    fix = f" Fix: {finding.fix}" if finding.fix else ""
    others = f" Against: {'; '.join(map(str, finding.others))}." if finding.others else ""
    return f"{finding.object}{path} {finding.message}.{others}{fix}"

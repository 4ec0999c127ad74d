"""All checks together: a mistake is told once, by its cause."""

from __future__ import annotations

from pathlib import Path

from platformctl.check import Cluster, Severity, run_checks
from platformctl.platform import load
from tests.unit.check.cluster_of_files import build_of, cluster_of, schemas

ROOT = Path(__file__).parents[3]
LEFT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: d, namespace: default}
spec:
  selector: {}
  replicas: ${NOPE}
  colour: red
"""
CLAIM = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: c, namespace: default}
spec: {storageClassName: fast}
"""


def test_what_follows_from_a_variable_that_stays_is_not_told(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(LEFT)
    assert [(finding.code, finding.path, finding.severity) for finding in run_checks(cluster_of(file))] == [
        ("substitution/left", "spec.replicas", Severity.ERROR),
        ("schema/invalid", "spec.colour", Severity.ERROR),
    ]


def test_an_embedded_cluster_has_no_classes_but_those_of_the_repository(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(CLAIM)
    embedded = load(ROOT).cluster("service")
    for declared, severities in ((None, []), (embedded, [Severity.ERROR])):
        found = run_checks(Cluster(build_of(file), schemas(), declared))
        wanted = [finding for finding in found if finding.code == "reference/storage-class"]
        assert [finding.severity for finding in wanted] == severities

"""Findings over the objects of a cluster. Pure: objects in, findings out."""

from platformctl.check import checks
from platformctl.check.cluster import Cluster
from platformctl.check.finding import Finding, Severity
from platformctl.check.registry import CHECKS, Check, run_checks
from platformctl.check.report import FORMATS, Report
from platformctl.check.schemas import Schemas

__all__ = [
    "CHECKS",
    "FORMATS",
    "Check",
    "Cluster",
    "Finding",
    "Report",
    "Schemas",
    "Severity",
    "checks",
    "run_checks",
]

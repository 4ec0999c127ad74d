"""Findings over the objects of a cluster. Pure: objects in, findings out."""

from platformctl.check import checks
from platformctl.check.checkout import Checkout
from platformctl.check.cluster import Cluster
from platformctl.check.finding import Finding, Severity
from platformctl.check.registry import CHECKS, Check, run_checks
from platformctl.check.report import FORMATS, Report, counted
from platformctl.check.schemas import Schemas

__all__ = [
    "CHECKS",
    "FORMATS",
    "Check",
    "Checkout",
    "Cluster",
    "Finding",
    "Report",
    "Schemas",
    "Severity",
    "checks",
    "counted",
    "run_checks",
]

"""What runs on a cluster and what is wrong with it, on one screen."""

from platformctl.live.status.hosts import Host
from platformctl.live.status.observe import Observed, observe
from platformctl.live.status.report import ModelRow, Status, report
from platformctl.live.status.row import Row
from platformctl.live.status.submodules import Submodules
from platformctl.live.status.trouble import Trouble

__all__ = ["Host", "ModelRow", "Observed", "Row", "Status", "Submodules", "Trouble", "observe", "report"]

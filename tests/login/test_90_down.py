"""`platformctl down` leaves nothing of this cluster on the machine either."""

from tests.e2e.test_90_down import test_down_leaves_nothing_behind, test_one_more_down_is_well

__all__ = ["test_down_leaves_nothing_behind", "test_one_more_down_is_well"]

"""All scenarios, in the order in which they run."""

from tests.chaos import broker_faults, kills, postgres_faults
from tests.chaos.scenario import SCENARIOS

__all__ = ["SCENARIOS", "broker_faults", "kills", "postgres_faults"]

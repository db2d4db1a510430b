"""What every test of the producer's commands may ask for by name."""

from tests.integration.producer.shell import shell

__all__ = ["shell"]

"""A sample agency: an outside program, which knows the product's public interface and none of its code."""

from tellusonce.simulation.behaviour import Behaviour
from tellusonce.simulation.server import run

__all__ = ["Behaviour", "run"]

"""Sample agencies: an outside program, which knows the product's public interface and none of its code."""

from tellusonce.simulation.behaviour import Behaviour
from tellusonce.simulation.member import Member
from tellusonce.simulation.server import run

__all__ = ["Behaviour", "Member", "run"]

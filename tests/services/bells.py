"""The doorbell, as one that only notes who rang."""

from collections.abc import Iterable


class Bells(list[str]):
    """The doorbell's outer port: what was rung, in its order."""

    def ring(self, agencies: Iterable[str]) -> None:
        self.extend(sorted(agencies))

    def close(self) -> None:
        """Nothing waits."""

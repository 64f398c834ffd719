"""The trail: sealed, verified, and proved by receipts."""

from functools import cached_property, partial

from tellusonce.persistence.checkpoint_key import CheckpointKey, PublicKeys
from tellusonce.persistence.database import Database
from tellusonce.persistence.published_checkpoints import published_file
from tellusonce.persistence.sealed_trail import StoredTrail
from tellusonce.persistence.sealing import Sealing
from tellusonce.services.seal import Seal
from tellusonce.services.trail_receipts import TrailReceipts
from tellusonce.services.verify_trail import VerifyTrail
from tellusonce.settings import Settings


class Trail:
    """What is done with the trail as a whole; entries are written by whatever they speak of."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database

    @cached_property
    def seal(self) -> Seal:
        """Sealing the trail. Raises SecretUnusable when a checkpoint is signed."""
        settings = self._settings
        return Seal(
            store=Sealing(self._database),
            signer=lambda: self.checkpoint_key,
            published=partial(published_file, settings.checkpoint_path),
            limit=settings.seal_limit,
            checkpoint_seconds=settings.checkpoint_seconds,
            checkpoint_limit=settings.checkpoint_limit,
        )

    @cached_property
    def checkpoint_key(self) -> CheckpointKey:
        """The key that signs checkpoints. Raises SecretUnusable."""
        return CheckpointKey(self._settings.checkpoint_key_path)

    def verify(self, public_keys: PublicKeys) -> VerifyTrail:
        """Verifying the trail by these keys."""
        return VerifyTrail(StoredTrail(self._database), public_keys)

    @cached_property
    def receipts(self) -> TrailReceipts:
        """Giving receipts of trails."""
        return TrailReceipts(StoredTrail(self._database))

"""Places: folders of this machine or of an SFTP server, through which files go to an agency and come from it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tellusonce.channels.folders import folder_place
from tellusonce.channels.sftp import SftpLimits, sftp_place
from tellusonce.domain.channel import Folder, Sftp
from tellusonce.services.batch_files import Place


class Places:
    """Brings agencies' places within reach; a folder's relative path starts at `files_dir`."""

    def __init__(self, files_dir: Path, limits: SftpLimits) -> None:
        self._files_dir = files_dir
        self._limits = limits

    @contextmanager
    def reach(self, declared: Folder | Sftp) -> Iterator[Place]:
        """The place, let go of at the end. Raises PlaceUnreachable, PlaceTimedOut."""
        if isinstance(declared, Folder):
            with folder_place(self._files_dir / declared.path) as folder:
                yield folder
        else:
            with sftp_place(declared, self._limits) as server:
                yield server

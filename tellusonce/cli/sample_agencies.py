"""Sample agencies that answer, as processes beside the service: one each, or one for all of them."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tellusonce.bootstrap import Service
from tellusonce.cli.ports import free_port
from tellusonce.cli.supervisor import Supervisor
from tellusonce.domain.agency import Agency
from tellusonce.domain.channel import BatchFile, Email, Folder, Inbox, Pull, Push
from tellusonce.services.api_keys import Principal, Role
from tellusonce.settings import PREFIX, Settings
from tellusonce.simulation.behaviour import Channel

_SECRETS = "SAMPLE_AGENCY_SECRETS"
_API_KEY = "SAMPLE_AGENCY_API_KEY"
_PROGRAM = (sys.executable, "-m", "tellusonce.simulation")
_MAIL_FROM = "tellusonce@example.org"

Samples = Mapping[str, Sequence[str]]
"""Each one's options beside its channel, by its code."""


class SampleAgencies:
    """Starts them. An agency whose files lie on an SFTP server is left out: that server is somebody's."""

    def __init__(self, settings: Settings, service: Service, children: Supervisor, api_url: str) -> None:
        self._settings = settings
        self._service = service
        self._children = children
        self._api_url = api_url

    def start_apart(self, samples: Samples) -> dict[str, str]:
        """A process for each, `agency-CODE`; gives the settings by which the service finds them."""
        urls = {}
        for code, options in self._played(samples).items():
            port = free_port()
            command = [*_PROGRAM, "--agency", code, "--port", str(port), "--api-url", self._api_url]
            command += ["--secret-env", _SECRETS, "--api-key-env", _API_KEY, *options]
            environment = {_SECRETS: " ".join(self._secrets(code)), _API_KEY: self._api_key(code)}
            self._children.start(f"agency-{code}", command, environment)
            urls[code] = f"http://127.0.0.1:{port}/"
        return self._push_urls(urls)

    def start_together(self, samples: Samples) -> dict[str, str]:
        """One process for all of them, `agencies`; gives the settings by which the service finds them."""
        played = self._played(samples)
        if not played:
            return {}
        listed = [
            {"agency": code, "secrets": self._secrets(code), "api_key": self._api_key(code), "options": options}
            for code, options in played.items()
        ]
        path = self._settings.data_dir / "sample-agencies.json"
        _write_private(path, listed)
        port, mail_port = free_port(), free_port()
        command = [*_PROGRAM, "--agencies", str(path), "--port", str(port), "--api-url", self._api_url]
        mail = {} if self._settings.smtp_host else _mail_settings(mail_port)
        self._children.start("agencies", [*command, *(("--mail-port", str(mail_port)) if mail else ())], {})
        return self._push_urls({code: f"http://127.0.0.1:{port}/{code}/" for code in played}) | mail

    def _played(self, samples: Samples) -> dict[str, list[str]]:
        channels = {code: self._channel_options(code) for code in samples}
        return {code: [*chosen, *samples[code]] for code, chosen in channels.items() if chosen}

    def _channel_options(self, code: str) -> list[str]:
        channel, folder = sample_channel(self._service.agencies[code], self._settings.data_dir)
        return [*(("--channel", channel) if channel else ()), *(("--folder", str(folder)) if folder else ())]

    def _secrets(self, code: str) -> list[str]:
        return list(self._service.signing_keys.secrets(code))

    def _api_key(self, code: str) -> str:
        return self._service.api_keys.issue(Principal("sample agency", Role.AGENCY, agency=code))

    def _push_urls(self, urls: Mapping[str, str]) -> dict[str, str]:
        pushed = {code: url for code, url in urls.items() if isinstance(self._service.agencies[code].channel, Push)}
        set_already = {code: str(url) for code, url in self._settings.push_urls.items()}
        return {f"{PREFIX}PUSH_URLS": json.dumps({**set_already, **pushed})}


def sample_channel(agency: Agency, data_dir: Path) -> tuple[Channel | None, Path | None]:
    """How a sample of the agency is reached, and its folder; neither where its files lie on an SFTP server."""
    match agency.channel:
        case Inbox() | Email():
            return "inbox", None
        case BatchFile(place=Folder(path=path)):
            return "file", data_dir / "files" / path
        case BatchFile():
            return None, None
        case Push() | Pull() as channel:
            return channel.kind, None


def _mail_settings(port: int) -> dict[str, str]:
    values = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(port), "SMTP_SECURITY": "none", "EMAIL_FROM": _MAIL_FROM}
    return {f"{PREFIX}{name}": value for name, value in values.items()}


def _write_private(path: Path, content: Any) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(json.dumps(content))

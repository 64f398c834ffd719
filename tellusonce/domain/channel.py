"""Channels: the ways in which an agency is reached."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import EmailStr, Field, HttpUrl

from tellusonce.domain.declared import Declared, Text


class Push(Declared):
    """Reached by a signed HTTP POST."""

    kind: Literal["push"]
    url: HttpUrl
    batch_limit: Annotated[int, Field(ge=1, le=1_000)] = 1
    """Most notifications in one request; over 1 they are sent in the CloudEvents batch format."""
    gzip: bool = False
    """Whether bodies are sent compressed (Content-Encoding: gzip)."""
    at_once: Annotated[int, Field(ge=1, le=256)] = 64
    """Most requests under way at once from one process."""
    per_second: Annotated[float, Field(gt=0)] | None = None
    """Most requests a second from one process."""
    client_certificate: Path | None = None
    """PEM file with the certificate and key by which the service shows who it is (mutual TLS)."""


class Pull(Declared):
    """Takes its notifications under leases, by the API."""

    kind: Literal["pull"]


class Layout(StrEnum):
    """How a batch file is written."""

    CSV = "csv"
    JSON_LINES = "jsonl"
    XML = "xml"


class Every(StrEnum):
    """How often a batch file is made."""

    HOUR = "hour"
    NIGHT = "night"


class Folder(Declared):
    """A folder of this machine; a relative path starts at the data folder's `files`."""

    kind: Literal["folder"]
    path: Path


class Sftp(Declared):
    """A folder of an SFTP server whose host key is known."""

    kind: Literal["sftp"]
    host: Text
    port: Annotated[int, Field(ge=1, le=65_535)] = 22
    user: Text
    key_file: Path
    """The private key by which the service signs in."""
    known_hosts_file: Path
    """The host's public key, in OpenSSH's form: no other host is spoken to."""
    path: Path


class BatchFile(Declared):
    """Reached by batch files, and answers by acknowledgement files."""

    kind: Literal["file"]
    layout: Layout
    every: Every
    place: Annotated[Folder | Sftp, Field(discriminator="kind")]
    """Holds `outgoing` for batch files and `acknowledgements` for the agency's."""


class Sender(StrEnum):
    """Who carries an e-mail."""

    SMTP = "smtp"
    NOTIFY = "notify"  # GOV.UK Notify


class Email(Declared):
    """Told by e-mail, without facts, that something waits in the inbox."""

    kind: Literal["email"]
    address: EmailStr
    sender: Sender = Sender.SMTP


class Inbox(Declared):
    """Opens its notifications in the web inbox."""

    kind: Literal["inbox"]


Channel = Annotated[Push | Pull | BatchFile | Email | Inbox, Field(discriminator="kind")]

"""A mail server that takes e-mails, and sending through it."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tellusonce.channels.email import EmailOutbox
from tellusonce.channels.smtp import MailServer, SmtpCarrier
from tellusonce.cli.ports import free_port
from tellusonce.rendering.notice import NoticeRenderer
from tellusonce.services.deliver import Answer, Claimed
from tellusonce.services.notice import WriteNotice
from tellusonce.settings import Settings, SmtpSecurity
from tests.builders import an_agency

URL = "https://tellusonce.example.org"
SENDER = "notices@tellusonce.example.org"
ADDRESS = "bereavements@holmshire.example.org"
USER, PASSWORD = "tellusonce", "an invented password"
NOW = datetime(2026, 3, 19, 10, 15, 30, tzinfo=UTC)


class Postbox:
    """Keeps what comes in, and answers each step as it is told to."""

    def __init__(self, **replies: str) -> None:
        self.envelopes: list[Envelope] = []
        self.was_encrypted: list[bool] = []
        self._replies = replies

    @property
    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(each.content or b"", policy=policy.default) for each in self.envelopes]  # type: ignore[arg-type]

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self._replies.get("mail", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self._replies.get("rcpt", "250 OK")

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        self.was_encrypted.append(server.transport is not None and bool(server.transport.get_extra_info("cipher")))
        return self._replies.get("data", "250 OK")


def _only_ours(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any) -> AuthResult:
    assert isinstance(given, LoginPassword)
    return AuthResult(success=(given.login, given.password) == (USER.encode(), PASSWORD.encode()), handled=False)


@contextmanager
def mail_server(
    postbox: Postbox, certificate: Path, security: SmtpSecurity = SmtpSecurity.STARTTLS, **options: Any
) -> Iterator[MailServer]:
    """A mail server with this certificate; gives how it is reached by who trusts it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    ways: dict[SmtpSecurity, dict[str, Any]] = {
        SmtpSecurity.STARTTLS: {"tls_context": context, "require_starttls": True},
        SmtpSecurity.TLS: {"ssl_context": context},
        SmtpSecurity.NONE: {},
    }
    server = Controller(postbox, "127.0.0.1", free_port(), **ways[security], **options)
    server.start()
    try:
        yield reached_at(server.port, certificate, security)
    finally:
        server.stop()


def signing_in() -> dict[str, Any]:
    """Options of a mail server that serves nobody but us."""
    return {"auth_required": True, "authenticator": _only_ours}


def reached_at(port: int, certificate: Path | None, security: SmtpSecurity) -> MailServer:
    """A mail server on this machine, with tight limits."""
    return MailServer("127.0.0.1", port, security, certificate, None, None, connect_seconds=1, total_seconds=1.5)


def email_outbox(server: MailServer, **overrides: Any) -> EmailOutbox:
    """E-mails to an agency by this server."""
    carrier = SmtpCarrier(server, SENDER, ADDRESS, lambda: NOW)
    return EmailOutbox(
        carrier, write_notice(), **{"claim_limit": 50, "lease_seconds": 60, "send_within_seconds": 40} | overrides
    )


def write_notice() -> WriteNotice:
    """By the templates that are shipped."""
    agency = an_agency()
    return NoticeRenderer(Settings().templates_dir, {agency.code: agency}, URL).render


def sent(outbox: EmailOutbox, *claims: Claimed) -> list[Answer]:
    """What came of these, in their order; their messages hold what must not leave."""
    outbox.send([(claimed, b"a message with facts") for claimed in claims])
    answers: list[Answer] = []
    while outbox.under_way:
        answers += outbox.answers()
    return sorted(answers, key=lambda answer: claims.index(answer.claimed))

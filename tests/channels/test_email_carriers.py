"""Who carries an agency's e-mails, by the settings."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tellusonce.channels.email import Carrier
from tellusonce.channels.email_carriers import email_carrier
from tellusonce.domain.channel import Email
from tellusonce.services.deliver import Result
from tellusonce.settings import Settings, WrongSetting
from tests.channels.certificates import a_certificate
from tests.channels.mailing import ADDRESS, PASSWORD, SENDER, USER, Postbox, mail_server, signing_in, write_notice
from tests.channels.notify import SECRET, SERVICE_ID, TEMPLATE_ID, notify
from tests.rendering.claims import a_claimed


def carrier(sender: str, **given: Any) -> Carrier:
    channel = Email(kind="email", address=ADDRESS, sender=sender)
    return email_carrier(Settings(**given), channel, lambda: datetime.now(UTC))


def a_file(folder: Path, content: str) -> Path:
    path = folder / "secret"
    path.write_text(content + "\n")
    return path


def test_a_mail_server_is_reached_as_the_settings_say(tmp_path: Path) -> None:
    """At its port, encrypted, under the name and with the password of the file."""
    postbox, claimed = Postbox(), a_claimed()
    with mail_server(postbox, a_certificate(tmp_path), **signing_in()) as server:
        by_smtp = carrier(
            "smtp",
            smtp_host=server.host,
            smtp_port=server.port,
            smtp_ca_file=server.ca_file,
            smtp_user=USER,
            smtp_password_file=a_file(tmp_path, PASSWORD),
            email_from=SENDER,
        )
        assert by_smtp.carry(write_notice()([claimed]), [claimed]).result is Result.DELIVERED
    assert postbox.was_encrypted == [True]


def test_notify_is_reached_as_the_settings_say(tmp_path: Path) -> None:
    """At its address, with the key of the file, for our template."""
    claimed = a_claimed()
    with notify() as running:
        by_notify = carrier(
            "notify",
            notify_url=running.url,
            notify_api_key_file=a_file(tmp_path, f"our_key-{SERVICE_ID}-{SECRET}"),
            notify_template_id=TEMPLATE_ID,
        )
        assert by_notify.carry(write_notice()([claimed]), [claimed]).result is Result.DELIVERED
    assert [asked["template_id"] for asked in running.asked] == [TEMPLATE_ID]


@pytest.mark.parametrize(
    ("sender", "given", "named"),
    [
        ("smtp", {}, "SMTP_HOST"),
        ("smtp", {"smtp_host": "mail.example.org"}, "EMAIL_FROM"),
        ("smtp", {"smtp_host": "mail.example.org", "smtp_user": USER, "email_from": SENDER}, "SMTP_PASSWORD_FILE"),
        ("notify", {}, "NOTIFY_TEMPLATE_ID"),
        ("notify", {"notify_template_id": UUID(int=1)}, "NOTIFY_API_KEY_FILE"),
    ],
)
def test_what_is_needed_and_not_set_is_named(sender: str, given: dict[str, Any], named: str) -> None:
    """One line names the setting."""
    with pytest.raises(WrongSetting, match=f"^TELLUSONCE_{named}: "):
        carrier(sender, **given)

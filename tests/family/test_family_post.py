"""Messages to families, as they leave: by GOV.UK Notify or by a mail server, without a fact."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from tellusonce.channels.family_post import FamilyPost
from tellusonce.domain.family import Way
from tellusonce.domain.language import Language
from tellusonce.rendering.family_notice import FamilyNoticeRenderer
from tellusonce.services.family_wishes import FamilyMessage
from tellusonce.settings import Settings, SmtpSecurity
from tests.channels.certificates import a_certificate
from tests.channels.mailing import SENDER, Postbox, mail_server
from tests.channels.notify import SECRET, SERVICE_ID, TEMPLATE_ID, Notify, an_error, notify

ADDRESS, TELEPHONE = "daniel.holloway@example.org", "+447700900123"
PAGE_URL = "https://tellusonce.example.org/family"
STOP_URL = f"{PAGE_URL}/stop/a-token"
NOW = datetime(2026, 3, 19, 9, tzinfo=UTC)


def a_post(settings: Settings) -> FamilyPost:
    notice = FamilyNoticeRenderer(settings.templates_dir, PAGE_URL, lambda _: STOP_URL)
    return FamilyPost(settings, notice.render, lambda _: STOP_URL, lambda: NOW)


def a_message(**overrides: Any) -> FamilyMessage:
    named: dict[str, Any] = {
        "contact": uuid7(),
        "day": date(2026, 3, 19),
        "way": Way.EMAIL,
        "address": ADDRESS,
        "language": Language.ENGLISH,
        "news": True,
        "reminder": False,
        "attempt": 1,
    }
    return FamilyMessage(**named | overrides)


def by_notify(running: Notify, folder: Path) -> Settings:
    key = folder / "notify.key"
    key.write_text(f"our_key-{SERVICE_ID}-{SECRET}")
    return Settings(
        notify_url=running.url, notify_api_key_file=key, notify_template_id=TEMPLATE_ID, email_total_seconds=1
    )


def test_an_email_leaves_by_notify_where_that_is_set(tmp_path: Path) -> None:
    """With the same reference on every attempt."""
    with notify() as running:
        message = a_message()
        assert a_post(by_notify(running, tmp_path)).carry(message) is True
    (asked,) = running.asked
    assert (asked["email_address"], asked["reference"]) == (ADDRESS, f"{message.contact}.2026-03-19")
    assert asked["personalisation"]["subject"] == "There is news for you to read"
    assert PAGE_URL in asked["personalisation"]["body"]
    assert STOP_URL in asked["personalisation"]["body"]


def test_an_email_leaves_by_the_mail_server_else(tmp_path: Path) -> None:
    """In Welsh where that was wished for; mail programs are told how it is stopped."""
    postbox = Postbox()
    with mail_server(postbox, a_certificate(tmp_path), SmtpSecurity.NONE) as server:
        settings = Settings(
            smtp_host=server.host, smtp_port=server.port, smtp_security=SmtpSecurity.NONE, email_from=SENDER
        )
        assert a_post(settings).carry(a_message(language=Language.WELSH, news=False, reminder=True)) is True
    (mail,) = postbox.messages
    assert (mail["To"], mail["List-Unsubscribe"]) == (ADDRESS, f"<{STOP_URL}>")
    assert mail["Subject"] == "Mae diwrnod olaf i hawlio help yn agos"


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(("news", "reminder"), [(True, False), (False, True), (True, True)])
def test_a_message_holds_nothing_but_that_there_is_something_to_read(
    language: Language, *, news: bool, reminder: bool
) -> None:
    """And where; it has no reference."""
    written = FamilyNoticeRenderer(Settings().templates_dir, PAGE_URL, lambda _: STOP_URL)
    for way in Way:
        notice = written.render(a_message(way=way, language=language, news=news, reminder=reminder))
        assert PAGE_URL in notice.body
        assert STOP_URL in notice.body
        assert ADDRESS not in notice.subject + notice.body
        assert bool(notice.subject) == (way is Way.EMAIL)


def test_an_address_that_is_none_is_never_tried_again(tmp_path: Path) -> None:
    """Where Notify says so; a failure of its own is."""
    wrong = an_error(400, "ValidationError", "email_address Not a valid email address")
    with notify(reply=wrong) as running:
        assert a_post(by_notify(running, tmp_path)).carry(a_message()) is None
    with notify(reply=an_error(500, "Exception", "Internal server error")) as running:
        assert a_post(by_notify(running, tmp_path)).carry(a_message()) is False


def test_what_cannot_be_sent_is_not_offered(tmp_path: Path) -> None:
    """Text messages need a template of their own; without settings there is nothing."""
    assert a_post(Settings()).ways == frozenset()
    with notify() as running:
        settings = by_notify(running, tmp_path)
    assert a_post(settings).ways == {Way.EMAIL}
    assert a_post(settings.model_copy(update={"notify_sms_template_id": TEMPLATE_ID})).ways == frozenset(Way)

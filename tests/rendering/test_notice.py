"""The e-mail to an agency: it says that something waits, where and until when, and nothing about anybody."""

import re
from datetime import date
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from jinja2.exceptions import SecurityError

from tellusonce.domain.field import present
from tellusonce.rendering.notice import NoticeRenderer
from tellusonce.services.deliver import Claimed
from tellusonce.services.notice import Notice
from tellusonce.settings import Settings
from tests.builders import an_agency
from tests.rendering.claims import a_claimed

URL = "https://tellusonce.example.org"


def test_it_says_what_waits_where_and_until_when() -> None:
    """The agency is named, and given the address in its inbox and the day by which a receipt is due."""
    claimed = a_claimed()
    notice = _render(claimed)
    assert notice.subject == "A notification waits in your inbox"
    assert "For Department for Work and Pensions: State Pension" in notice.body
    assert f"\n{URL}/agencies/dwp-state-pension/inbox/{claimed.id}\n" in notice.body
    assert "open it by 20 March 2026" in notice.body


def test_several_share_one() -> None:
    """Of several it says how many they are, the address of each, and the first day by which one is due."""
    claims = [a_claimed(receipt_due_on=date(2026, 3, day)) for day in (25, 20, 23)]
    notice = _render(*claims)
    assert notice.subject == "3 notifications wait in your inbox"
    assert re.findall(r"inbox/([0-9a-f-]{36})\n", notice.body) == [str(claimed.id) for claimed in claims]
    assert "open them by 20 March 2026" in notice.body


def test_it_holds_no_fact_and_no_reference() -> None:
    """No fact of the report stands in it, nor the reference by which one could be looked up."""
    claimed = a_claimed(kind="withdrawal")
    text = _words(_render(claimed))
    facts = {str(fact) for path in present(claimed.facts) for fact in _values(claimed, path)}
    assert len(facts) > 10
    assert not [fact for fact in facts if re.search(rf"\b{re.escape(fact)}\b", text)]
    for said in (claimed.reference, "withdrawal", "bereavement", "died", "death"):
        assert said not in text


def test_a_template_is_given_no_fact(tmp_path: Path) -> None:
    """A template that names the report's facts, its reference or what is not there does not render."""
    for name in ("claimed.facts", "facts", "reference", "claims"):
        with pytest.raises(UndefinedError):
            _render(a_claimed(), templates_dir=_templates(tmp_path, f"{{{{ {name}.x }}}}"))


def test_a_template_reaches_nothing_else(tmp_path: Path) -> None:
    """Templates are sandboxed, since operators may replace them."""
    with pytest.raises(SecurityError):
        _render(a_claimed(), templates_dir=_templates(tmp_path, "{{ links.__class__.__mro__ }}"))


def test_the_subject_is_one_line(tmp_path: Path) -> None:
    """A line break in a subject's template, which would begin another header, becomes a space."""
    notice = _render(a_claimed(), templates_dir=_templates(tmp_path, "One\nBcc: two@example.org\n"))
    assert notice.subject == "One Bcc: two@example.org"


def _render(*claims: Claimed, templates_dir: Path | None = None) -> Notice:
    agency = an_agency()
    return NoticeRenderer(templates_dir or Settings().templates_dir, {agency.code: agency}, URL).render(claims)


def _templates(folder: Path, text: str) -> Path:
    notice = folder / "emails" / "notice"
    notice.mkdir(parents=True, exist_ok=True)
    for name in ("subject.txt", "body.txt"):
        (notice / name).write_text(text)
    return folder


def _words(notice: Notice) -> str:
    """What it says, without the addresses, whose ids are no words."""
    return re.sub(r"https://\S+", "", notice.subject + "\n" + notice.body).lower()


def _values(claimed: Claimed, path: str) -> list[object]:
    value: object = claimed.facts
    for step in path.split("."):
        assert isinstance(value, dict)
        value = value[step]
    return [str(each).lower() for each in value] if isinstance(value, list) else [str(value).lower()]

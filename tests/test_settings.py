"""Settings from the environment."""

from pathlib import Path

import pytest

from tellusonce.settings import PREFIX, Settings, SmtpSecurity, WrongSetting, describe_settings, read_settings


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, _, _ in describe_settings():
        monkeypatch.delenv(name, raising=False)


def test_nothing_set_is_embedded() -> None:
    """With no variable set there is no URL, so that the servers are embedded, and the shipped agencies are read."""
    settings = read_settings()
    assert settings.database_url is None
    assert settings.broker_url is None
    assert sorted(settings.config_dir.glob("agencies/*.yaml"))


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable with the prefix is read in its setting's type, lists and maps as JSON."""
    monkeypatch.setenv("TELLUSONCE_CLAIM_LIMIT", "7")
    monkeypatch.setenv("TELLUSONCE_DATA_DIR", "/srv/data")
    monkeypatch.setenv("TELLUSONCE_RETRY_DELAYS_SECONDS", "[1, 2.5]")
    monkeypatch.setenv("TELLUSONCE_PUSH_URLS", '{"holmshire-council-tax": "http://127.0.0.1:9001/"}')
    settings = read_settings()
    assert settings.claim_limit == 7
    assert settings.data_dir == Path("/srv/data")
    assert settings.retry_delays_seconds == (1, 2.5)
    assert str(settings.push_urls["holmshire-council-tax"]) == "http://127.0.0.1:9001/"


def test_the_key_lies_in_the_data_folder_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The master secret is in the data folder, or where SECRET_KEY_FILE says."""
    monkeypatch.setenv("TELLUSONCE_DATA_DIR", "/srv/data")
    assert read_settings().secret_key_path == Path("/srv/data/secret.key")
    monkeypatch.setenv("TELLUSONCE_SECRET_KEY_FILE", "/run/secrets/tellusonce")
    assert read_settings().secret_key_path == Path("/run/secrets/tellusonce")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CLAIM_LIMIT", "many"),
        ("CLAIM_LIMIT", "0"),
        ("SWEEP_SECONDS", "-1"),
        ("PUBLIC_URL", "not a url"),
        ("RETRY_DELAYS_SECONDS", "[]"),
        ("OIDC_ISSUER", "accounts.example.org"),
        ("OIDC_ISSUER", "https://accounts.example.org"),  # and not who we are there
    ],
)
def test_a_wrong_value_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A value that cannot be used is refused in one line that begins with the variable's name."""
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(WrongSetting) as wrong:
        read_settings()
    assert str(wrong.value).startswith(f"{PREFIX}{name}: ")
    assert len(str(wrong.value).splitlines()) == 1


def test_a_wrong_group_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A registrar without a district would see no report."""
    monkeypatch.setenv("TELLUSONCE_OIDC_GROUPS", '{"north": {"role": "registrar"}}')
    with pytest.raises(WrongSetting, match=r"^TELLUSONCE_OIDC_GROUPS\.NORTH: .*a registrar has a district"):
        read_settings()


def test_a_wrong_value_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line does not hold the value, which may be a secret put under the wrong name."""
    monkeypatch.setenv("TELLUSONCE_CLAIM_LIMIT", "hunter2")
    with pytest.raises(WrongSetting) as wrong:
        read_settings()
    assert "hunter2" not in str(wrong.value)


def test_every_setting_is_described() -> None:
    """The description names every setting, with its default and its meaning."""
    described = {name: (default, meaning) for name, default, meaning in describe_settings()}
    assert list(described) == [PREFIX + name.upper() for name in Settings.model_fields]
    assert described["TELLUSONCE_SWEEP_SECONDS"] == ("0.5", "how often what is due is looked for")
    assert all(meaning for _, meaning in described.values())


def test_mail_goes_in_the_clear_on_this_machine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Encryption may be left off where the mail server is reached over the loopback, and nowhere else."""
    monkeypatch.setenv("TELLUSONCE_SMTP_SECURITY", "none")
    for host in ("localhost", "127.0.0.1", "::1"):
        monkeypatch.setenv("TELLUSONCE_SMTP_HOST", host)
        assert read_settings().smtp_security is SmtpSecurity.NONE
    for host in ("mail.example.org", "192.0.2.1", "localhost.example.org"):
        monkeypatch.setenv("TELLUSONCE_SMTP_HOST", host)
        with pytest.raises(WrongSetting, match="TELLUSONCE_SMTP_SECURITY: "):
            read_settings()
    monkeypatch.delenv("TELLUSONCE_SMTP_HOST")
    with pytest.raises(WrongSetting, match="TELLUSONCE_SMTP_SECURITY: "):
        read_settings()

"""Where mail goes."""

import pytest

from checkstand.infra.mail import SmtpServer, parse_server
from checkstand.infra.settings import Settings, SettingWrong


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.com", SmtpServer("mail.example.com", 587, False)),
        ("smtps://mail.example.com", SmtpServer("mail.example.com", 465, True)),
        ("smtps://me%40x:p%2Fw@mail.example.com:2465/", SmtpServer("mail.example.com", 2465, True, "me@x", "p/w")),
    ],
)
def test_an_address_says_everything(url: str, server: SmtpServer) -> None:
    assert parse_server(url) == server


@pytest.mark.parametrize(
    "url", ["mail.example.com", "http://mail.example.com", "smtp://", "smtp://h/path", "smtp://h:x"]
)
def test_another_address_is_refused_without_repeating_the_password(url: str) -> None:
    with pytest.raises(SettingWrong, match="the value given"):
        Settings.from_env({"CHECKSTAND_SMTP_URL": url})


def test_a_password_is_not_shown() -> None:
    assert "hunter2" not in repr(parse_server("smtps://me:hunter2@mail.example.com"))
    assert "hunter2" not in repr(Settings.from_env({"CHECKSTAND_SMTP_URL": "smtps://me:hunter2@mail.example.com"}))


@pytest.mark.parametrize(
    ("public_url", "sender"),
    [
        ("https://pay.example.com", "Checkstand <checkstand@pay.example.com>"),
        ("", "Checkstand <checkstand@localhost>"),
    ],
)
def test_mail_is_from_the_public_address(public_url: str, sender: str) -> None:
    assert Settings(public_url=public_url).mail_sender == sender


@pytest.mark.parametrize("value", ["nobody", "a@b\r\nBcc: x@y", "Name <>"])
def test_a_sender_that_cannot_be_one_is_refused(value: str) -> None:
    with pytest.raises(SettingWrong):
        Settings.from_env({"CHECKSTAND_MAIL_FROM": value})

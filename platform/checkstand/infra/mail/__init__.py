"""Mail to people: written in the commit that makes it true, sent by a job, kept where its readers can find it.

Operational rows, no books: retention deletes them.
"""

from checkstand.infra.mail.smtp import MailPostponed, MailRefused, SmtpServer, parse_server, send
from checkstand.infra.mail.store import STATES, Letter, delete_mails, has_mails, letter_of, mail, mail_op, mail_row

__all__ = [
    "STATES",
    "Letter",
    "MailPostponed",
    "MailRefused",
    "SmtpServer",
    "delete_mails",
    "has_mails",
    "letter_of",
    "mail",
    "mail_op",
    "mail_row",
    "parse_server",
    "send",
]

"""Failures of the SMTP server: every error says whose fault it is.

MailError
├── Refused     the server will never take this mail for this recipient (5xx)
├── Deferred    it did not take it for now (4xx)
├── Lost        the connection went while it was handed over; `uncertain`: perhaps the server has it
└── ServerDown  the server takes nothing from us at present: no mail's fault

No error carries the server's words, which may repeat the address.
"""


class MailError(Exception):
    """The server did not take a mail. code: the SMTP answer, 0 without one."""

    def __init__(self, code: int = 0) -> None:
        super().__init__(f"SMTP {code}" if code else "no SMTP answer")
        self.code = code


class Refused(MailError):  # noqa: N818 (named as what happened, like the others)
    """`of_address`: it is the address that is wrong, not what we sent or who we are (RFC 3463: 5.3, 5.5 to 5.7)."""

    def __init__(self, code: int, *, of_address: bool = True) -> None:
        super().__init__(code)
        self.of_address = of_address


class Deferred(MailError):  # noqa: N818
    pass


class Lost(MailError):  # noqa: N818
    def __init__(self, *, uncertain: bool) -> None:
        super().__init__()
        self.uncertain = uncertain


class ServerDown(MailError):  # noqa: N818
    pass

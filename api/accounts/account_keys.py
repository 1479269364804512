"""Keys of accounts: made from those that sign links, so that there is one file of secrets to keep."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.core.settings import Settings
from api.mailing.links import Signer, open_signer


@dataclass(frozen=True)
class AccountKeys:
    """Keys for each use, 64 bytes each, the newest last; the older ones read what was made before a rotation.

    counters: hash what failed sign-ins and requests are counted by. devices: sign the cookies of known browsers.
    factors: encrypt the secrets of second factors, which a restoration leaves readable. set_aside: encrypt what was
    typed and not sent on yet.
    """

    counters: Sequence[bytes]
    devices: Sequence[bytes]
    factors: Sequence[bytes]
    set_aside: Sequence[bytes]

    @classmethod
    def of(cls, signer: Signer) -> "AccountKeys":
        return cls(
            counters=signer.derived_keys("accounts.counters"),
            devices=signer.derived_keys("accounts.devices"),
            factors=signer.derived_keys("accounts.factors", with_retired=True),
            set_aside=signer.derived_keys("accounts.set_aside"),
        )


def open_account_keys(options: Settings) -> AccountKeys:
    """Return the keys of the settings. Raises NotReadyError for no keys."""
    return AccountKeys.of(open_signer(options))

"""Whom of the house to call: on pages whose reader cannot answer a mail of ours."""

from dataclasses import dataclass

from api.core.settings import ServiceSettings


@dataclass(frozen=True)
class HouseContact:
    """name, phone: as they are read; empty where the settings do not say. call: the number as a `tel:` link has it."""

    name: str
    phone: str

    @property
    def call(self) -> str:
        return "".join(character for character in self.phone if character in "+0123456789")

    def __bool__(self) -> bool:
        return bool(self.name or self.phone)


def house_contact(options: ServiceSettings) -> HouseContact:
    return HouseContact(options.contact_name, options.contact_phone)

"""The encoder of the settings."""

from api.core.errors import SettingsError
from api.core.settings import ServiceSettings
from matcher import embedding
from matcher.embedding import Encoder, EncoderMissingError


def open_encoder(options: ServiceSettings, *, at_once: bool = True) -> Encoder:
    """Return the encoder that the settings name. Raises SettingsError where its folder is not there.

    at_once: else its models are opened when the first text is encoded, if any is.
    """
    try:
        return embedding.open_encoder(options.encoder, from_hub=options.encoder_from_hub, at_once=at_once)
    except EncoderMissingError:
        raise SettingsError(
            [
                (
                    "POLESUD_ENCODER",
                    f"« {options.encoder} » n’est pas le dossier d’un encodeur ; `make setup` en construit un dans "
                    "var/encoder. Un nom de modèle n’est demandé à un dépôt qu’avec POLESUD_ENCODER_FROM_HUB=true",
                )
            ]
        ) from None

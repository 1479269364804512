"""Settings, from the environment (`POLESUD_…`) or a `.env` file."""

from functools import cache

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting has a default that works from a fresh checkout."""

    model_config = SettingsConfigDict(env_prefix="POLESUD_", env_file=".env", extra="ignore")

    database_url: str = "sqlite:///var/polesud.db"
    # A folder made by `make setup`, any sentence-transformers folder, or a name on a model hub.
    encoder: str = "var/encoder"
    host: str = "127.0.0.1"
    port: int = 8026
    # Départements whose needs and actors fill the desk.
    departments: str = "26,07"
    # The longest list that the API returns.
    max_k: int = 100


@cache
def settings() -> Settings:
    return Settings()

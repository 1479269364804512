"""Settings for tests: the defaults, whatever the environment or a `.env` file says."""

from api.core.settings import Settings

OPTIONS = Settings(_env_file=None)  # type: ignore[call-arg]

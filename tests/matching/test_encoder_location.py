"""Where the encoder is missing, the settings are refused by name, and nothing is asked of the network."""

import subprocess
import sys
from pathlib import Path

import pytest

from api.core.errors import SettingsError
from api.matching.encoder import open_encoder
from matcher.embedding import EncoderMissingError
from matcher.embedding import open_encoder as open_at
from tests.support.options import OPTIONS

ROOT = Path(__file__).parents[2]
# An audit hook cannot be taken off: whatever a library does with sockets is seen.
PROGRAM = """
import sys
asked = []
def hook(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        asked.append(event)
        raise OSError("no network")
sys.addaudithook(hook)
from api.core.errors import SettingsError
from api.core.settings import Settings
from api.matching.encoder import open_encoder
try:
    open_encoder(Settings(_env_file=None, encoder=sys.argv[1]))
except SettingsError as error:
    print(error.detail)
print(len(asked), "sentence_transformers" in sys.modules)
"""


@pytest.mark.slow
@pytest.mark.parametrize("location", ["var/absent", "intfloat/multilingual-e5-small", "/absent", "docs", ""])
def test_a_missing_folder_is_named_and_no_network_is_asked(location: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, location], cwd=ROOT, capture_output=True, text=True, check=True
    )
    reason, asked = ended.stdout.splitlines()
    assert reason.startswith(f"POLESUD_ENCODER : « {location} » n’est pas le dossier d’un encodeur")
    assert asked == "0 False"


@pytest.mark.parametrize("location", ["./absent", "/absent", "~/absent", str(ROOT / "docs")])
def test_what_looks_like_a_path_is_asked_of_no_hub_even_where_one_is_allowed(location: str) -> None:
    with pytest.raises(EncoderMissingError):
        open_at(location, from_hub=True)
    with pytest.raises(SettingsError):
        open_encoder(OPTIONS.model_copy(update={"encoder": location, "encoder_from_hub": True}))

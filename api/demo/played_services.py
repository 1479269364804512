"""The samples, served like the real services until Ctrl-C: `make play-sources`. Prints how to read them."""

from threading import Event

from api.demo import recorded
from api.demo.fake_services import served

COMMAND = "python -m api.cli sync tout --check --since 2026-09-01"


def main() -> None:
    with served(recorded.own()) as fake_service:
        print(f"Exemples servis sur {fake_service.base}. Dans une autre fenêtre :\n")
        for name, value in fake_service.settings().items():
            print(f"export POLESUD_{name.upper()}={value}")
        print(f"{COMMAND}\n\nCtrl-C pour arrêter.", flush=True)
        try:
            Event().wait()
        except KeyboardInterrupt:
            print("Arrêté.")


if __name__ == "__main__":
    main()

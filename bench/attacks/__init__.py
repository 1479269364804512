"""One module an attack, each with `attack(copy) -> list[Outcome]`; `make attack` tries them all."""

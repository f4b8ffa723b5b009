# Two commands for a newcomer: `make run` and `make test`.
# They need Python 3.11 to 3.13 with pip, and nothing else; PYTHON=... chooses one.
PYTHON ?= python3
UV := PYTHONPATH=.tools UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1 $(PYTHON) -m uv
BIN := .venv/bin

.PHONY: run test check deploy-check openapi-check bench setup lock clean

run: .venv/runs  ## set up what is missing, migrate, serve
	@exec $(BIN)/python main.py

test: .venv/develops  ## set up what is missing, run all tests
	$(BIN)/python -m pytest

check: .venv/develops  ## format, lint, types, import contracts, deploy-check, openapi-check
	$(BIN)/ruff format $(if $(CI),--check) .
	$(BIN)/ruff check $(if $(CI),,--fix) .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m deploy.check
	$(BIN)/python -m tests.openapi.check

deploy-check: .venv/develops  ## Dockerfile, Compose, Swarm, Kubernetes
	$(BIN)/python -m deploy.check

openapi-check: .venv/develops  ## the OpenAPI document, by the rules of Spectral and Redocly
	$(BIN)/python -m tests.openapi.check

bench: .venv/benches  ## set up what is missing, run all benchmarks; ONLY=create runs one
	$(BIN)/python -m bench $(ONLY)

setup: .venv/develops  ## make .venv with all that development needs

lock: .tools/uv  ## choose versions anew, within what pyproject.toml allows
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --group test pyproject.toml -o requirements.txt
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --all-extras --group dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --all-extras --group bench -c requirements-dev.txt pyproject.toml -o requirements-bench.txt
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --all-extras -c requirements-dev.txt pyproject.toml -o requirements-server.txt

clean:  ## remove what the other targets made
	rm -rf .venv .tools .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis \
	  tests/openapi/node_modules tests/openapi/openapi.json

.tools/uv: requirements-setup.txt
	$(PYTHON) -m pip install -q --require-hashes --upgrade --target .tools -r requirements-setup.txt
	@touch $@

.venv/bin/python: | .tools/uv
	$(UV) venv -q --allow-existing --python $(PYTHON) .venv

.venv/runs: requirements.txt | .venv/bin/python
	$(UV) pip install -q --require-hashes --python .venv -r requirements.txt
	@touch $@

.venv/develops: requirements-dev.txt | .venv/bin/python
	$(UV) pip sync -q --require-hashes --python .venv requirements-dev.txt
	@touch $@ .venv/runs
	@rm -f .venv/benches

.venv/benches: requirements-bench.txt | .venv/bin/python
	$(UV) pip sync -q --require-hashes --python .venv requirements-bench.txt
	@touch $@ .venv/develops .venv/runs

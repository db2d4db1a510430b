# Colourway's commands. `make help` lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PEER   := .venv-mrcnn
PEERS  := .venv-colours
# Five processes for two cores: one does what needs TensorFlow, one mostly waits
# (tests/support/lanes.py). The programs that tests start by the hundred leave their bytecode.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 5
SOURCE := bench colourway migrations producer shared tests web worker

##@ Start here

.PHONY: demo
demo: install ## Draw a small catalogue, run it through the real pipeline, write report.html
	$(BIN)/colourway demo $(ARGS)

.PHONY: test
test: install ## Run every test (ARGS="-k feeds" picks some)
	$(PYTEST) $(ARGS)

.PHONY: test-fast
test-fast: install ## Run what needs neither servers nor networks, in a minute
	$(PYTEST) --lane rest tests/unit $(ARGS)

.PHONY: security
security: install ## Run the tests behind docs/security.md, and print the counts of each row
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m tests.security -n 5 -q $(ARGS)

.PHONY: test-random
test-random: install ## Run the properties with more examples, and others every time
	$(PYTEST) --hypothesis-profile=random -m hypothesis $(ARGS)

.PHONY: install
install: $(STAMP) ## Make .venv with everything in it, from pins with hashes

# The stamp is newer than what it was made from, so an up-to-date environment costs nothing.
$(STAMP): requirements/install.sh requirements/build.txt requirements/dev.txt pyproject.toml
	@sh requirements/install.sh '$(PYTHON)' '$(VENV)'
	@touch $@

.PHONY: help
help: ## Show this page
	@awk 'BEGIN { FS = ":.*## "; print "Usage: make TARGET [NAME=VALUE]" } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' Makefile
	@printf '\nVariables\n'
	@printf '  %-14s %s\n' 'PYTHON' 'the Python that makes .venv: 3.11, 3.12 or 3.13 (now: $(PYTHON))' \
		'ARGS' 'handed on to the command behind demo, test, security, bench, bench-colours, parity and chaos' \
		'ONLY' 'names of benchmarks for bench, for instance ONLY="enqueue startup"'
	@printf '\nAfterwards %s is the command, and %s explains it.\n' \
		'$(BIN)/colourway' '$(BIN)/colourway --help'

##@ Change it

.PHONY: check
check: lint types lint-imports ## Everything that reads the code without running it

.PHONY: format
format: install ## Format the code and mend what ruff can mend
	$(BIN)/ruff format $(SOURCE)
	$(BIN)/ruff check --fix $(SOURCE)

.PHONY: lint
lint: install ## Style and likely mistakes (ruff)
	$(BIN)/ruff format --check $(SOURCE)
	$(BIN)/ruff check $(SOURCE)

.PHONY: types
types: install ## Types, strictly (basedpyright)
	$(BIN)/basedpyright

.PHONY: lint-imports
lint-imports: install ## Who may import whom (import-linter)
	$(BIN)/lint-imports --no-logo

.PHONY: hooks
hooks: install ## Check the staged files at every commit (pre-commit)
	$(BIN)/pre-commit install

##@ Measure it

.PHONY: chaos
chaos: install ## Inject faults of every kind, and count what is lost (ARGS="--list" names them)
	$(BIN)/python -m tests.chaos $(ARGS)

.PHONY: bench
bench: install ## Print the figures of docs/benchmarks.md (ONLY=against ARGS="--photos 10")
	$(BIN)/python -m bench $(ONLY) $(if $(ARGS),-- $(ARGS))

.PHONY: bench-colours
bench-colours: $(PEERS)/.installed ## Print what docs/colours.md says of colours (ARGS="photos")
	OMP_NUM_THREADS=1 $(BIN)/python -m bench.colours $(ARGS)

.PHONY: parity
parity: $(PEER)/.installed ## Compare our Mask R-CNN with the original, stage by stage
	$(BIN)/python -m bench.peers.parity $(ARGS)

.PHONY: parity-speed
parity-speed: $(PEER)/.installed ## Time our Mask R-CNN beside the original
	$(BIN)/python -m bench.peers.speed $(ARGS)

# The original runs on Keras 2, apart from everything else.
$(PEER)/.installed: $(STAMP) bench/peers/setup.sh bench/peers/mrcnn/requirements.txt
	@sh bench/peers/setup.sh '$(PYTHON)' $(PEER) mrcnn mrcnn

# Other colour extractors are no dependency of ours either.
$(PEERS)/.installed: $(STAMP) bench/peers/setup.sh bench/peers/colours/requirements.txt
	@sh bench/peers/setup.sh '$(PYTHON)' $(PEERS) colours

##@ Keep it

# One resolution serves every Python and platform. dev.txt is solved first and binds the others,
# so a worker in production has the very versions that the tests ran with.
COMPILE = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --no-emit-index-url --no-emit-find-links \
	--custom-compile-command 'make pins' $(UPGRADE)
BOUND = $(COMPILE) --constraints requirements/dev.txt

.PHONY: pins
pins: install ## Solve pyproject.toml into requirements/*.txt again, keeping what still fits
	$(COMPILE) --extra worker --extra postgres --extra s3 --extra web --extra parquet --extra xlsx \
		--extra train --extra dev \
		--output-file requirements/dev.txt
	$(BOUND) --extra postgres --extra s3 --extra web --extra parquet --extra xlsx \
		--output-file requirements/producer.txt
	$(BOUND) --extra worker --extra postgres --extra s3 --output-file requirements/worker.txt
	$(BOUND) --extra gpu --extra postgres --extra s3 --output-file requirements/worker-gpu.txt
	printf 'uv\nhatchling\n' | $(subst pyproject.toml,-,$(BOUND)) --output-file requirements/build.txt

# Lists of what production installs, for those who must keep some: CycloneDX, from the pins.
.PHONY: sbom
sbom: install ## Write dist/sbom/*.cdx.json: every package of the pins, with its hashes
	mkdir -p dist/sbom
	for pins in producer worker worker-gpu; do \
		$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible \
			--output-file dist/sbom/$$pins.cdx.json requirements/$$pins.txt || exit 1; \
	done

.PHONY: upgrade
upgrade: ## Solve again with the newest versions
	$(MAKE) pins UPGRADE=--upgrade

.PHONY: clean
clean: ## Remove .venv and what the tools leave behind (never your data)
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist

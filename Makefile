# All that is done here by hand or by machine, from a fresh clone on: `make` lists it.
# Only git, make and a Python >= 3.11 with venv are needed; everything is installed into .venv.
# The benchmark needs Buildbot, which nothing else does: it has a venv of its own.

VENV := .venv
BENCH := .venv-bench
MINUTES ?= 10
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check
RUN := $(VENV)/.installed-run
TEST := $(VENV)/.installed-test
CHECK := $(VENV)/.installed-check
BENCHED := $(BENCH)/.installed
PYTHONS := $(PYTHON) python3 python3.11 python3.12 python3.13 python3.14
PIN := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make requirements'
# The tests start hundreds of processes: each would compile the package anew where the environment forbids to keep it.
export PYTHONDONTWRITEBYTECODE :=
# More workers than two cores need: many tests wait, for a lock, a deadline or a process.
WORKERS := --numprocesses=5 --dist=worksteal

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run demo test check format bench soak requirements clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | while read -r goal text; do printf 'make %-14s %s\n' "$$goal" "$$text"; done

run: $(RUN) ## Watch this clone as a master, with a database of its own in .run/ (Ctrl-C stops it)
	@mkdir -p .run
	@exec $(BIN)/headwater --database sqlite:///.run/headwater.db run --cache .run/cache --poll 5s .

demo: $(RUN) ## Show three masters on one database, one of them killed, in a minute
	@$(BIN)/python -m demo

test: $(TEST) ## Run the tests on every database that is there (choose some: ARGS="-k postgresql")
	@$(BIN)/python -m pytest $(WORKERS) -m "not slow" $(ARGS)

check: $(TEST) $(CHECK) ## Check format, lint, layers and types
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports
	$(BIN)/mypy

format: $(CHECK) ## Format the code, and mend what can be mended
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format

bench: $(BENCHED) ## Measure Headwater beside Buildbot and the raw drivers (less: ARGS="--quick --database sqlite")
	@$(BENCH)/bin/python -m bench $(ARGS)

requirements: $(BIN)/python ## Pin the newest versions of everything that is installed
	$(PIP) install uv
	$(PIN) pyproject.toml --group build --group test --extra postgresql --extra mysql --output-file requirements/test.txt
	$(PIN) pyproject.toml --group build --constraint requirements/test.txt --output-file requirements/run.txt
	$(PIN) --group check --constraint requirements/test.txt --output-file requirements/check.txt
	$(PIN) pyproject.toml --group build --group bench --extra postgresql --extra mysql --constraint requirements/test.txt \
		--output-file requirements/bench.txt

soak: $(TEST) ## Run the slow tests, then look for faults at random, in processes and in simulations (longer: MINUTES=60)
	@$(BIN)/python -m pytest $(WORKERS) -m slow
	@$(BIN)/python -m tests.soak --minutes $(MINUTES)

clean: ## Remove everything that was made here, .venv and .run too
	rm -rf $(VENV) $(BENCH) .run dist site htmlcov .coverage* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

# The interpreter, and after it the stamps: what is installed is installed anew only if the pins have changed.
# The pins are complete, so that pip has nothing to work out: pip before 23.3 would look for the extra of a dependency,
# as in coverage[toml], without the pin of its project, and refuse as soon as that has a newer release.

$(BIN)/python $(BENCH)/bin/python:
	@for python in $(PYTHONS); do \
		if "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "Installing into $(@:/bin/python=) with $$("$$python" --version)"; \
			exec "$$python" -m venv --clear $(@:/bin/python=); \
		fi; \
	done; \
	echo 'Python 3.11 or newer with venv is needed: on Debian "apt-get install python3-venv", or "make PYTHON=..."' >&2; exit 1

$(RUN): requirements/run.txt pyproject.toml | $(BIN)/python
	@$(PIP) install --no-deps --require-hashes --requirement requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(TEST): requirements/test.txt $(RUN)
	@$(PIP) install --no-deps --require-hashes --requirement requirements/test.txt
	@touch $@

$(CHECK): requirements/check.txt | $(BIN)/python
	@$(PIP) install --no-deps --require-hashes --requirement requirements/check.txt
	@touch $@

$(BENCHED): requirements/bench.txt pyproject.toml | $(BENCH)/bin/python
	@$(BENCH)/bin/python -m pip --quiet --quiet --disable-pip-version-check install --no-deps --require-hashes --requirement requirements/bench.txt
	@$(BENCH)/bin/python -m pip --quiet --quiet --disable-pip-version-check install --no-deps --no-build-isolation --editable .
	@touch $@

# Two commands: `make run` shows the whole service, `make test` proves it.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
DATA_DIR ?= ./data
BIN := .venv/bin

.PHONY: run test check lint types characterise mutate fuzz bench bench-filters bench-compat bench-review bench-import chaos soak size widget images lock check-locks pythons clean

run: .venv/.installed
	$(BIN)/moderation demo --host "$(HOST)" --port "$(PORT)" --data-dir "$(DATA_DIR)"

test: .venv/.installed-dev
	tests/bring
	$(MAKE) --no-print-directory lint types
	$(BIN)/python -m pytest -n 2 --dist loadgroup

# Less than a minute: lint, types and the tests that need no server and no browser.
PURE := tests/domain tests/policy tests/filters tests/test_architecture.py tests/test_config.py \
	tests/docs/test_documented.py tests/docs/test_filters.py
check: .venv/.installed-dev
	$(MAKE) --no-print-directory lint types
	$(BIN)/python -m pytest -q $(PURE)

lint: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell

types: .venv/.installed-dev
	$(BIN)/mypy

# Compares findings and scores with saved ones; run it when they should not change: see docs/testing.md.
characterise: .venv/.installed-dev
	$(BIN)/python -m pytest -q -m characterise tests/filters

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("moderation needs Python 3.11 or newer, this is " + sys.version.split()[0] + ": make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv

.venv/.installed: requirements.lock pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv/.installed-dev: requirements-dev.lock pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@ .venv/.installed

# Breaks one line at a time in a copy of the tree and fails if no test notices: see docs/testing.md.
# MUTATE="--jobs 2" uses two cores, MUTATE="session" runs what has that word in its name or file.
mutate: .venv/.installed-dev
	$(BIN)/python -m scripts.mutate $(MUTATE)

# The generated tests with FUZZ_TIMES as many examples, new ones each time: see docs/testing.md.
FUZZ_TIMES ?= 50
fuzz: .venv/.installed-dev
	FUZZ_TIMES=$(FUZZ_TIMES) $(BIN)/python -m pytest -q --hypothesis-profile=fuzz \
		tests/hostile/test_openapi.py tests/hostile/test_markdown.py tests/hostile/test_anything.py

# Needs wrk and nginx beside us; writes docs/benchmarks.md. Isso is fetched, or else left out.
bench: .venv/.installed-dev
	-test -x build/isso/bin/isso || { $(PYTHON) -m venv build/isso && build/isso/bin/pip install --quiet --disable-pip-version-check isso==0.14.0 gunicorn==27.0.1; }
	$(BIN)/python -m benchmarks.serving --isso build/isso --write docs/benchmarks.md

# Writes its tables into docs/filters.md; PEERS may name where other libraries are installed.
bench-filters: .venv/.installed-dev
	$(BIN)/python -m benchmarks.filters --write docs/filters.md $(PEERS)
	$(BIN)/python -m benchmarks.whole --write docs/filters.md
	$(BIN)/python -m benchmarks.bars --write docs/filters.md $(PEERS)

# Perspective's endpoint on one core; needs taskset and two cores. Writes a section of docs/benchmarks.md.
bench-compat: .venv/.installed-dev
	$(BIN)/python -m benchmarks.compat --write docs/benchmarks.md

# Comments a second and memory of imports, by format and size; IMPORTS="--sizes 1000000" for more.
bench-import: .venv/.installed-dev
	$(BIN)/python -m benchmarks.imports $(IMPORTS)

# A million comments in a folder and a database of its own, removed at the end: some minutes.
bench-review: .venv/.installed-dev
	$(BIN)/python -m benchmarks.review

# Kills, power cuts, broken disks and two nodes; an hour. Needs a C compiler, PostgreSQL's server
# programs and redis-server beside us; writes docs/chaos.md. CHAOS="--comments 10000" kills smaller
# imports, CHAOS="--only imports" runs that part alone (and writes a table of it alone).
chaos: .venv/.installed-dev
	$(BIN)/python -m benchmarks.chaos --write docs/chaos.md $(CHAOS)

# An hour of ordinary and hostile traffic against one server; writes a section of docs/chaos.md.
soak: .venv/.installed-dev
	$(BIN)/python -m benchmarks.soak --write docs/chaos.md

size: .venv/.installed
	$(BIN)/python -m benchmarks.size

# Writes what the widget's readers fetch into moderation/widget/built; commit it with the sources.
widget: .venv/.installed-dev
	$(BIN)/python -m scripts.widget

# Takes the pictures of docs/images from a new demonstration; look at them before you commit them.
images: .venv/.installed-dev
	$(BIN)/python -m scripts.screenshots

# Keeps what is pinned already; name a package with UPGRADE='--upgrade-package NAME'. Writes both lock files for every platform and Python from 3.11 on.
lock: .venv/.installed-dev
	$(BIN)/uv pip compile $(UPGRADE) --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --no-annotate --group build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile $(UPGRADE) --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --no-annotate --group dev --extra train -c requirements.lock pyproject.toml -o requirements-dev.lock

# Proves that both locks install from wheels alone on every platform, and with the oldest pip.
check-locks: .venv/.installed-dev
	$(BIN)/python -m scripts.check_locks

# The tests without a server or a browser, on every Python from 3.11 on that is found here.
pythons: .venv/.installed-dev
	$(BIN)/python -m scripts.pythons

clean:
	rm -rf .venv build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage

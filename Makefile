# Two commands: `make run` shows the whole service, `make test` proves it.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
DATA_DIR ?= ./data
BIN := .venv/bin

.PHONY: run test lint types bench bench-filters bench-review chaos soak size lock clean

run: .venv/.installed
	$(BIN)/moderation demo --host "$(HOST)" --port "$(PORT)" --data-dir "$(DATA_DIR)"

test: .venv/.installed-dev
	tests/bring
	$(MAKE) --no-print-directory lint types
	$(BIN)/python -m pytest -n 2 --dist loadgroup

lint: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.installed-dev
	$(BIN)/mypy

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("moderation needs Python 3.11 or newer, this is " + sys.version.split()[0] + ": make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv

.venv/.installed: requirements.lock pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv/.installed-dev: requirements-dev.lock pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@ .venv/.installed

# Needs wrk and nginx beside us; writes docs/benchmarks.md. Isso is fetched, or else left out.
bench: .venv/.installed-dev
	-test -x build/isso/bin/isso || { $(PYTHON) -m venv build/isso && build/isso/bin/pip install --quiet --disable-pip-version-check isso==0.14.0 gunicorn==27.0.1; }
	$(BIN)/python -m benchmarks.serving --isso build/isso --write docs/benchmarks.md

# Writes its tables into docs/filters.md; PEERS may name where other libraries are installed.
bench-filters: .venv/.installed-dev
	$(BIN)/python -m benchmarks.filters --write docs/filters.md $(PEERS)

# A million comments in a folder and a database of its own, removed at the end: some minutes.
bench-review: .venv/.installed-dev
	$(BIN)/python -m benchmarks.review

# Kills, power cuts, broken disks and two nodes; half an hour. Needs a C compiler, PostgreSQL's
# server programs and redis-server beside us; writes docs/chaos.md.
chaos: .venv/.installed-dev
	$(BIN)/python -m benchmarks.chaos --write docs/chaos.md

# An hour of ordinary and hostile traffic against one server; writes a section of docs/chaos.md.
soak: .venv/.installed-dev
	$(BIN)/python -m benchmarks.soak --write docs/chaos.md

size: .venv/.installed
	$(BIN)/python -m benchmarks.size

# Needs uv (pip install uv); writes both lock files for every platform and Python from 3.11 on.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group build pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group dev --extra train -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:
	rm -rf .venv build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage

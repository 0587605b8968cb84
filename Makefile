# What a stranger types. Every target sets up what it needs and is quick when that is already there.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PORT ?= $(or $(RITO_PORT),8000)
ARGS ?=
WORKERS ?= auto
CODE := engine web migrations tests tools bench

# The browser bundles are made when the package is installed; a change of their sources installs it again.
ISLANDS := $(wildcard hatch_build.py web/package.json web/package-lock.json web/.npmrc web/build.mjs web/static/rito.css) \
  $(shell find web/islands -type f 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help run test nightly check format bench peers conformance web messages map lock clean

help:
	@echo "make run      set up, load a demonstration city, serve it, print addresses and logins (PORT=8000)"
	@echo "make test     set up and run every test (ARGS='tests/store -k lock')"
	@echo "make check    linters, types, import contracts, dead code"
	@echo "make format   put the source in its one format"
	@echo "make nightly  the long tests too"
	@echo "make peers    install other engines and measure beside them"
	@echo "make bench    the quick benchmark (ARGS='run --store pg')"
	@echo "make conformance  the public BPMN cases (CASES=folder)"
	@echo "make web      the browser bundles"
	@echo "make messages the English catalogue, from the sentences in web/"
	@echo "make map      the README's map of modules"
	@echo "make lock     renew the pinned versions"
	@echo "make clean    remove what was made here; var/, where the data is, stays"

run: $(VENV)/run.stamp
	$(BIN)/rito run --port $(PORT) $(ARGS)

# As many at once as there are cores (WORKERS=0: one after the other, in this process).
test: $(VENV)/dev.stamp
	$(BIN)/python tools/prepare_tests.py
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

nightly: $(VENV)/dev.stamp
	$(BIN)/python tools/prepare_tests.py
	RITO_NIGHTLY=1 $(BIN)/python -m pytest $(ARGS)

check: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	@mkdir -p build
	@$(BIN)/python tools/template_names.py > build/template_names.py
	$(BIN)/vulture $(CODE) build/template_names.py

format: $(VENV)/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/dev.stamp
	$(BIN)/python -m bench $(if $(ARGS),$(ARGS),quick)

# What only `bench peers` needs, apart from everything else: other engines, under their own licences.
peers: $(VENV)/dev.stamp
	$(PYTHON) -m venv build/peers
	build/peers/bin/python -m pip install --quiet --disable-pip-version-check -r bench/peers/requirements.txt
	-npm install --silent --no-save --no-package-lock --prefix build/peers bpmn-engine@25.0.1
	$(BIN)/python -m bench peers

# The cases of others lie beside the repository; what passes of them may grow, never shrink.
CASES ?= ../shared/bpmn-cases

conformance: $(VENV)/dev.stamp
	$(BIN)/python tools/conformance.py $(CASES)

# The build hook of the package makes the bundles and stamps them; installing again is what runs it.
web: $(VENV)/run.stamp
	RITO_REQUIRE_WEB=1 $(PIP) install --quiet --no-deps --editable .

messages: $(VENV)/dev.stamp
	$(BIN)/python tools/messages.py

map: $(VENV)/dev.stamp
	$(BIN)/python tools/map_house.py

# The versions hold on Linux and macOS and for every Python we support; no index is written into them.
lock:
	tools/venv.sh $(VENV)-lock
	$(VENV)-lock/bin/python -m pip --disable-pip-version-check install --quiet uv
	$(VENV)-lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-annotate \
	  --custom-compile-command "make lock" --output-file requirements.lock pyproject.toml
	$(VENV)-lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-annotate \
	  --custom-compile-command "make lock" --constraint requirements.lock --group dev \
	  --output-file requirements-dev.lock pyproject.toml
	rm -rf $(VENV)-lock

clean:
	rm -rf $(VENV) $(VENV)-lock dist build screenshots .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# Stamps: each says that its step was finished after the files it depends on last changed.

$(BIN)/python:
	tools/venv.sh $(VENV)

$(VENV)/run.stamp: pyproject.toml requirements.lock $(ISLANDS) | $(BIN)/python
	$(PIP) install --quiet --requirement requirements.lock
	$(PIP) install --quiet --no-deps --editable .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/run.stamp
	$(PIP) install --quiet --requirement requirements-dev.lock
	@touch $@

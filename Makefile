# Every target is one call; what it does stands in ohmloop/. Ask one with: .venv/bin/ohmloop --help

PYTHON = python3
ARGS =

# An option counts if it is given on the command line of make, not if the shell happens to have
# a variable of that name. Quoted, so that no value can break the shell.
value_of = $(if $(findstring command,$(origin $(1))),$(value $(1)))
quoted = '$(subst ','\'',$(value $(1)))'
option = $(if $(call value_of,$(1)),$(2) $(call quoted,$(1)))
COMPARED = $(or $(call option,NAME),compare)
# What was given here is not meant for the makefiles that Verilator writes.
MAKEOVERRIDES =
unexport TEST ENGINE CHIP SEED WAVES ACTIVITY WINDOW LIMIT_S OUT TILE LIBERTY N FILTER JOBS ARGS
unexport NAME NETWORK DATA IMAGES PYTHON

BIN = .venv/bin
READY = .venv/.ready
# An environment that lost its program is made anew.
ifeq (,$(wildcard $(BIN)/ohmloop))
$(shell rm -f $(READY))
endif

.PHONY: help setup sim rtl netlist test test-long lint regress sweep compare bench fuzz doctor clean
.DEFAULT_GOAL = help

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /  make \1@/p' Makefile | awk -F@ '{ printf "%-18s %s\n", $$1, $$2 }'

setup: $(READY) ## install everything into .venv, once
	@echo "The environment in .venv is ready."

sim: $(READY) ## run a bench: TEST=name [ENGINE= CHIP= SEED= WAVES=1 ACTIVITY=1 WINDOW=A:B LIMIT_S=]; alone, list them
	@$(BIN)/ohmloop sim $(call option,TEST) $(call option,ENGINE,--engine) \
	    $(call option,CHIP,--chip) $(call option,SEED,--seed) \
	    $(if $(filter-out 0,$(call value_of,WAVES)),--waves) \
	    $(if $(filter-out 0,$(call value_of,ACTIVITY)),--activity) \
	    $(call option,WINDOW,--window) $(call option,LIMIT_S,--limit-s)

rtl: $(READY) ## write the Verilog of a chip: [CHIP=chips/name.toml OUT=folder TILE=1]
	@$(BIN)/ohmloop rtl $(call option,CHIP,--chip) $(call option,OUT,--out) \
	    $(if $(filter-out 0,$(call value_of,TILE)),--tile)

test: $(READY) ## run the tests: [ARGS='-k adc']
	@$(BIN)/pytest -n auto $(ARGS)

test-long: $(READY) ## run the tests that take long: [ARGS='-k adc']
	@$(BIN)/pytest -n auto -m long $(ARGS)

lint: $(READY) ## check style, types and imports
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

netlist: $(READY) ## map the macro of a chip to cells: [CHIP=chips/name.toml LIBERTY=cells.lib]
	@$(BIN)/ohmloop netlist $(call option,CHIP,--chip) $(call option,LIBERTY,--liberty)

regress: $(READY) ## run networks on chips, compare with what is recorded: [FILTER=text JOBS=2]
	@$(BIN)/ohmloop regress $(call option,FILTER,--filter) $(call option,JOBS,--jobs)

sweep: $(READY) ## a network on many chips: NAME=adc_bits [NETWORK= CHIP= DATA= IMAGES=]; alone, list them
	@$(BIN)/ohmloop sweep $(call option,NAME) $(call option,NETWORK,--network) \
	    $(call option,CHIP,--chip) $(call option,DATA,--data) $(call option,IMAGES,--images)

# Without read noise, as NeuroSim has none; the twin tells the traces of what the gates then repeat.
compare: $(READY) ## a network beside NeuroSim: [NETWORK= CHIP= DATA= IMAGES=1 NAME=compare ARGS=]
	@$(BIN)/ohmloop run $(or $(call option,NETWORK),examples/networks.py:digits_cnn) \
	    $(call option,CHIP,--chip) $(call option,DATA,--data) \
	    --images $(or $(call option,IMAGES),1) --name $(COMPARED) --no-read-noise --engine twin $(ARGS)
	@$(BIN)/ohmloop energy $(COMPARED)
	@$(BIN)/ohmloop compare neurosim $(COMPARED)
	@$(BIN)/ohmloop compare traces $(COMPARED)
	@$(BIN)/ohmloop report $(COMPARED)

bench: $(READY) ## measure the speed of every engine
	@$(BIN)/ohmloop bench

fuzz: $(READY) ## compare all engines on random chips: [N=500 SEED=1]
	@$(BIN)/ohmloop fuzz $(call option,N,--cases) $(call option,SEED,--seed)

doctor: $(READY) ## tell which tools are here, and what to do about the others
	@$(BIN)/ohmloop doctor

clean: ## remove what was built
	@rm -rf build
	@echo "Removed build/. The Python environment stays; to remove it as well: rm -rf .venv"

# Until the last line, .venv is marked as unfinished. An environment that was left so is emptied
# first, because pip takes a half-installed package for an installed one.
$(READY): pyproject.toml constraints.txt
	@python=$(call quoted,PYTHON); \
	fail() { echo "$$1" >&2; exit 2; }; \
	command -v "$$python" >/dev/null || \
	    fail "Tool '$$python' was not found in PATH; name a Python: make setup PYTHON=python3.11"; \
	version=$$("$$python" -c 'import sys; print(sys.version.split()[0])'); \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    fail "Python must be 3.11 or newer, not '$$version'; name one: make setup PYTHON=python3.11"; \
	"$$python" -c 'import venv, ensurepip' 2>/dev/null || \
	    fail "Python module 'venv' was not found; install it, on Debian: apt-get install python3-venv"; \
	set -e; \
	if command -v flock >/dev/null; then \
	    exec 9>.venv.lock; \
	    flock -n 9 || { echo "Waiting for another make that installs into .venv."; flock 9; }; \
	    if [ $@ -nt pyproject.toml ] && [ $@ -nt constraints.txt ]; then exit 0; fi; \
	fi; \
	echo "Installing into .venv; this takes one to five minutes, torch is large."; \
	if [ -e .venv/.unfinished ]; then \
	    find .venv -mindepth 1 -maxdepth 1 ! -name .unfinished -exec rm -rf {} +; \
	fi; \
	mkdir -p .venv; rm -f $@; touch .venv/.unfinished; \
	"$$python" -m venv .venv; \
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'; \
	mv .venv/.unfinished $@

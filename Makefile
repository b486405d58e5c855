# Every task of the project, the same on a laptop and in CI. `make help` prints the lines with ##.
PYTHON ?= python3
PORT ?= 8000
T ?= tests
J ?= 2

VENV := .venv
BIN := $(VENV)/bin
LOCK := pyproject.toml uv.lock

.DEFAULT_GOAL := help
.PHONY: help setup demo dev test lint ci bench docs editor clean

help: ## Print this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(VENV)/.dev $(VENV)/.browser ## Create .venv from the lock file, with the tools for tests, and find a browser

demo: $(VENV)/.run ## Start everything with a demo shop; PORT=8010 elsewhere, RESET=1 from scratch
	@$(BIN)/checkstand demo --port $(PORT) $(if $(filter-out 0,$(RESET)),--reset)

dev: $(VENV)/.dev ## The demo with the log on
	@CHECKSTAND_LOG_LEVEL=info $(BIN)/checkstand demo --port $(PORT) $(if $(filter-out 0,$(RESET)),--reset)

test: setup ## Run the tests; T=tests/unit/checkstand/payment narrows, J=1 runs them one by one
	@$(BIN)/python -m pytest $(T) -n $(J) --dist loadgroup

lint: $(VENV)/.dev ## Format check, lint, types, import contracts, scenario files, generated docs
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/checkstand validate scenarios/
	@$(BIN)/python docs/generate.py --check

ci: ## What the server runs: lint, then test
	@bash .ci/run

bench: $(VENV)/.dev ## Measure, as JSON lines with ratios from one run
	@$(BIN)/python -m tests.bench

docs: $(VENV)/.dev ## Write docs/reference from the code
	@$(BIN)/python docs/generate.py

editor: ## Rebuild the console's YAML editor from admin_ui/editor; the only task that needs Node
	@cd admin_ui/editor && npm ci --ignore-scripts --no-audit --no-fund && npm run build

clean: ## Remove what was built; var/ with its data stays
	rm -rf $(VENV) dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

# The stamps remember what was installed, so the second time takes no time.
$(VENV)/.run: $(LOCK)
	@bash .ci/install "$(PYTHON)" --no-dev
	@touch $@

$(VENV)/.dev: $(LOCK)
	@bash .ci/install "$(PYTHON)"
	@touch $(VENV)/.run $@

$(VENV)/.browser: tests/find_browser.py $(VENV)/.dev
	@$(BIN)/python tests/find_browser.py --install
	@touch $@

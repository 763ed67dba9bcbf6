# Everything these targets write lies below STATE (git ignores var/).
STATE := $(or $(LOANSCORE_STATE_DIR),var)
export LOANSCORE_STATE_DIR := $(STATE)
VENV := $(STATE)/venv
BIN := $(VENV)/bin
PY := $(BIN)/python
INSTALLED := $(VENV)/.installed
export PYTHONPYCACHEPREFIX := $(abspath $(STATE))/cache/python

.DEFAULT_GOAL := help
.PHONY: help run train mlflow test promotion screenshots lint compat images scan words format bench bench-campaigns \
	chaos lock clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

run: $(INSTALLED) ## start Redis, a worker and the API here, score one loan, stay until Ctrl-C
	@exec $(PY) -m local

train: $(INSTALLED) ## train and study the three models, export the artefact and its card (LOAN_DATA=your.csv)
	@exec $(PY) -m training

mlflow: $(INSTALLED) ## look at the trainings in MLflow, on 127.0.0.1:5001, until Ctrl-C
	@MLFLOW_DISABLE_TELEMETRY=true exec $(BIN)/mlflow server --host 127.0.0.1 --port 5001 --workers 1 \
		--backend-store-uri sqlite:///$(abspath $(STATE))/mlflow/mlflow.db

test: $(INSTALLED) ## every test, with real Redis and real workers
	@$(PY) -m pytest --numprocesses 2 --dist loadfile

screenshots: $(INSTALLED) ## take each page as a desktop and as a phone shows it, into docs/pages
	@$(PY) -m pytest tests/browser/screenshots.py

lint: $(INSTALLED) ## format, lint, types, the import rule
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@PYTHONPATH=client $(BIN)/lint-imports --cache-dir $(STATE)/cache/import_linter

WORDS = api/pages/translations
words: $(INSTALLED) ## bring what the pages say into messages.po, then compile what is translated there
	@$(BIN)/pybabel --quiet extract -F pyproject.toml -k lazy_gettext --no-location --sort-output \
		--project loanscore -o $(STATE)/cache/pages.pot api/pages api/pictures
	@$(BIN)/pybabel --quiet update -i $(STATE)/cache/pages.pot -d $(WORDS) --no-fuzzy-matching \
		--ignore-obsolete --ignore-pot-creation-date
	@$(BIN)/pybabel --quiet compile -d $(WORDS)

PREVIOUS ?=
compat: $(INSTALLED) ## the API of PREVIOUS=commit with these workers, and the reverse
	@PREVIOUS=$(PREVIOUS) $(PY) -m pytest -q tests/compat/previous.py

images: $(INSTALLED) ## both images and the compose file on an engine of its own (root on Debian 12; 8 minutes)
	@PYTHONPATH=client exec $(PY) -m images

scan: $(INSTALLED) ## what the images contain, in var/sbom, and what is known against it (needs the internet)
	@scripts/ci/scan.sh

format: $(INSTALLED) ## rewrite the code in the house's format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(INSTALLED) ## ours beside its peers, single scores and campaigns: tables (20 minutes)
	@$(PY) -m benchmarks
	@exec $(PY) -m benchmarks.campaigns

FULL = --rows 10000000 --large 24000000 --killed 1000000 --archived 1000000 --scores 10000
bench-campaigns: $(INSTALLED) ## campaigns at full size: 10 million rows, a gigabyte sent
	@exec $(PY) -m benchmarks.campaigns $(FULL)

chaos: $(INSTALLED) ## break everything under load and check that nothing was lost (5 minutes)
	@exec $(PY) -m chaos

PROMOTION_S ?= 60
promotion: $(INSTALLED) ## a promotion, a rollback and a broken model in the middle of 60 s of load each (4 minutes)
	@PROMOTION_S=$(PROMOTION_S) $(PY) -m pytest -q tests/route/test_promotion.py

COMPILE = $(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --cache-dir $(STATE)/cache/uv
lock: $(INSTALLED) ## resolve pyproject.toml anew into the three requirements.txt
	@$(COMPILE) --upgrade pyproject.toml --extra dev -o requirements.txt
	@for room in api worker; do \
		$(COMPILE) pyproject.toml --extra $$room -c requirements.txt -o $$room/requirements.txt; done

clean: ## remove everything these targets wrote
	@rm -rf $(STATE)

# pip writes the stamp's folder only after a complete, hash-checked install.
$(INSTALLED): requirements.txt
	@STATE=$(STATE) sh local/install.sh

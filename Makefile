# Every target works on a fresh clone: what it needs is installed first, once.

SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= $(shell command -v python3.13 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python -m
INSTALLED := $(VENV)/.installed
LAYER := layers/qlik_monitor/python
export PYTHONPATH := $(CURDIR):$(CURDIR)/$(LAYER)

# The mock servers and scenarios, as `make mock-qlik PORT=9000 SCENARIO=file.yaml TLS=1`.
PORT ?=
SCENARIO ?=
TLS ?=
ARGS ?=
FUNCTION ?=
EVENT ?=
RULES ?=
TASK ?=
ROLE ?=
TAGS ?=
AT ?=
MESSAGE ?=
INCIDENT ?=
DAYS ?=
PNG ?=
EXAMPLES ?=
SVG ?=
REASON ?=
BY ?=
# The folder of the anomaly benchmark, as `make bench-nab DATA=~/NAB`.
DATA ?=
# Names, messages and reasons hold spaces, quotes and dollars: recipes read them from their
# environment, and make has to take them as they are, or it would run a message's `$(shell ...)`.
TEXTS := PORT SCENARIO FUNCTION EVENT RULES TASK ROLE TAGS AT MESSAGE INCIDENT DAYS PNG SVG REASON BY DATA EXAMPLES
$(foreach text,$(TEXTS),$(eval override $(text) := $$(value $(text))))
export $(TEXTS)

# GNU make ends with 2 after any failure, but hands on a 1 in question mode; lines with + run in it.
ifneq ($(filter "$(MAKECMDGOALS)","monitor" "history" "explain" "calibration" "approve" "reject" "audit"),)
MAKEFLAGS += --question
endif

.PHONY: help install build test check format lint types contracts unit integration terraform-check e2e browser \
	local-run local-up local-down console-demo console-link mock-qlik mock-openai mock-oidc monitor history explain calibration \
	approve reject audit pause resume-automation automation invoke rules-check lock bench bench-limits bench-links bench-console bench-pages \
	bench-detection bench-forecast bench-nab evals fuzz screenshots clean

help: ## Show this help
	@echo "Qlik Replication Monitoring Agent"; echo
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'
	@echo; echo "First: make local-run. Then: make test."

install: $(INSTALLED) ## Install the development environment into .venv

# Standard output belongs to the target that needed this, and 1 to `monitor`: hence >&2 and 2.
# uv takes seconds; pip knows the index that a company's pip.conf names.
$(INSTALLED): requirements.txt constraints.txt layers/dependencies/requirements.txt
	+@test -n "$(PYTHON)" && "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' \
		|| { echo "Python 3.13 is needed (found: $$("$(PYTHON)" --version 2>&1)). Set PYTHON=/path/to/python3.13" >&2; exit 2; }
	+@echo "Installing the development environment into $(VENV) ..." >&2
	+@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV) >&2 || exit 2
	+@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv 2>&1 \
		| { grep -v '^WARNING: Location' >&2 || true; }
	+@$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements.txt >&2 \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt >&2 || exit 2
	+@touch $@

# ---- the product on this machine

local-run: install ## Play a scenario out on LocalStack: SCENARIO=demo (default), faults or a file
	@$(RUN) local.run --scenario "$${SCENARIO:-demo}" $(ARGS)

local-up: install ## Keep the stack running for a person; prints approval links as they come
	@$(RUN) local.run.up --scenario "$${SCENARIO:-demo}" $(ARGS)

console-demo: install ## The same with a lively fleet to look at on the console, and a made-up day behind it
	@$(RUN) local.run.up --scenario "$${SCENARIO:-console}" --past $(ARGS)

console-link: install ## Mint a link to sign in to the console: ROLE=viewer (default) or approver
	@$(RUN) local.console_link $(if $(ROLE),--role "$$ROLE") $(ARGS)

local-down: install ## Stop what `make local-up` started
	@$(RUN) local.run.down

mock-qlik: install ## Run the mock Qlik server alone: PORT=, SCENARIO=file, TLS=1
	@$(RUN) local.mock_qlik $(if $(PORT),--port "$$PORT") $(if $(SCENARIO),--scenario "$$SCENARIO") \
		$(if $(filter 1 true yes,$(TLS)),--tls) $(ARGS)

mock-openai: install ## Run the mock OpenAI server alone: PORT=, SCENARIO=file
	@$(RUN) local.mock_openai $(if $(PORT),--port "$$PORT") $(if $(SCENARIO),--scenario "$$SCENARIO") $(ARGS)

mock-oidc: install ## Run the mock OpenID Connect provider alone: PORT=, ARGS=--client-secret=...
	@$(RUN) local.mock_oidc $(if $(PORT),--port "$$PORT") $(ARGS)

monitor: install ## Read the configured Qlik once and show what is ill; ARGS=--json for machines
	+@$(RUN) local.monitor $(ARGS)

history: install ## Show how a task fared: TASK="server/task" DAYS=14 PNG=file SVG=file ARGS=--json
	+@$(RUN) local.history "$$TASK" $(if $(DAYS),--days="$$DAYS") $(if $(PNG),--png="$$PNG") \
		$(if $(SVG),--svg="$$SVG") $(ARGS)

calibration: install ## Show whether confidences can be believed: Brier, ECE, reliability; ARGS=--json
	+@$(RUN) local.calibration $(ARGS)

explain: install ## Tell an incident from end to end: INCIDENT=id or "server/task"; none lists the open ones
	+@$(RUN) local.explain $(if $(INCIDENT),"$$INCIDENT") $(ARGS)

approve: install ## Say yes to what an incident asks: INCIDENT= BY=approver REASON="why", and type the task's name
	+@$(RUN) local.approve approve "$$INCIDENT" $(if $(BY),--by="$$BY") $(if $(REASON),--comment="$$REASON") $(ARGS)

reject: install ## Say no to it: INCIDENT= BY=approver REASON="why"
	+@$(RUN) local.approve reject "$$INCIDENT" $(if $(BY),--by="$$BY") $(if $(REASON),--comment="$$REASON") $(ARGS)

audit: install ## Show who was asked, who answered and how: INCIDENT=, ARGS=--csv or --json; ARGS=--all for all
	+@$(RUN) local.audit $(if $(INCIDENT),"$$INCIDENT") $(ARGS)

pause: install ## Stop every restart at once, approved ones too: REASON="why" ARGS=--by=name
	@$(RUN) local.automation pause $(if $(REASON),--reason="$$REASON") $(ARGS)

resume-automation: install ## Let the agent restart tasks again
	@$(RUN) local.automation resume $(ARGS)

automation: install ## Show whether the agent is paused, and what its limits have used up
	@$(RUN) local.automation show $(ARGS)

invoke: install ## Call one handler here with a sample event: FUNCTION=monitor_tasks EVENT=cycle
	@$(RUN) local.invoke $(if $(FUNCTION),"$$FUNCTION") $(if $(EVENT),"$$EVENT")

# ---- what is deployed

build: install ## Build layers and functions for Lambda: RULES=file, ARGS=--architecture=x86_64
	@$(RUN) local.build $(if $(RULES),--rules "$$RULES") $(ARGS)

rules-check: install ## Check the alerting rules and explain them: TASK=server/task RULES=file TAGS=a,b AT=time MESSAGE="text"
	@$(RUN) local.rules_check $(if $(RULES),--rules "$$RULES") $(if $(TASK),--task "$$TASK") \
		$(if $(TAGS),--tags "$$TAGS") $(if $(AT),--at "$$AT") \
		$(if $(MESSAGE),--message "$$MESSAGE") $(ARGS)

lock: install ## Pin everything anew after a change of requirements
	@$(RUN) local.build --lock
	@$(BIN)/uv pip compile --quiet --no-annotate --no-header --python-version 3.13 requirements.txt -o build/constraints.new
	@{ echo '# Every package of the development environment, pinned: made by `make lock`.'; \
		grep -v '^#' build/constraints.new | sed 's/\[.*\]//'; } > constraints.txt

# ---- checks

# How many files of tests run at once where each brings servers of its own.
WORKERS ?= 2

# Suites that start no server and take seconds; whatever is not named here runs in `integration`.
FAST := $(filter-out %/benchmarks %/conftest.py,$(wildcard tests/unit/*)) tests/contract/docs \
	tests/contract/terraform tests/integration/stores $(wildcard tests/contract/test_*.py)

test: browser check integration terraform-check e2e ## Run every check and every suite, LocalStack end-to-end included

check: lint types contracts unit ## Run all that needs no server: lint, types, contracts, unit tests

lint: install ## Lint, and check the format
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

format: install ## Format the code
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

types: install ## Check types with mypy --strict
	@$(BIN)/mypy

contracts: install ## Check that imports go one way
	@$(BIN)/lint-imports

unit: install ## Run the suites that start no server
	@$(RUN) pytest -q -m "not e2e and not terraform" $(FAST) $(ARGS)

integration: install ## Run the suites with mock servers, and the whole workflow in process
	@$(RUN) pytest -q -n $(WORKERS) --dist loadfile -m "not e2e and not terraform" $(addprefix --ignore=,$(FAST)) $(ARGS)

terraform-check: install ## Check format, validity and tests of the Terraform
	@$(RUN) pytest -q -m terraform $(ARGS)

browser: install ## See to a Chromium for the tests: installs Debian's as root or by sudo; CHROMIUM=/path names one
	@$(RUN) local.browser

e2e: browser ## Run the suites on LocalStack, the whole local run and a browser included
	@$(RUN) pytest -q -m e2e --ignore=tests/browser $(ARGS)
	@$(RUN) pytest -q -m e2e tests/browser $(ARGS)

fuzz: install ## Send the web front whatever its OpenAPI file allows, and what it does not: EXAMPLES=50
	@FUZZ_EXAMPLES="$${EXAMPLES:-50}" $(RUN) pytest -q --timeout=0 --show-capture=no tests/integration/web $(ARGS)

evals: install ## Measure decisions: rules, recorded answers, hostile models; with OPENAI_API_KEY a real one
	@$(RUN) benchmarks.evals --check $(ARGS)

bench: install ## Measure what a cycle over 10,000 tasks and its history cost: ARGS=--tasks=1000
	@$(RUN) benchmarks.cycle $(ARGS)
	@$(RUN) benchmarks.history $(ARGS)

bench-console: install ## Measure how quick and large the console's pages are with 10,000 tasks: ARGS="--opened 200 5000"
	@$(RUN) benchmarks.console $(ARGS)

bench-pages: browser ## Measure what a browser gets of each page on LocalStack, and how long it waits
	@$(RUN) benchmarks.pages $(ARGS)

bench-links: install ## Time how tampered approval links are refused, class by class: ARGS=--links=2000
	@$(RUN) benchmarks.approval_links $(ARGS)

bench-limits: install ## Let hundreds ask for restarts at once on LocalStack, and count what happens
	@$(RUN) benchmarks.limits $(ARGS)

bench-forecast: install ## Measure how forecasts of a lag breach hold: ARGS=--seeds=tuning
	@$(RUN) benchmarks.forecast $(ARGS)

bench-detection: install ## Measure detection on simulated fleets: ARGS=--quick, ARGS="--explain stuck_apply"
	@$(RUN) benchmarks.detection $(ARGS)

bench-nab: install ## Score the anomaly detection by the Numenta Anomaly Benchmark's rules: DATA=folder
	@$(RUN) benchmarks.nab "$$DATA"

screenshots: install ## Make the README's pictures anew from build/screenshots, which `make e2e` takes
	@$(RUN) local.browser.pictures

clean: ## Remove everything that was built, and the environment
	rm -rf build $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

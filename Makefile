# `make run` and `make test` are all that a newcomer types; `make help` shows the rest.

SHELL := /bin/sh
.DEFAULT_GOAL := help
PY := .venv/bin/python
APPS := mentoring accounts programs matching sessions feedback reports
# Two workers; what one file starts, such as a server, stays on one of them.
ARGS ?= -n 2 --dist loadfile

# The newest Python that is at hand and new enough. PYTHON=… chooses another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& command -v $$p && break; done)
BOOTSTRAP = @if [ -z "$(PYTHON)" ]; then \
	echo "Python 3.11 or later is needed and was not found: install it (Debian 12: apt-get install python3 python3-venv; macOS: brew install python@3.13), or name it with PYTHON=/path/to/python3." >&2; exit 1; fi; \
	"$(PYTHON)" -I mentoring/bootstrap.py

.PHONY: help run test chaos lint format lock css css-check demo-reset bench

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

run: ## Run the whole platform on this machine, with demo data, until Ctrl-C
	$(BOOTSTRAP) run
	@exec $(PY) -m mentoring.run

test: ## Run all tests (make test ARGS="tests/sessions -n 0" runs some)
	$(BOOTSTRAP) dev browser
	@exec $(PY) -m pytest $(ARGS)

chaos: ## Kill senders and servers again and again, for longer than make test does
	$(BOOTSTRAP) dev
	@CHAOS=long exec $(PY) -m pytest -n 0 -m chaos --durations=10 $(ARGS)

lint: ## Check style, types, layers, templates, security and migrations
	$(BOOTSTRAP) dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	.venv/bin/lint-imports
	$(PY) -m mypy
	$(PY) -m djlint --quiet --lint templates
	$(PY) -m bandit -q -c pyproject.toml -r $(APPS)
	$(PY) -m mentoring.run --throwaway -- makemigrations --check --dry-run
	DJANGO_SETTINGS_MODULE=mentoring.settings.test $(PY) -m mentoring.run --throwaway -- lintmigrations -q ok ignore
	$(PY) static/src/check.py
	@if docker compose version >/dev/null 2>&1; then \
		echo "docker compose config -q"; docker compose --env-file compose.env.example config -q; \
	else echo "Docker is not at hand: docker-compose.yml was not checked."; fi

format: ## Let the tools put the code into its form
	$(BOOTSTRAP) dev
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

lock: ## Compile requirements/*.txt, with hashes, from pyproject.toml
	$(BOOTSTRAP) dev
	.venv/bin/uv pip compile pyproject.toml --extra embedded --universal --python-version 3.11 --generate-hashes \
		--no-annotate -q --custom-compile-command "make lock" -o requirements/run.txt
	.venv/bin/uv pip compile pyproject.toml --all-extras -c requirements/run.txt --universal --python-version 3.11 \
		--generate-hashes --no-annotate -q --custom-compile-command "make lock" -o requirements/dev.txt

css: ## Build the style sheet (needs Node)
	@sh static/src/build.sh

css-check: ## Fail when the committed style sheet is older than its sources
	$(BOOTSTRAP) run
	@$(PY) static/src/check.py

demo-reset: ## Throw the demo organisations away and build them anew
	$(BOOTSTRAP) run
	@exec $(PY) -m mentoring.run -- demo --reset

bench: ## Measure pages, import, scoring and peers against the figures of last time
	$(BOOTSTRAP) dev
	@exec $(PY) -m mentoring.run --data .data/bench -- bench

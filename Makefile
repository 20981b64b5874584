# Only relative paths, so that the tree may lie anywhere. `make help` lists what there is.
PYTHON ?= python3
# A module is compiled once, and not at each start of a process.
export PYTHONDONTWRITEBYTECODE :=
RUN := .venv/bin/python
PROCESS_TESTS := tests/devstack tests/processes
APT_TESTS := tests/processes/test_proxy.py tests/processes/test_proxy_tls.py tests/processes/test_prometheus.py tests/processes/test_api_guide.py tests/processes/test_rolling.py tests/processes/test_alertmanager.py
AT_FULL_SIZE := -q -m chaos -o faulthandler_timeout=1800 --durations=0
CLOCK_TESTS := tests/processes/test_clocks.py tests/processes/test_midnight.py
by_apt = { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq \
	&& DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1) >/dev/null; }
COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header

.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help run dev test check bench format lint types lock clean ready-to-run ready-to-check chromium \
	screenshots docs chaos faketime prometheus alertmanager nginx curl openssl kubectl in-process-tests process-tests clock-tests browser-tests

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16
	@echo
	@echo "  Variables: PORT (8000), WORKERS (2), HOLDFAST_HOME (./var), PYTHON (python3), SMTP_PORT, MAIL_PORT; .env.example has the rest."

run: ready-to-run ## the whole stack with its own servers; WORKERS=4 sets the web processes
	@exec $(RUN) -m devstack.supervisor --with-parent

dev: ready-to-run ## the same with one web process that reloads when code changes
	@exec $(RUN) -m devstack.supervisor --with-parent --reload

test: ready-to-run in-process-tests process-tests ## every test that needs pip only

check: ready-to-check lint types chromium faketime prometheus alertmanager nginx curl openssl kubectl in-process-tests browser-tests process-tests clock-tests ## lint, types, contracts and all tests

chaos: ready-to-check chromium faketime nginx ## every fault at full size, about half an hour; SCALE=0.1 is a tenth of it
	@SCALE=$${SCALE:-1} $(RUN) -m pytest $(AT_FULL_SIZE) tests/processes
	@SCALE=$${SCALE:-1} $(RUN) -m pytest $(AT_FULL_SIZE) tests/browser

bench: ready-to-run nginx ## requests per second, beside a bare Flask hello
	@$(RUN) -m bench
	@$(RUN) -m bench.inventory
	@$(RUN) -m bench.orders
	@$(RUN) -m bench.promos
	@$(RUN) -m bench.activations
	@$(RUN) -m bench.jobs
	@$(RUN) -m bench.identity
	@$(RUN) -m bench.order_plans
	@$(RUN) -m bench.lists
	@$(RUN) -m bench.promos_notify
	@$(RUN) -m bench.buys
	@$(RUN) -m bench.analytics
	@$(RUN) -m bench.live
	@$(RUN) -m bench.room
	@$(RUN) -m bench.overload
	@$(RUN) -m bench.overload --proxy
	@$(RUN) -m bench.costs

screenshots: ready-to-check chromium ## each main page with demo data, into docs/screenshots
	@$(RUN) -m tests.browser.screenshots

docs: ready-to-check ## what the documents take from the code: tables, picture, collection
	@$(RUN) -m devstack.documents

format: ready-to-check ## rewrites code and templates
	@$(RUN) -m ruff format .
	@$(RUN) -m ruff check --fix .
	@$(RUN) -m djlint --quiet --reformat templates || true

lint: ready-to-check ## format, lint and import contracts
	@$(RUN) -m ruff format --check .
	@$(RUN) -m ruff check .
	@$(RUN) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"
	@$(RUN) -m djlint --quiet --check templates
	@$(RUN) -m djlint --quiet --lint templates

types: ready-to-check ## mypy, strict
	@$(RUN) -m mypy

lock: ## resolves requirements*.in into hashed lock files; needs uv
	@for name in requirements requirements-dev requirements-demo requirements-check; do $(COMPILE) --quiet $$name.in -o $$name.txt || exit 1; done

clean: ## removes .venv and caches; data in ./var stays
	@rm -rf .venv .venv.lock .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

ready-to-run:
	@$(PYTHON) -m devstack.bootstrap run

ready-to-check:
	@$(PYTHON) -m devstack.bootstrap check

chromium:
	@command -v chromium >/dev/null || $(call by_apt,chromium) \
	|| { echo "Chromium is missing: install it so that the command 'chromium' exists, such as by 'apt-get install chromium'" >&2; exit 1; }

faketime:
	@ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 || $(call by_apt,libfaketime) \
	|| { echo "libfaketime is missing: install it, such as by 'apt-get install libfaketime'" >&2; exit 1; }

prometheus:
	@{ command -v prometheus && command -v promtool; } >/dev/null || $(call by_apt,prometheus) \
	|| { echo "Prometheus is missing: install it, such as by 'apt-get install prometheus'" >&2; exit 1; }

alertmanager:
	@{ command -v prometheus-alertmanager && command -v amtool; } >/dev/null || $(call by_apt,prometheus-alertmanager) \
	|| { echo "Alertmanager is missing: install it, such as by 'apt-get install prometheus-alertmanager'" >&2; exit 1; }

nginx:
	@command -v nginx >/dev/null || $(call by_apt,nginx-light) \
	|| { echo "nginx is missing: install it, such as by 'apt-get install nginx-light'" >&2; exit 1; }

curl:
	@command -v curl >/dev/null || $(call by_apt,curl) \
	|| { echo "curl is missing: install it, such as by 'apt-get install curl'" >&2; exit 1; }

openssl:
	@command -v openssl >/dev/null || $(call by_apt,openssl) \
	|| { echo "openssl is missing: install it, such as by 'apt-get install openssl'" >&2; exit 1; }

# Debian 12 has one that is too old for deploy/kubernetes.
kubectl:
	@command -v kubectl >/dev/null \
	|| { echo "kubectl is missing: install version 1.27 or newer (Debian's is older), see kubernetes.io/docs/tasks/tools" >&2; exit 1; }

in-process-tests:
	@$(RUN) -m pytest -q -n 2 --ignore=tests/browser --ignore=tests/deploy $(PROCESS_TESTS:%=--ignore=%)

# These start and kill whole stacks and wait for half of the time: two files at once, on servers of their own.
process-tests:
	@$(RUN) -m pytest -q -n 2 --dist loadfile $(CLOCK_TESTS:%=--ignore=%) $(APT_TESTS:%=--ignore=%) $(wildcard $(PROCESS_TESTS))

clock-tests:
	@$(RUN) -m pytest -q $(CLOCK_TESTS) $(APT_TESTS)

browser-tests:
	@$(RUN) -m pytest -q -n 2 tests/browser tests/deploy

# Everything that a newcomer needs: make run, make demo, make test, make check, make bench.
# A fresh machine needs Python 3.11 or later and make; the rest comes from the package registries, locked by hash.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip -q --disable-pip-version-check --no-input
PYTEST_ARGS ?=

.PHONY: run demo test everyday check bench lock browser lighthouse letter-standards clean

run: $(VENV)/run.done
	$(BIN)/skord --config config.toml serve

demo: $(VENV)/run.done
	$(BIN)/skord demo

test: $(VENV)/test.done browser
	$(BIN)/python -m pytest -n 2 --dist worksteal $(PYTEST_ARGS)

# What is run after each change; the whole of it before anything lands.
everyday: $(VENV)/test.done
	$(BIN)/python -m pytest -n 2 --dist worksteal --everyday $(PYTEST_ARGS)

check: $(VENV)/test.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_house.py $(wildcard tests/test_docs*.py)

bench: $(VENV)/test.done
	$(BIN)/python -m bench

# What Google's Lighthouse says of a site that runs (make lighthouse SITE=…); it needs npm and chromium, and is skipped
# with a word where they cannot be had.
SITE ?= http://127.0.0.1:8000
LIGHTHOUSE_PAGES ?= / /archive /places /strategy /issues
lighthouse:
	@sh tools/lighthouse.sh $(SITE) $(LIGHTHOUSE_PAGES)

$(VENV)/made:
	@sh requirements/venv.sh $(PYTHON) $(VENV)
	@touch $@

$(VENV)/run.done: requirements/run.txt pyproject.toml | $(VENV)/made
	@echo "Installing what Skörd needs (a minute or less; only the first time)"
	@$(PIP) install --require-hashes -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/test.done: requirements/test.txt pyproject.toml | $(VENV)/made
	@echo "Installing what the tests need"
	@$(PIP) install --require-hashes -r requirements/test.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/run.done

# The browser that the tests drive, and a library that its driver needs and a small Debian lacks. Where they cannot be
# had, that is said and the browser's tests are skipped.
browser: $(VENV)/test.done
	@{ command -v chromium && $(BIN)/python -m playwright --version; } >/dev/null 2>&1 || \
		{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
		echo "Fetching Debian's chromium, which the tests drive" && apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
		chromium libatomic1 fonts-noto-color-emoji >/dev/null 2>&1; } || \
		echo "No chromium to be had here: tests that drive a browser are skipped (as root: apt install chromium libatomic1)"

# Drawn letters before judges from outside; what cannot be had is named. LETTERS: a folder of letters to judge instead.
JUDGES := .build/letter-standards
letter-standards: $(VENV)/test.done
	@[ -d $(JUDGES)/node_modules/caniemail ] || npm install --silent --no-save --prefix $(JUDGES) \
		html-validate@10.17.0 caniemail@1.0.5 || echo "html-validate and caniemail cannot be had here"
	@command -v spamassassin >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends spamassassin >/dev/null 2>&1; } || \
		echo "SpamAssassin cannot be had here"
	$(BIN)/python tests/letter_standards.py $(LETTERS)

# New locks from pyproject.toml; run it when a dependency changes, and read what it changed.
LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock" --extra postgresql --extra demo \
	pyproject.toml requirements/build.in
lock: | $(VENV)/made
	$(PIP) install uv
	$(LOCK) -o requirements/run.txt
	$(LOCK) --group test -c requirements/run.txt -o requirements/test.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache dist build

# Everything that a newcomer needs: make run, make demo, make test, make check, make bench.
# A fresh machine needs Python 3.11 or later and make; the rest comes from the package registries, locked by hash.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=

.PHONY: run demo test check bench lock browser clean

run: $(VENV)/run.done
	$(BIN)/skord --config config.toml serve

demo: $(VENV)/run.done
	$(BIN)/skord demo

test: $(VENV)/test.done browser
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(PYTEST_ARGS)

check: $(VENV)/test.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/test.done
	$(BIN)/python -m bench

# Debian splits the venv module off; where we may, we fetch it, else we say what is missing.
$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Skörd needs Python 3.11 or later; set PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
		{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -q && apt-get install -y -q python3-venv; } || \
		{ echo "Python's venv module is missing: install it with: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run.done: requirements/run.txt pyproject.toml | $(VENV)/made
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/test.done: requirements/test.txt pyproject.toml | $(VENV)/made
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/test.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/run.done

# The browser that the tests drive. Where it cannot be had they say so and are skipped.
browser:
	@command -v chromium >/dev/null || \
		{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -q >/dev/null && \
		apt-get install -y -q chromium fonts-noto-color-emoji >/dev/null; } || \
		echo "chromium cannot be had here: the tests that drive a browser are skipped"

# New locks from pyproject.toml; run it when a dependency changes, and read what it changed.
LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock" --extra postgresql --extra demo \
	pyproject.toml requirements/build.in
lock: | $(VENV)/made
	$(BIN)/python -m pip install -q --disable-pip-version-check uv
	$(LOCK) -o requirements/run.txt
	$(LOCK) --group test -c requirements/run.txt -o requirements/test.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache dist build

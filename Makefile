# `make run` and `make test` need nothing done before them but Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501

.PHONY: help run test lint search browser bench screenshots clean

help:
	@echo "make run          start the app on http://127.0.0.1:$(PORT)"
	@echo "make test         lint, types and all tests, in a real browser too"
	@echo "make search       the unit tests, with inputs that no run has tried before"
	@echo "make bench        print how fast and small it is against what you would run instead"
	@echo "make screenshots  take the README's pictures from the running app"
	@echo "make clean        remove the environment and caches"

$(VENV)/run.stamp: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/dev.stamp: requirements-dev.txt requirements-ray.txt $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

run: $(VENV)/run.stamp
	$(BIN)/streamlit run app.py --server.port $(PORT)

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

browser:
	@tests/browser/install-chromium

test: lint browser
	$(BIN)/python -m pytest -n 2 --dist loadfile

search: $(VENV)/dev.stamp
	HYPOTHESIS_PROFILE=search $(BIN)/python -m pytest -n 2 --dist loadfile tests/unit

bench: $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks ratios

screenshots: $(VENV)/dev.stamp browser
	$(BIN)/python -m docs.screenshots

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

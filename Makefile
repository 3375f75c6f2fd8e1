# make serve: a running server with a demo office.   make test: every check, with all that it needs.
PYTHON ?= python3
VENV   := .venv
DATA   ?= data
BIN    := $(VENV)/bin

.PHONY: serve test bench clean

serve: $(VENV)/.serve
	OFFHOOK_TFTP__LISTEN=$${OFFHOOK_TFTP__LISTEN:-0.0.0.0:6969} exec $(BIN)/offhook serve --data $(DATA) --demo

test: $(VENV)/.test
	tests/run

bench: $(VENV)/.test
	for bench in bench/*.py; do echo "== $$bench"; $(BIN)/python -m bench.$$(basename $$bench .py) || exit 1; done

# A bare Debian has Python without the module that makes virtual environments: then it is installed, or we say how.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "offhook needs Python 3.11 or newer: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); deploy/apt-install python3-venv && $(PYTHON) -m venv $(VENV); }

$(VENV)/.serve: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[fast]'
	@touch $@

$(VENV)/.test: $(VENV)/bin/python pyproject.toml tests/packages
	deploy/apt-install $$(cat tests/packages)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[fast,test]'
	@touch $@

clean:
	rm -rf $(VENV) dist build

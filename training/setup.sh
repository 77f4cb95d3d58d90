#!/usr/bin/env bash
# Sets up the training pipeline's Python environment, training/.venv, from the locked dependencies.
set -euo pipefail
cd "$(dirname "$0")"
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' ||
  { echo "training needs Python 3.11 or 3.12 (PYTHON=... chooses one)" >&2; exit 1; }
[ -d .venv ] || "$python" -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --editable .

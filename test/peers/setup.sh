#!/usr/bin/env bash
# Python environments of what the service is tried against, from PyPI with locked hashes: MLServer, tritonclient and
# moto in .venv; NVIDIA's Triton (PyTriton), which wants another numpy, in .venv-triton, as the benchmark has it.
set -euo pipefail
cd "$(dirname "$0")"
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' ||
  { echo "the peers need Python 3.11 or 3.12 (PYTHON=... chooses one)" >&2; exit 1; }

install() {
  local done=$1/.installed-$(sha256sum "$2" | cut -c -16)
  [ -e "$done" ] && return
  [ -d "$1" ] || "$python" -m venv "$1"
  "$1/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$2"
  touch "$done"
}

install .venv requirements.lock
install .venv-triton ../../bench/peers/triton/requirements.lock

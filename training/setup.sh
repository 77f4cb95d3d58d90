#!/usr/bin/env bash
# Sets up the training pipeline's Python environment, training/.venv, from the locked dependencies.
#   --gpu        also PyTorch with CUDA's libraries, for training on a GPU: several GB
#   --torch-cpu  also PyTorch without them, on Linux with x86-64, gcc and binutils: half a GB to fetch, for tests and trials
set -euo pipefail
cd "$(dirname "$0")"
case "${1:-}" in
  "" | --gpu | --torch-cpu) ;;
  *) echo "usage: npm run train:setup [-- --gpu | --torch-cpu]" >&2; exit 2 ;;
esac
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' ||
  { echo "training needs Python 3.11 or 3.12 (PYTHON=... chooses one)" >&2; exit 1; }
[ -d .venv ] || "$python" -m venv .venv
install() { .venv/bin/pip install --quiet --disable-pip-version-check "$@"; }
install --require-hashes -r requirements.lock
install --no-deps --editable .
case "${1:-}" in
  --gpu) install --no-deps --require-hashes -r requirements-gpu.lock ;;
  --torch-cpu)
    install --no-deps --require-hashes -r requirements-torch-cpu.lock
    .venv/bin/python cuda_stand_ins.py ;;
esac

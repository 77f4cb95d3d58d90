#!/usr/bin/env bash
# Sets up onnxruntime on an NVIDIA GPU: its CUDA provider out of its PyPI wheel, and with --libraries CUDA 13 and cuDNN 9
# out of NVIDIA's, in runtimes/cuda/lib (some 2 GB).
#
#     npm run cuda:setup -- --libraries
#
# Without --libraries the machine must have these. The wheels come from the index that pip is configured for, pinned and
# checked by hash. Needs Linux on x86-64 with glibc 2.28, and Python 3 with pip (PYTHON=... chooses one).
set -euo pipefail
cd "$(dirname "$0")"
python=${PYTHON:-python3}
[ "$(uname -sm)" = 'Linux x86_64' ] || { echo "cuda:setup knows Linux on x86-64 only" >&2; exit 1; }

onnxruntime=../../node_modules/onnxruntime-node
version=$(node -p "require('$onnxruntime/package.json').version")
grep -q "^onnxruntime-gpu==$version " requirements.txt ||
  { echo "requirements.txt has another version than onnxruntime-node $version" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
download() {
  # The wheels of one fixed Python, whichever this machine has.
  "$python" -m pip download --quiet --disable-pip-version-check --no-cache-dir --no-deps --require-hashes \
    --only-binary=:all: --implementation cp --python-version 3.12 \
    --platform manylinux_2_28_x86_64 --platform manylinux_2_27_x86_64 --platform manylinux2014_x86_64 \
    --dest "$work" --requirement "$1"
}

echo "onnxruntime's CUDA provider, from PyPI"
download requirements.txt
"$python" -m zipfile -e "$work"/onnxruntime_gpu-*.whl "$work/wheel"
# Beside the library that loads it.
mv "$work"/wheel/onnxruntime/capi/libonnxruntime_providers_{cuda,shared}.so "$onnxruntime/bin/napi-v6/linux/x64/"

if [ "${1:-}" = --libraries ]; then
  echo "CUDA 13 and cuDNN 9, from PyPI"
  download requirements-libraries.txt
  mkdir "$work/lib"
  for wheel in "$work"/nvidia_*.whl; do
    "$python" -m zipfile -e "$wheel" "$work/nvidia"
    find "$work/nvidia" -name '*.so.*' -exec mv -t "$work/lib" {} +
    rm -rf "$wheel" "$work/nvidia"
  done
  rm -rf lib
  mv "$work/lib" lib
  echo "$(du -sh lib | cut -f1) in runtimes/cuda/lib, which scripts/start.sh adds to LD_LIBRARY_PATH"
fi

#!/usr/bin/env bash
# Sets up HEMOSERVE_ENGINE=tensorflow: tfjs-node, its addon compiled here, and libtensorflow out of a PyPI wheel.
#
#     npm run tensorflow:setup              # CPU
#     npm run tensorflow:setup -- --gpu     # NVIDIA GPU (CUDA 12, which comes along; the driver must be there)
#
# Everything comes from the npm and PyPI registries that npm and pip are configured for (a mirror will do), pinned
# and checked by hash. Needs x86-64 Linux, g++, and Python 3 with pip (PYTHON=... chooses one).
set -euo pipefail
cd "$(dirname "$0")"
variant=cpu
for argument in "$@"; do
  case $argument in
    --gpu) variant=gpu ;;
    *) echo "usage: npm run tensorflow:setup [-- --gpu]" >&2; exit 2 ;;
  esac
done
python=${PYTHON:-python3}
[ "$(uname -sm)" = "Linux x86_64" ] || { echo "tensorflow:setup knows x86-64 Linux only" >&2; exit 1; }
command -v g++ > /dev/null || { echo "tensorflow:setup needs g++" >&2; exit 1; }
"$python" -m pip --version > /dev/null || { echo "tensorflow:setup needs Python with pip (PYTHON=... chooses one)" >&2; exit 1; }

# What a finished setup was made from; without a change there is nothing to do.
stamp=node_modules/.hemoserve-setup
made_from="$variant $(cat package-lock.json "requirements-$variant.txt" setup.sh extract.py | sha256sum | cut -d' ' -f1)"
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$made_from" ]; then
  echo "TensorFlow ($variant) is set up already"
  exit
fi

echo "tfjs-node, without its installer, which would download an old libtensorflow"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
tfjs=node_modules/@tensorflow/tfjs-node

echo "libtensorflow ($variant), from PyPI"
wheels=$(mktemp -d)
trap 'rm -rf "$wheels"' EXIT
# The wheels of one fixed Python and of glibc up to 2.28, whichever this machine has: no Python runs them.
platforms=(--platform manylinux2014_x86_64)
for minor in {17..28}; do platforms+=(--platform "manylinux_2_${minor}_x86_64"); done
"$python" -m pip download --quiet --disable-pip-version-check --no-cache-dir --no-deps --require-hashes \
  --only-binary=:all: --implementation cp --python-version 3.12 "${platforms[@]}" \
  --dest "$wheels" --requirement "requirements-$variant.txt"
"$python" extract.py "$wheels" "$tfjs/deps"

echo "the addon, with $(g++ -dumpfullversion -dumpversion | sed 's/^/g++ /')"
mkdir -p "$tfjs/lib/napi-v8"
g++ -std=c++17 -O2 -shared -fPIC -DNAPI_VERSION=8 \
  -I "$tfjs" -I "$tfjs/deps/include" -I node_modules/node-api-headers/include \
  "$tfjs/binding/tfjs_backend.cc" "$tfjs/binding/tfjs_binding.cc" -o "$tfjs/lib/napi-v8/tfjs_binding.node" \
  -L "$tfjs/deps/lib" -l:libtensorflow_cc.so.2 -l:libtensorflow_framework.so.2 \
  -Wl,-rpath,'$ORIGIN/../../deps/lib'

node check.cjs
echo "$made_from" > "$stamp"

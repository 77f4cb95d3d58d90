#!/usr/bin/env bash
# Packs all that a measurement on a GPU machine needs, in pieces of at most 55 MiB, for a machine that reaches nothing:
# Node, the built service, one model, the load generator, and onnxruntime's CUDA provider. The machine brings the driver,
# CUDA 13 and cuDNN 9 (as Python packages, or where the loader finds them).
#
#     npm run bench:gpu -- [FOLDER]            then, on the GPU machine: bash FOLDER/run.sh
#
# Needs bench/.bin/vegeta (npm run bench:setup) and Python 3 with pip. TENSORFLOW=1 packs runtimes/tensorflow too, which
# must be set up with --gpu: 5.5 GB.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${1:-bench/results/gpu}
[ -x bench/.bin/vegeta ] || { echo 'the load generator is missing: npm run bench:setup' >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
app=$work/hemoserve
mkdir -p "$app/models" "$app/bin"
read -r name version < <(node -p "const m = require('./models/default.json'); m.name + ' ' + m.version")

cp -r package.json package-lock.json .npmrc tsconfig.json dist src config scripts bench "$app/"
rm -rf "$app/bench/results" "$app"/bench/.venv-*
mkdir -p "$app/models/$name" "$app/workbench" "$app/runtimes"
cp -r "models/$name/$version" "$app/models/$name/"
cp models/default.json "$app/models/"
cp workbench/package.json "$app/workbench/"
cp -r runtimes/cuda "$app/runtimes/"
cp "$(node -p process.execPath)" "$app/bin/node"
# The whole lock: the commands of the benchmark run from TypeScript. What no command of it needs goes again.
(cd "$app" && npm ci --no-audit --no-fund --silent)
rm -rf "$app"/node_modules/onnxruntime-node/bin/napi-v*/{darwin,win32} "$app"/node_modules/onnxruntime-node/bin/napi-v*/linux/arm64 \
  "$app"/node_modules/{typescript,@typescript,@biomejs,@grafana,vite,rolldown,@rolldown,@prometheus-io,@medplum}
if [ "${PROVIDER:-1}" = 1 ]; then (cd "$app" && bash runtimes/cuda/setup.sh); fi
if [ "${TENSORFLOW:-0}" = 1 ]; then cp -r runtimes/tensorflow "$app/runtimes/"; fi

rm -rf "$out"
mkdir -p "$out"
tar -C "$work" -cz hemoserve | split --bytes 55M --numeric-suffixes --suffix-length 3 - "$out/hemoserve.tar.gz."
cp bench/gpu/run.sh bench/gpu/run-tensorflow.sh "$out/"
(cd "$out" && sha256sum hemoserve.tar.gz.* > SHA256SUMS)
du -sh "$out"

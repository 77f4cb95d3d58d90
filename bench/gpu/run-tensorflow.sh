#!/usr/bin/env bash
# The same with TensorFlow, for a machine that can fetch it (npm run tensorflow:setup -- --gpu, 5.5 GB), or with pieces
# that were packed with TENSORFLOW=1.
set -euo pipefail
cd "$(dirname "$0")"
if [ ! -d hemoserve ]; then cat hemoserve.tar.gz.* | tar -xz; fi
if [ ! -d hemoserve/runtimes/tensorflow/node_modules ]; then
  echo 'TensorFlow is not in the pieces: pack them with TENSORFLOW=1' >&2
  exit 1
fi
ENGINE=tensorflow exec bash run.sh

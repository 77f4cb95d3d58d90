#!/bin/sh
# Runs the built service, with what a process can only be told before it starts. Variables that are set stay;
# arguments are options of Node.
set -eu

# Images are decoded in libuv's threads, as many at a time as there are cores, and files are read there too; Node
# has 4 unless told.
cores=$(getconf _NPROCESSORS_ONLN)
export UV_THREADPOOL_SIZE="${UV_THREADPOOL_SIZE:-$((cores < 4 ? 4 : cores + 1))}"

# CUDA, where `npm run cuda:setup -- --libraries` put it.
cuda="$(dirname "$0")/../runtimes/cuda/lib"
if [ -d "$cuda" ]; then
  export LD_LIBRARY_PATH="$cuda${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
fi

# V8's old generation begins so small that it is collected more than once a second; see docs/architecture.md.
exec node --initial-old-space-size=64 "$@" "$(dirname "$0")/../dist/main.js"

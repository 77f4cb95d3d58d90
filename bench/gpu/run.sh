#!/usr/bin/env bash
# On the GPU machine, beside the pieces: joins and unpacks them, starts the service on the GPU, which checks its golden
# outputs, and measures the engine and the service. Made for ten minutes. The tables are in ./results.
#
#     bash run.sh            DEVICE=cpu SECONDS_EACH=2 bash run.sh tries everything but the GPU
set -euo pipefail
cd "$(dirname "$0")"
engine=${ENGINE:-onnxruntime}
device=${DEVICE:-gpu}
seconds=${SECONDS_EACH:-10}
results=$PWD/results
mkdir -p "$results"

sha256sum --quiet --check SHA256SUMS
if [ ! -d hemoserve ]; then cat hemoserve.tar.gz.* | tar -xz; fi
cd hemoserve
export PATH=$PWD/bin:$PATH

# Where Python packages brought CUDA and cuDNN.
python=$(command -v python3 || true)
if [ -n "$python" ]; then
  libraries=$("$python" -c '
import glob, site, sys
folders = set(site.getsitepackages() + [site.getusersitepackages()] + sys.path)
print(":".join(sorted(lib for folder in folders if folder for lib in glob.glob(folder + "/nvidia/*/lib"))))')
  export LD_LIBRARY_PATH=$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
fi

{
  date --utc
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader || echo 'no nvidia-smi'
  node --version
  echo "LD_LIBRARY_PATH=${LD_LIBRARY_PATH:-}"
} | tee "$results/machine.txt"

if [ "$device" = gpu ] && [ "$engine" = onnxruntime ]; then
  provider=node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so
  if missing=$(ldd "$provider" | grep 'not found'); then
    echo "the CUDA provider lacks libraries: $missing" | tee "$results/missing.txt" >&2
    exit 1
  fi
fi

node --import ./scripts/typescript.mjs bench/engines/engine.ts --engine "$engine" --device "$device" \
  --sizes 1,8,32,64 --seconds "$seconds" | tee "$results/engine.md"
node --import ./scripts/typescript.mjs bench/gpu/main.ts --engine "$engine" --device "$device" --seconds "$seconds" \
  --out "$results" | tee "$results/service.md"

#!/usr/bin/env bash
# Sets up HEMOSERVE_ENGINE=openvino: OpenVINO's libraries for the CPU, out of its PyPI wheel, in runtimes/openvino/lib.
#
#     npm run openvino:setup
#
# The wheel comes from the index that pip is configured for (PIP_INDEX_URL: a mirror; PIP_NO_INDEX=1
# PIP_FIND_LINKS=FOLDER: a folder that it was brought to), pinned and checked by hash. Needs Linux with glibc 2.28
# (x86-64) or 2.35 (ARM), and Python 3 with pip (PYTHON=... chooses one).
set -euo pipefail
cd "$(dirname "$0")"
python=${PYTHON:-python3}
case $(uname -sm) in
  'Linux x86_64') platform=manylinux_2_28_x86_64 ;;
  'Linux aarch64') platform=manylinux_2_35_aarch64 ;;
  *) echo "openvino:setup knows Linux on x86-64 and ARM only" >&2; exit 1 ;;
esac
"$python" -m pip --version > /dev/null || { echo "openvino:setup needs Python with pip (PYTHON=... chooses one)" >&2; exit 1; }

# What a finished setup was made from; without a change there is nothing to do.
stamp=lib/.hemoserve-setup
made_from="$platform $(cat requirements.txt setup.sh | sha256sum | cut -d' ' -f1)"
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$made_from" ]; then
  echo "OpenVINO is set up already"
  exit
fi

echo "OpenVINO, from PyPI"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The wheel of one fixed Python, whichever this machine has: no Python runs it.
"$python" -m pip download --quiet --disable-pip-version-check --no-cache-dir --no-deps --require-hashes \
  --only-binary=:all: --implementation cp --python-version 3.12 --platform "$platform" \
  --dest "$work" --requirement requirements.txt
"$python" -m zipfile -e "$work"/openvino-*.whl "$work/wheel"

# The C API, the CPU's plugin, the readers of ONNX files and of compiled networks, which are OpenVINO's own format, and
# their thread library; not GPU, NPU and other formats.
mkdir "$work/lib"
libraries=$work/wheel/openvino/libs
mv "$libraries"/libopenvino.so.* "$libraries"/libopenvino_c.so.* "$libraries"/libopenvino_*_cpu_plugin.so \
  "$libraries"/libopenvino_onnx_frontend.so.* "$libraries"/libopenvino_ir_frontend.so.* "$libraries"/libtbb* \
  "$libraries"/libhwloc* \
  "$work"/wheel/openvino-*.dist-info/licenses "$work/lib"
echo "$made_from" > "$work/$stamp"
rm -rf lib
mv "$work/lib" lib
echo "$(basename "$work"/openvino-*.whl): $(du -sh lib | cut -f1) in runtimes/openvino/lib"

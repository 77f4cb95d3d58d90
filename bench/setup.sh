#!/usr/bin/env bash
# Sets the benchmark up: the load generator (bench/.bin/vegeta, needs Go) and a Python environment per peer
# (bench/.venv-NAME, from its locked dependencies). What cannot be installed leaves its reason behind, which the
# table shows. With names, only those peers:
#
#     npm run bench:setup -- litserve triton
set -uo pipefail
cd "$(dirname "$0")"
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' ||
  { echo "the peers need Python 3.11 or 3.12 (PYTHON=... chooses one)" >&2; exit 1; }

(cd harness/vegeta && go build -o ../../.bin/vegeta github.com/tsenart/vegeta/v12) ||
  { echo "the load generator needs Go 1.24 or newer" >&2; exit 1; }

install() {
  [ -d ".venv-$1" ] || "$python" -m venv ".venv-$1" || return
  ".venv-$1/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "peers/$1/requirements.lock"
}

[ $# -gt 0 ] || set -- $(cd peers && dirname -- */requirements.lock)
for peer in "$@"; do
  echo "installing $peer"
  failure=.setup-$peer.log
  if install "$peer" 2>"$failure"; then
    rm -f "$failure"
  else
    echo "  not installed: $(tail -n 1 "$failure")"
  fi
done

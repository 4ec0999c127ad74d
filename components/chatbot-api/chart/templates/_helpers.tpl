{{- define "chatbot-api.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/*
No label holds the chart's version: Flux appends the Git revision to it (reconcileStrategy Revision), and each
commit would start all pods anew.
*/}}
{{- define "chatbot-api.labels" -}}
{{ include "chatbot-api.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
app.kubernetes.io/component: api
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "chatbot-ui.selector" -}}
app.kubernetes.io/name: chatbot-ui
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "chatbot-ui.labels" -}}
{{ include "chatbot-ui.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | quote }}
app.kubernetes.io/component: frontend
{{- end }}

{{- /* Whether this page needs other settings than the image has. */}}
{{- define "chatbot-ui.settings" -}}
{{- if or .Values.api.origin (ne .Values.login "none") }}yes{{ end }}
{{- end }}

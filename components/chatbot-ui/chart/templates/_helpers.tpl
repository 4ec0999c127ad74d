{{- define "chatbot-ui.selector" -}}
app.kubernetes.io/name: chatbot-ui
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "chatbot-ui.labels" -}}
{{ include "chatbot-ui.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | quote }}
app.kubernetes.io/component: frontend
{{- end }}

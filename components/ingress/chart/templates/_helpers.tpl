{{- define "ingress.labels" -}}
app.kubernetes.io/name: ingress
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "ingress.selector" -}}
selector:
  matchLabels: {{- toYaml .Values.selector | nindent 4 }}
{{- end }}

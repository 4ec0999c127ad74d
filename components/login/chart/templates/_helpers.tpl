{{- define "login.labels" -}}
app.kubernetes.io/name: login
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "login.selector" -}}
selector:
  matchLabels: {{- toYaml .Values.selector | nindent 4 }}
{{- end }}

{{- /* Each host, with and without a port, as clients send it. */}}
{{- define "login.hosts" -}}
{{- $hosts := list }}
{{- range .Values.hosts }}
{{- $hosts = concat $hosts (list . (printf "%s:*" .)) }}
{{- end }}
{{- toYaml $hosts }}
{{- end }}

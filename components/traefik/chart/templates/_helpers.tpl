{{- define "traefik.labels" -}}
app.kubernetes.io/name: traefik
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- /* A name that only the readiness probe says. */}}
{{- define "traefik.readyHost" -}}
ready.{{ .Release.Name }}.internal
{{- end }}

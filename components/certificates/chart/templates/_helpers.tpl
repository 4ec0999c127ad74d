{{- define "certificates.labels" -}}
app.kubernetes.io/name: certificates
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

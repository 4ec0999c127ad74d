{{- define "redis.labels" -}}
app.kubernetes.io/name: redis
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "redis.files" -}}
redis.conf: |
  bind * -::*
  port 6379
  dir /data
  # The log alone: a snapshot beside it would write everything twice.
  appendonly yes
  appendfsync everysec
  save ""
  maxmemory {{ .Values.maxMemory }}
  maxmemory-policy volatile-ttl
{{- end }}

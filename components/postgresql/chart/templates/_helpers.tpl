{{- define "postgresql.labels" -}}
app.kubernetes.io/name: postgresql
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "postgresql.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "postgresql.files" -}}
pg_hba.conf: |
  # The socket is in this pod, where the data are.
  local all all trust
  host {{ .Values.database }} {{ .Values.username }} all scram-sha-256
role.sql: |
  \set ON_ERROR_STOP on
  \getenv password PASSWORD
  SELECT 'CREATE ROLE {{ .Values.username }} LOGIN'
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{{ .Values.username }}') \gexec
  SELECT 'CREATE DATABASE {{ .Values.database }} OWNER {{ .Values.username }}'
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{{ .Values.database }}') \gexec
  ALTER ROLE {{ .Values.username }} PASSWORD :'password';
{{- end }}

{{- define "ollama.labels" -}}
app.kubernetes.io/name: ollama
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "ollama.pullLabels" -}}
app.kubernetes.io/name: ollama-pull
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "ollama.image" -}}
{{ .repository }}:{{ .tag }}
{{- end }}

{{- /* What every pod of this chart runs under. */}}
{{- define "ollama.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "ollama.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- /* The Job's pod. Its hash names the Job, so nothing may stand here that changes with a commit, as a chart
version does. */}}
{{- define "ollama.pullTemplate" -}}
metadata:
  labels: {{- include "ollama.pullLabels" . | nindent 4 }}
spec:
  # A failed pod stays for its log; the Job makes the next one.
  restartPolicy: Never
  automountServiceAccountToken: false
  securityContext: {{- include "ollama.podSecurityContext" . | nindent 4 }}
  containers:
    - name: pull
      image: {{ include "ollama.image" .Values.modelsImage }}
      imagePullPolicy: IfNotPresent
      args: [pull]
      env:
        - {name: OLLAMA_URL, value: "http://ollama-internal:11434"}
        - {name: SIDECAR_URL, value: "http://ollama-internal:8080"}
        - {name: MODEL_REGISTRY, value: {{ .Values.modelRegistry | quote }}}
        - {name: WANTED_MODELS, value: {{ .Values.models | toJson | quote }}}
      # The log's last lines say which model failed and why.
      terminationMessagePolicy: FallbackToLogsOnError
      securityContext: {{- include "ollama.containerSecurityContext" . | nindent 8 }}
      resources: {{- toYaml .Values.modelsResources | nindent 8 }}
{{- end }}

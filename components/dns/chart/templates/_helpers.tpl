{{- define "dns.labels" -}}
app.kubernetes.io/name: dns
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "dns.files" -}}
named.conf: |
  include "/run/named/tsig.conf";
  options {
    directory "/var/cache/bind";
    listen-on port 5353 { any; };
    listen-on-v6 { none; };
    recursion no;
    minimal-responses yes;
    allow-query { any; };
    allow-transfer { key {{ .Values.tsig.name | quote }}; };
    notify no;
    dnssec-validation no;
    empty-zones-enable no;
    pid-file none;
    session-keyfile none;
    version none;
    hostname none;
  };
  controls { };
  zone {{ .Values.zone | quote }} {
    type primary;
    file "zone";
    max-journal-size 1m;
    update-policy { grant {{ .Values.tsig.name }} zonesub ANY; };
  };
zone: |
  $TTL 60
  @ IN SOA ns hostmaster 1 3600 600 86400 {{ .Values.negativeTTL }}
  @ IN NS ns
  ns IN A {{ .Values.service.clusterIP }}
{{- end }}

{{- define "dns.probe" -}}
[sh, -c, 'dig @127.0.0.1 -p 5353 +time=2 +tries=1 +short {{ .Values.zone }} SOA | grep -q .']
{{- end }}

{{- define "waypost.name" -}}
{{ .Release.Name }}-waypost
{{- end }}

{{- /* What all pods of a part have and no others: .root, .part. */}}
{{- define "waypost.selector" -}}
app.kubernetes.io/name: waypost
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- /* .root, .part. */}}
{{- define "waypost.labels" -}}
{{ include "waypost.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- define "waypost.image" -}}
{{- with .Values.image }}
{{- if .digest }}
{{- .repository }}@{{ .digest }}
{{- else }}
{{- .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end }}
{{- end }}
{{- end }}

{{- /* The host of publicUrl. */}}
{{- define "waypost.host" -}}
{{ required "publicUrl is not set" .Values.publicUrl | trimPrefix "https://" }}
{{- end }}

{{- /* The pods of the servers that keep the log: of the NATS chart, or of whoever runs them. */}}
{{- define "waypost.nats" -}}
{{- if .Values.nats.enabled -}}
app.kubernetes.io/name: nats
app.kubernetes.io/instance: {{ .Release.Name }}
{{- else -}}
{{ toYaml .Values.networkPolicy.natsPodLabels }}
{{- end }}
{{- end }}

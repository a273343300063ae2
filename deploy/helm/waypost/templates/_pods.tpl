{{- /*
Pods of one part, and the volume of each: .root, and .part, which is "replica" or "ingest". The parts differ in their
role and in how many there are.
*/}}
{{- define "waypost.pods" -}}
{{- $values := index .root.Values .part -}}
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ include "waypost.name" .root }}-{{ .part }}
  labels: {{- include "waypost.labels" . | nindent 4 }}
spec:
  replicas: {{ $values.count }}
  serviceName: {{ include "waypost.name" .root }}-{{ .part }}
  # Each finds its way alone: none waits for another to be ready before it starts.
  podManagementPolicy: Parallel
  minReadySeconds: 5
  selector:
    matchLabels: {{- include "waypost.selector" . | nindent 6 }}
  # What is on a volume is made again from the log, so that one of too many can go.
  persistentVolumeClaimRetentionPolicy:
    whenDeleted: Retain
    whenScaled: Delete
  template:
    metadata:
      labels: {{- include "waypost.labels" . | nindent 8 }}
    spec: {{- include "waypost.pod" . | nindent 6 }}
  volumeClaimTemplates:
    - metadata:
        name: data
      spec:
        accessModes: [ReadWriteOnce]
        {{- with $values.storageClassName }}
        storageClassName: {{ . | quote }}
        {{- end }}
        resources:
          requests:
            storage: {{ $values.storage | quote }}
{{- end }}

{{- define "waypost.pod" -}}
serviceAccountName: {{ include "waypost.name" .root }}
automountServiceAccountToken: false
# Without this a Service called `waypost` would put WAYPOST_PORT=tcp://… into the environment.
enableServiceLinks: false
terminationGracePeriodSeconds: {{ .root.Values.terminationGracePeriodSeconds }}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: {{ .root.Values.spread }}
    labelSelector:
      matchLabels: {{- include "waypost.selector" . | nindent 8 }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - {{- include "waypost.container" . | nindent 4 }}
volumes:
  - name: tmp
    emptyDir:
      sizeLimit: 256Mi
{{- end }}

{{- define "waypost.container" -}}
{{- $values := index .root.Values .part -}}
name: waypost
image: {{ include "waypost.image" .root | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args: [serve]
ports:
  - name: http
    containerPort: 4000
  {{- if .root.Values.links.secretName }}
  - name: link
    containerPort: 4100
  {{- end }}
env:
  - name: WAYPOST_ROLE
    value: {{ .part }}
  - name: WAYPOST_PUBLIC_URL
    value: {{ required "publicUrl is not set" .root.Values.publicUrl | quote }}
  - name: WAYPOST_HOSTS
    value: {{ join "," .root.Values.hosts | quote }}
  - name: WAYPOST_ENGINE
    valueFrom:
      secretKeyRef:
        name: {{ required "engine.secretName is not set" .root.Values.engine.secretName | quote }}
        key: WAYPOST_ENGINE
  {{- with .root.Values.links.secretName }}
  - name: WAYPOST_LINK_PORT
    value: "4100"
  # The Services that name each pod, ready or not.
  - name: WAYPOST_PEERS
    value: {{ printf "%s-replica:4100,%s-ingest:4100" (include "waypost.name" $.root) (include "waypost.name" $.root) | quote }}
  - name: WAYPOST_CLUSTER_SECRET
    valueFrom:
      secretKeyRef:
        name: {{ . | quote }}
        key: WAYPOST_CLUSTER_SECRET
  {{- end }}
  {{- range $name, $value := .root.Values.settings }}
  - name: {{ $name }}
    value: {{ $value | quote }}
  {{- end }}
{{- with .root.Values.settingsSecretName }}
envFrom:
  - secretRef:
      name: {{ . | quote }}
{{- end }}
resources: {{- toYaml $values.resources | nindent 2 }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
# It answers once its directory of places is there, which is built at the first start.
startupProbe:
  httpGet: { path: /health/live, port: http }
  periodSeconds: 10
  failureThreshold: {{ div .root.Values.startupSecondsMax 10 }}
# Not before it has caught up with its log.
readinessProbe:
  httpGet: { path: /health/ready, port: http }
  periodSeconds: 3
  timeoutSeconds: 2
  failureThreshold: 2
livenessProbe:
  httpGet: { path: /health/live, port: http }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
lifecycle:
  preStop:
    exec:
      # Goes on answering until nobody is sent here any more; only then is it told to end.
      command: [node, -e, {{ printf "setTimeout(() => {}, %d * 1000)" (int .root.Values.endpointsGoneSeconds) | quote }}]
volumeMounts:
  - name: data
    mountPath: /data
  - name: tmp
    mountPath: /tmp
{{- end }}

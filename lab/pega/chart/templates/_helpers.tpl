{{- define "pega.deploys" -}}
{{- has .Values.global.actions.execute (list "deploy" "install-deploy" "upgrade-deploy") | ternary "yes" "" -}}
{{- end -}}

{{- define "pega.name" -}}
{{- .Values.global.deployment.name | default "pega" -}}
{{- end -}}

{{- define "pega.nodeType" -}}
{{- if kindIs "slice" . }}{{ join "," . }}{{ else }}{{ . }}{{ end -}}
{{- end -}}

{{- define "pega.streamSecret" -}}
{{- .Values.stream.external_secret_name | default (printf "%s-stream-secret" (include "pega.name" .)) -}}
{{- end -}}

{{- define "pega.databaseSecret" -}}
{{- .Values.global.jdbc.external_secret_name | default (printf "%s-db-secret" (include "pega.name" .)) -}}
{{- end -}}

{{- define "pega.tierConfig" -}}
prconfig.xml: |
  <pegarules>
    <env name="tier/name" value="{{ .name }}"/>
    {{- range $key, $value := .prconfig }}
    <env name="{{ $key }}" value="{{ $value }}"/>
    {{- end }}
  </pegarules>
{{- end -}}

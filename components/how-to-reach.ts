import type { KubernetesRef } from "@kafka-migration/kafka";
import type { MirroredConfig } from "../config/migration-config.ts";
import type { UiConfig } from "../config/monitoring.ts";
import { dashboardConfigMap, dashboardUid } from "./dashboard.ts";
import { valueAt } from "./helm-values.ts";
import { kubernetesRef } from "./side-addresses.ts";

/** How an operator reaches what shows the mirror, by what it is; only what the config asks for. Pure. */
export function howToReach(config: MirroredConfig): Readonly<Record<string, string>> {
  const target = kubernetesRef(config, config.target.kubernetes);
  const { ui, monitoring } = config;
  const dashboard = dashboardConfigMap(config);
  return {
    ...(ui && { kafbat: forwarded(kubectl(target), target.namespace, kafbatService(ui), 8080) }),
    ...(monitoring?.prometheusRule && {
      prometheus:
        `${kubectl(target)} get prometheus --all-namespaces shows the namespace; ` +
        `${forwarded(kubectl(target), "<namespace>", { name: "prometheus-operated", port: 9090 }, 9090)}/alerts`,
    }),
    ...(dashboard && {
      dashboard: `in Grafana, /d/${dashboardUid(config)}; it is in ConfigMap ${dashboard.metadata.namespace}/${dashboard.metadata.name}`,
    }),
  };
}

/** The Service of the chart kafka-ui, named as its template `kafka-ui.fullname` does. */
export function kafbatService({ chart, release, values }: UiConfig): { readonly name: string; readonly port: number } {
  const text = (key: string): string | undefined => {
    const value = values[key];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const base = text("nameOverride") ?? chart.replace(/\/+$/, "").split("/").at(-1)!;
  const full = text("fullnameOverride") ?? (release.includes(base) ? release : `${release}-${base}`);
  const port = valueAt(values, "service", "port");
  return { name: full.slice(0, 63).replace(/-$/, ""), port: typeof port === "number" ? port : 80 };
}

const forwarded = (
  command: string,
  namespace: string,
  { name, port }: { readonly name: string; readonly port: number },
  local: number,
): string => `${command} -n ${namespace} port-forward service/${name} ${local}:${port}, then http://localhost:${local}`;

const kubectl = ({ kubeconfig, context }: KubernetesRef): string =>
  ["kubectl", ...(kubeconfig ? ["--kubeconfig", kubeconfig] : []), ...(context ? ["--context", context] : [])].join(
    " ",
  );

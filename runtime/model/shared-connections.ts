/** The Kubernetes client opens a connection of its own for each request, a TLS handshake each; these go over the same ones. */
import type { KubeConfig, RequestContext } from "@kubernetes/client-node";

/**
 * Makes every client of this configuration use the connections that its first request was given. They end by themselves a few
 * seconds after the last request. Returns the configuration, whose credentials are read anew for each request as before.
 */
export function sharingConnections<C extends Pick<KubeConfig, "applySecurityAuthentication">>(config: C): C {
  const authenticate = config.applySecurityAuthentication.bind(config);
  let shared: ReturnType<RequestContext["getDispatcher"]>;
  config.applySecurityAuthentication = async (request) => {
    await authenticate(request);
    shared ??= request.getDispatcher();
    if (shared !== undefined) request.setDispatcher(shared);
  };
  return config;
}

import { type DefaultOptions, MutationCache, QueryCache, QueryClient, type QueryKey } from "@tanstack/react-query";
import { RequestError } from "./client.ts";

/**
 * A cache of responses. A request that is refused because the session has ended or the role has changed, or that does
 * not reach the server, leads to a new look at who is signed in, so that the whole page follows at once.
 */
export function createQueryClient(queries: DefaultOptions["queries"]): QueryClient {
  const lookAgain = (error: unknown, key?: QueryKey) => {
    const tells = error instanceof RequestError && [0, 401, 403].includes(error.details.status);
    if (tells && key?.[0] !== "me") {
      void client.invalidateQueries({ queryKey: ["me"] });
    }
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError: (error, query) => lookAgain(error, query.queryKey) }),
    mutationCache: new MutationCache({ onError: (error) => lookAgain(error) }),
    // The browser's idea of being offline says nothing of a server on this machine or network.
    defaultOptions: { queries: { networkMode: "always", ...queries }, mutations: { networkMode: "always" } },
  });
  return client;
}

import { type DefaultOptions, MutationCache, QueryCache, QueryClient, type QueryKey } from "@tanstack/react-query";
import { RequestError } from "./client.ts";

/**
 * A cache of responses. A request that is refused because the session has ended or the role has changed leads to a new
 * look at who is signed in, so that the whole page follows at once.
 */
export function createQueryClient(queries: DefaultOptions["queries"]): QueryClient {
  const lookAgain = (error: unknown, key?: QueryKey) => {
    const refused = error instanceof RequestError && [401, 403].includes(error.details.status);
    if (refused && key?.[0] !== "me") {
      void client.invalidateQueries({ queryKey: ["me"] });
    }
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError: (error, query) => lookAgain(error, query.queryKey) }),
    mutationCache: new MutationCache({ onError: (error) => lookAgain(error) }),
    defaultOptions: { queries },
  });
  return client;
}

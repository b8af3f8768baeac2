import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { RequestError, request } from "../../../api/client.ts";
import { useRoute } from "../../../api/queries.ts";
import { buildGraph } from "./graph.ts";
import {
  type LoadedData,
  loadedParts,
  type MissingPart,
  missingParts,
  noData,
  withNeighbourhoodAdded,
  withPageAdded,
} from "./loaded-data.ts";
import type { ViewState } from "./view-state.ts";

const pageSize = 50;

/** A failed request, by the part of the lineage that it was for. */
export interface LoadFailure {
  readonly part: string;
  readonly error: RequestError;
}

/** The data of the lineage follows its view: one request for each part that is missing and not requested yet. */
export function useLineageData(alertId: string, view: ViewState) {
  const query = useRoute("lineage", { params: { id: alertId } });
  const [loaded, setLoaded] = useState<LoadedData>(noData);
  const [loading, setLoading] = useState<ReadonlySet<string>>(new Set());
  const [failure, setFailure] = useState<LoadFailure>();
  const { data } = query;
  const graph = useMemo(
    () => (data === undefined ? undefined : buildGraph(data, loadedParts(view, loaded))),
    [data, view, loaded],
  );

  // New records or a newly chosen parent change the first neighbourhood: everything loaded later is out of date, too.
  const previous = useRef(data);
  const reload = useCallback(() => setLoaded(noData), []);
  useEffect(() => {
    if (previous.current !== undefined && previous.current !== data) {
      reload();
    }
    previous.current = data;
  }, [data, reload]);

  const inFlight = useRef(new Set<string>());
  const failedPart = failure?.part;
  useEffect(() => {
    const load = async (part: MissingPart) => {
      inFlight.current.add(part.id);
      setLoading(new Set(inFlight.current));
      try {
        const add = await requestPart(part);
        setLoaded(add);
        setFailure((before) => (before?.part === part.id ? undefined : before));
      } catch (error) {
        if (!(error instanceof RequestError)) {
          throw error;
        }
        setFailure({ part: part.id, error });
      } finally {
        inFlight.current.delete(part.id);
        setLoading(new Set(inFlight.current));
      }
    };
    for (const part of graph === undefined ? [] : missingParts(view, loaded, graph)) {
      if (!inFlight.current.has(part.id) && part.id !== failedPart) {
        void load(part);
      }
    }
  }, [graph, view, loaded, failedPart]);

  return { query, graph, loaded, loading, failure, setFailure, reload };
}

/** Requests a part. Resolves with the function that adds it to what is loaded by then. */
async function requestPart(part: MissingPart): Promise<(data: LoadedData) => LoadedData> {
  if (part.kind === "neighbourhood") {
    const value = await request("processNeighbourhood", { params: { key: part.key } });
    return (data) => withNeighbourhoodAdded(data, part.key, value);
  }
  const { id, parent, childGroup, cursor } = part;
  const page = await request("children", {
    params: { key: parent },
    query: { childGroup, cursor, limit: pageSize },
  });
  return (data) => withPageAdded(data, id, page);
}

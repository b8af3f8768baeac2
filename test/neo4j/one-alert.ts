import { first, startApi, type TestApi, wednesday } from "../api/workbench.ts";
import { opaqueId, sysmonStart } from "../factories/events.ts";
import { ingestEvents } from "../factories/ingest.ts";
import type { Neo4jLease } from "./lease.ts";

/** A workbench over a Neo4j with one alert of a shipped rule: ingesting the sample takes longer than most tests. */
export async function startWithOneAlert(address: string, { user, password }: Neo4jLease): Promise<TestApi> {
  const api = await startApi({
    STEMMA_STORE: address,
    STEMMA_NEO4J_USER: user,
    STEMMA_NEO4J_PASSWORD: password,
    STEMMA_SAMPLE: "off",
  });
  const image = "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe";
  const time = wednesday - 3_600_000;
  const service = { guid: opaqueId(1), pid: 10, image, time };
  const command = { guid: opaqueId(2), pid: 20, time: time + 1_000, commandLine: "cmd.exe /c ver" };
  const { store, rules } = api.workbench;
  await ingestEvents(
    store,
    rules.current.detector,
    [
      sysmonStart(service),
      sysmonStart({ ...command, parentGuid: service.guid, parentPid: service.pid, parentImage: image }),
    ],
    wednesday,
  );
  return api;
}

export async function anAlert(api: TestApi) {
  const { items } = await api.get("queue", { query: { group: "none", status: ["open"] } });
  return first(items.flatMap(({ alerts }) => alerts));
}

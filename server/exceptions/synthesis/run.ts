import type { Synthesis, SynthesisRequest } from "#contracts/exception-synthesis";
import type { RequestProblem } from "#contracts/problem";
import { ok, type Result } from "../../lib/result.ts";
import type { Store } from "../../store/port.ts";
import { alertsById } from "../drafting/alerts.ts";
import { draftSubjects } from "../drafting/subject.ts";
import { synthesize } from "./synthesize.ts";

/** See `synthesize`. Problems: `alert.not-found`. */
export async function synthesisOf(
  store: Pick<Store, "alerts" | "lineage" | "events">,
  { benign, malicious }: SynthesisRequest,
  clock: () => number,
): Promise<Result<Synthesis, RequestProblem>> {
  const started = clock();
  const good = await alertsById(store, benign, "benign");
  if (!good.ok) {
    return good;
  }
  const bad = await alertsById(store, malicious, "malicious");
  if (!bad.ok) {
    return bad;
  }
  const subjects = await draftSubjects(store, [...good.value, ...bad.value], { copies: true });
  const outcome = synthesize(subjects.slice(0, good.value.length), subjects.slice(good.value.length));
  return ok({ ...outcome, milliseconds: clock() - started });
}

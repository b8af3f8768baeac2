import type { EarlierAlerts } from "#contracts/earlier-alerts";
import type { AlertRecord } from "../alert/record.ts";
import { alertSummaryOf } from "../alert/summary.ts";
import type { Store } from "../store/port.ts";
import { earlierAlerts } from "./facts/similar.ts";
import type { Playbooks } from "./playbook.ts";

/** Alerts that are listed at most. */
const LISTED = 20;
/** Parts of a payload that are shown, and characters of each. */
const PARTS = 3;
const CHARACTERS = 500;

/**
 * Alerts like this one from before it, newest first: how their questions were answered, by whom, and in what they
 * differ. An encoded command with another payload has the template of the earlier ones, but is not the same.
 */
export async function earlierAnswersOf(
  store: Pick<Store, "alerts" | "triage">,
  playbooks: Pick<Playbooks, "forAlert">,
  alert: AlertRecord,
): Promise<EarlierAlerts> {
  const { items, total, shape } = await earlierAlerts(store, alert, { limit: LISTED });
  const answers = await store.triage.answersOn(items.map(({ alert: { id } }) => id));
  return {
    items: items.map(({ alert: earlier, shape: theirs, differs }) => {
      const steps = new Map(playbooks.forAlert(earlier)?.steps.map(({ id, topic }) => [id, topic]));
      return {
        alert: alertSummaryOf(earlier),
        differs: [...differs],
        payload: differs.includes("payload") ? shortened(theirs.payload) : [],
        answers: (answers.get(earlier.id) ?? []).flatMap(({ stepId, value, note, actor, at }) => {
          const topic = steps.get(stepId);
          return topic === undefined ? [] : [{ topic, value, note: beginning(note), actor, at }];
        }),
      };
    }),
    total,
    payload: shortened(shape.payload),
  };
}

function shortened(payload: readonly string[]): string[] {
  const parts = payload.slice(0, PARTS).map(beginning);
  const left = payload.length - parts.length;
  return left > 0 ? [...parts, `… and ${left} more`] : parts;
}

const beginning = (text: string): string => (text.length <= CHARACTERS ? text : `${text.slice(0, CHARACTERS)}…`);

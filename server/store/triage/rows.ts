import { hash } from "node:crypto";
import { type Answer, answer } from "#contracts/playbook";
import type { TransitionRecord } from "../../alert/record.ts";
import { stored } from "../damage.ts";
import { text } from "../row.ts";
import type { StoredText } from "./port.ts";
import { readTransition } from "./transition.ts";

type Row = Readonly<Record<string, unknown>>;

export const answerOf = stored("answer", (row: Row) => answer.parse(JSON.parse(text(row, "body"))));

/** A text from the hash that it is stored under, which must be its own, and its bytes in UTF-8. */
export function attachedText(sha256: string, content: Uint8Array): StoredText {
  if (hash("sha256", content, "hex") !== sha256) {
    throw new Error("its hash is another one");
  }
  return { sha256, text: Buffer.from(content).toString("utf8") };
}

/** Answers by the `alertId` of their rows. */
export function answersByAlert(rows: readonly Row[]): ReadonlyMap<string, readonly Answer[]> {
  const groups = Map.groupBy(rows, (row) => text(row, "alertId"));
  return new Map([...groups].map(([id, members]) => [id, members.map(answerOf)]));
}

/** A status change from its `body` and its `alertId`, which changes when the alert gets another id. */
export const transitionOf = stored(
  "status change",
  (row: Row): TransitionRecord => ({ ...readTransition(text(row, "body")), alertId: text(row, "alertId") }),
);

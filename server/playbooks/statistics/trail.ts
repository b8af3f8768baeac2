import { z } from "zod";
import type { AuditRecord } from "#contracts/audit";
import { answerValue } from "#contracts/playbook";
import type { AuditReader } from "../../store/audit/port.ts";
import { conflictOf } from "../conflict.ts";
import type { RecordedAnswer } from "./facts.ts";

const DAY = 86_400_000;
/** Milliseconds of the trail that are read at once at most. */
const LONGEST = 28 * DAY;

const given = z.object({
  stepId: z.string(),
  value: answerValue,
  suggested: z.object({ value: answerValue }).optional(),
  playbook: z.object({ id: z.string(), version: z.string() }),
});

/** The answer that an audit record is about; undefined: none, or one under another playbook. */
export function recordedAnswer({ action, subject, after, actor, at }: AuditRecord, playbookId: string) {
  const parsed = action === "playbook.answer" ? given.safeParse(after) : undefined;
  if (parsed?.success !== true || parsed.data.playbook.id !== playbookId) {
    return undefined;
  }
  const { stepId, value, suggested, playbook } = parsed.data;
  const answer: RecordedAnswer = {
    ...{ alertId: subject.id, stepId, value, version: playbook.version },
    ...{ conflict: conflictOf(value, suggested?.value), person: actor, at: Date.parse(at) },
  };
  return answer;
}

interface AnswersOfTrail {
  readonly answers: readonly RecordedAnswer[];
  /** All answers from then on were read; 0: all that there are. */
  readonly from: number;
  readonly truncated: boolean;
}

/**
 * The answers under a playbook that were given from `from` on, in epoch milliseconds. It goes back in time by spans
 * of whole days, and stops after the one in which it has found answers for `most` alerts: none of these lacks newer
 * answers. Spans become longer while they have little.
 */
export async function answersOfTrail(
  audit: Pick<AuditReader, "within" | "after">,
  playbookId: string,
  { from, now, most, onAlerts }: TrailOptions,
): Promise<AnswersOfTrail> {
  const [first] = await audit.after(0, 1);
  const start = Math.max(from, first === undefined ? now : startOf(first));
  const answers: RecordedAnswer[] = [];
  const alerts = new Set<string>();
  const tomorrow = (Math.floor(now / DAY) + 1) * DAY;
  for (let [end, length] = [tomorrow, DAY]; ; ) {
    const since = end - length;
    // Records may have times before that of the first one, if a clock was set back: the last span has those, too.
    const isLast = since <= start;
    for await (const records of audit.within({ from: isLast ? from : since, to: end === tomorrow ? undefined : end })) {
      for (const record of records) {
        const answer = recordedAnswer(record, playbookId);
        if (answer !== undefined) {
          answers.push(answer);
          alerts.add(answer.alertId);
        }
      }
      onAlerts?.(alerts.size);
    }
    if (isLast || alerts.size >= most) {
      return { answers, from: isLast ? from : since, truncated: !isLast };
    }
    end = since;
    length = alerts.size * 8 < most ? Math.min(length * 2, LONGEST) : length;
  }
}

export interface TrailOptions {
  readonly from: number;
  readonly now: number;
  readonly most: number;
  /** Called with how many alerts were found so far. */
  readonly onAlerts?: (found: number) => void;
}

function startOf({ at }: AuditRecord): number {
  const time = Date.parse(at);
  return Number.isNaN(time) ? 0 : time;
}

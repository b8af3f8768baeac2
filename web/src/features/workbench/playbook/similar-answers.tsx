import { IconHistory } from "@tabler/icons-react";
import type { AlertDifference, EarlierAlerts } from "#contracts/earlier-alerts";
import type { StepView } from "#contracts/playbook";
import { useRoute } from "../../../api/queries.ts";
import { AnswerMark } from "../../../ui/answer-mark.tsx";
import { VisibleText } from "../../../ui/command-line.tsx";
import { TextLink } from "../../../ui/page.tsx";
import { Moment } from "../../../ui/time.tsx";
import classes from "./similar-answers.module.css";

/** Earlier answers that are shown; the heading says how many there are. */
const most = 5;

const words = {
  payload: "payload",
  object: "what was acted on",
  parent: "parent process",
  user: "user",
  host: "host",
} as const satisfies Record<AlertDifference, string>;

/** Earlier answers to the question of a step, once they are loaded and if there are any. */
export function useSimilarAnswers(alertId: string, step: StepView) {
  const { data } = useRoute("earlierAlerts", { params: { id: alertId } });
  const answers = data === undefined ? [] : answersTo(data, step.topic);
  return data === undefined || answers.length === 0
    ? undefined
    : { data, answers, newPayload: answers.every(({ differs }) => differs.includes("payload")) };
}

/** How the question of a step was answered for earlier alerts like this one, and what is different now. */
export function SimilarAnswers({ alertId, step }: { readonly alertId: string; readonly step: StepView }) {
  const similar = useSimilarAnswers(alertId, step);
  if (similar === undefined) {
    return null;
  }
  const { data, answers, newPayload } = similar;
  return (
    <aside className={classes.answers} aria-label="Earlier answers">
      <h3>
        <IconHistory size={14} aria-hidden /> Answered for {answers.length} of {data.total.toLocaleString("en")} earlier{" "}
        {data.total === 1 ? "alert" : "alerts"} like this
      </h3>
      {newPayload && (
        <p className={classes.warning}>
          Same wrapper, new payload: none of the earlier answers is about what this command carries.
        </p>
      )}
      <ul>
        {answers.slice(0, most).map(({ alert, answer, differs, payload }) => (
          <li key={alert.id}>
            <p>
              <AnswerMark value={answer.value} />{" "}
              <span>
                <VisibleText text={answer.actor} />, <Moment iso={answer.at} relative />
              </span>{" "}
              <TextLink to={`/alerts/${encodeURIComponent(alert.id)}`}>Open alert</TextLink>
            </p>
            {answer.note !== "" && (
              <p>
                <VisibleText text={answer.note} />
              </p>
            )}
            <p className={differs.length === 0 ? classes.same : classes.differs}>
              {differs.length === 0
                ? "Same command, payload, parent, user and host."
                : `Differs now: ${differs.map((one) => words[one]).join(", ")}.`}
            </p>
            {payload.length > 0 && <Payloads then={payload} now={data.payload} />}
          </li>
        ))}
      </ul>
    </aside>
  );
}

function answersTo({ items }: EarlierAlerts, topic: string) {
  return items.flatMap((item) =>
    item.answers.filter((answer) => answer.topic === topic).map((answer) => ({ ...item, answer })),
  );
}

function Payloads({ then, now }: { readonly then: readonly string[]; readonly now: readonly string[] }) {
  return (
    <dl className={classes.payloads}>
      <div>
        <dt>Then</dt>
        {then.map((text) => (
          <dd key={text}>
            <VisibleText text={text} />
          </dd>
        ))}
      </div>
      <div>
        <dt>Now</dt>
        {(now.length === 0 ? ["nothing encoded"] : now).map((text) => (
          <dd key={text}>
            <VisibleText text={text} />
          </dd>
        ))}
      </div>
    </dl>
  );
}

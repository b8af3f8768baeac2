import { hash } from "node:crypto";
import type { IncidentQuestion } from "#contracts/incident";
import type { Answer } from "#contracts/playbook";
import { accountLabel } from "../alert/account-label.ts";
import type { AlertRecord } from "../alert/record.ts";
import { numberOf, textOf } from "../event/event.ts";
import type { Playbook, Step } from "./playbook.ts";
import type { AnswerSubject, StepOfAlert } from "./suggested.ts";

/**
 * The questions of an incident. Steps of several playbooks with one topic about one subject (a process, a logon
 * session, the incident) are one question: an answer given for one alert counts for all of them. Processes of one kind
 * are asked about together, but an answer holds only for the processes that it was given for. See
 * docs/decisions/0062.
 */

/** An alert with its playbook and the logon session of its process, as far as they are known. */
export interface AskedAlert {
  readonly alert: AlertRecord;
  readonly playbook?: Playbook;
  readonly sessionKey?: string;
}

export type AnswersByAlert = ReadonlyMap<string, readonly Answer[]>;

interface Asked {
  readonly of: AskedAlert;
  readonly step: Step;
  /** Position of the step in its playbook. */
  readonly position: number;
  readonly subject: string;
}

function askedBy(of: AskedAlert): readonly Asked[] {
  return (of.playbook?.steps ?? []).map((step, position) => ({ of, step, position, subject: subjectOf(of, step) }));
}

/** What a step is about for this alert. */
function subjectOf({ alert, sessionKey }: AskedAlert, { about }: Step): string {
  switch (about) {
    case "incident":
      return "incident";
    case "session":
      return sessionKey === undefined
        ? `account ${alert.host} ${alert.userKey ?? processOf(alert)}`
        : `session ${sessionKey}`;
    case "process":
      return processOf(alert);
  }
}

function processOf({ id, processKey }: AlertRecord): string {
  return processKey ?? `alert:${id}`;
}

/** Neither which of two answers of one millisecond counts nor the words of a question depend on the order of a list. */
function inOrder(all: readonly AskedAlert[]): readonly AskedAlert[] {
  return all.toSorted((a, b) => a.alert.time - b.alert.time || (a.alert.id < b.alert.id ? -1 : 1));
}

const questionKey = ({ step, subject }: Asked): string => JSON.stringify([step.topic, step.about, subject]);

/** The answers that count for each alert, under the ids of its own steps: given for it, or for the same question. */
export function countingAnswers(all: readonly AskedAlert[], given: AnswersByAlert): AnswersByAlert {
  const asked = inOrder(all).map((of) => ({ of, steps: askedBy(of) }));
  const latest = new Map<string, Answer>();
  for (const { of, steps } of asked) {
    const answers = new Map((given.get(of.alert.id) ?? []).map((answer) => [answer.stepId, answer]));
    for (const one of steps) {
      const answer = answers.get(one.step.id);
      const known = latest.get(questionKey(one));
      if (answer !== undefined && (known === undefined || counts(answer, known))) {
        latest.set(questionKey(one), answer);
      }
    }
  }
  return new Map(
    asked.map(({ of, steps }) => [
      of.alert.id,
      steps.flatMap((one) => {
        const answer = latest.get(questionKey(one));
        return answer === undefined ? [] : [{ ...answer, stepId: one.step.id }];
      }),
    ]),
  );
}

/** Whether an answer counts in place of another. Of those given at once, the one in conflict does. */
function counts(answer: Answer, known: Answer): boolean {
  return answer.at > known.at || (answer.at === known.at && (answer.conflict === true || known.conflict !== true));
}

/** What answers to some steps count for. */
export interface AnswerSubjects {
  readonly subjects: readonly AnswerSubject[];
  /** The place of a step's subject among them. */
  placeOf(step: StepOfAlert): number | undefined;
}

/**
 * What answers to the given steps count for: the same question of all these alerts, once for each process and playbook.
 */
export function answerSubjects(all: readonly AskedAlert[], given: readonly StepOfAlert[]): AnswerSubjects {
  const asked = all.flatMap(askedBy);
  const wanted = new Set(given.map(stepName));
  const keys = new Map<string, string>();
  for (const one of asked) {
    const name = stepName(stepOf(one));
    if (wanted.has(name)) {
      keys.set(name, questionKey(one));
    }
  }
  const members = new Map([...keys.values()].map((key) => [key, new Map<string, StepOfAlert>()]));
  for (const one of asked) {
    const same = JSON.stringify([processOf(one.of.alert), one.of.playbook?.id, one.step.id]);
    members.get(questionKey(one))?.getOrInsert(same, stepOf(one));
  }
  const places = new Map([...members.keys()].map((key, place) => [key, place]));
  return {
    subjects: [...members.values()].map((steps) => [...steps.values()]),
    placeOf: (step) => places.get(keys.get(stepName(step)) ?? ""),
  };
}

const stepOf = ({ of, step }: Asked): StepOfAlert => ({ alert: of.alert.id, step: step.id });
const stepName = ({ alert, step }: StepOfAlert): string => JSON.stringify([alert, step]);

/** The questions of these alerts with their answers, in the order in which they come up. */
export function questionsOf(given: readonly AskedAlert[], counting: AnswersByAlert): readonly IncidentQuestion[] {
  const all = inOrder(given);
  const asked = all.flatMap(askedBy);
  const images = imagesOf(all);
  const groups = Map.groupBy(asked, (one) => JSON.stringify([one.step.topic, one.step.about, kindOf(one, images)]));
  return [...groups]
    .map(([key, members]) => ({ key, members, lead: leadOf(members) }))
    .toSorted(
      (a, b) =>
        firstTime(a.members) - firstTime(b.members) || a.lead.position - b.lead.position || (a.key < b.key ? -1 : 1),
    )
    .map(({ key, members, lead }) => questionOf(key, members, images.get(processOf(lead.of.alert)), lead, counting));
}

interface Image {
  readonly name?: string;
  readonly parentName?: string;
}

/** What ran, by process: not every record of a process names it and its parent. */
function imagesOf(all: readonly AskedAlert[]): ReadonlyMap<string, Image> {
  const images = new Map<string, Image>();
  for (const { alert } of all) {
    const fields = alert.sequence?.last ?? alert.fields;
    const known = images.get(processOf(alert));
    images.set(processOf(alert), {
      name: known?.name ?? textOf(fields, "process.name"),
      parentName: known?.parentName ?? textOf(fields, "process.parent.name"),
    });
  }
  return images;
}

/** What is asked about together: processes of one kind, a session, or the incident. */
function kindOf({ of: { alert }, step, subject }: Asked, images: ReadonlyMap<string, Image>): string {
  if (step.about !== "process") {
    return subject;
  }
  const { name, parentName } = images.get(processOf(alert)) ?? {};
  return JSON.stringify(
    name === undefined ? ["rule", alert.rule.id] : ["image", name.toLowerCase(), parentName?.toLowerCase()],
  );
}

function questionOf(
  key: string,
  members: readonly Asked[],
  image: Image | undefined,
  lead: Asked,
  counting: AnswersByAlert,
): IncidentQuestion {
  const byProcess = Map.groupBy(members, ({ of }) => processOf(of.alert));
  const processes = [...byProcess].map(([process, asking]) => processView(process, asking, counting));
  const answers = processes.map(({ answer }) => answer?.value);
  const answered = answers.filter((value) => value !== undefined);
  const [value] = answered;
  return {
    // Hashes of other lengths are ids of other things; the letter keeps it from beginning with a dash.
    id: `q${hash("sha256", key, "base64url").slice(0, 15)}`,
    text: lead.step.question,
    topic: lead.step.topic,
    about: lead.step.about,
    subject: subjectWords(lead, image),
    required: members.some(({ step }) => step.required),
    anchor: members.some(({ step }) => step.anchor),
    state: answered.length === 0 ? "open" : answered.length < answers.length ? "partly" : "answered",
    value: answered.length === answers.length && answers.every((other) => other === value) ? value : undefined,
    lead: { alertId: lead.of.alert.id, stepId: lead.step.id },
    processes,
  };
}

function processView(
  key: string,
  asking: readonly Asked[],
  counting: AnswersByAlert,
): IncidentQuestion["processes"][number] {
  const [first] = asking;
  const { alert } = (first ?? missing()).of;
  const fields = alert.sequence?.last ?? alert.fields;
  return {
    key,
    name: textOf(fields, "process.name"),
    pid: numberOf(fields, "process.pid"),
    host: alert.host,
    commandLine: textOf(fields, "process.command_line"),
    alertIds: asking.map(({ of }) => of.alert.id),
    required: asking.some(({ step }) => step.required),
    answer: asking
      .flatMap(({ of, step }) => counting.get(of.alert.id)?.find(({ stepId }) => stepId === step.id) ?? [])
      .toSorted((a, b) => (a.at < b.at ? 1 : -1))[0],
  };
}

/** The alert and step in whose words it is asked: of a playbook for the rule, the earliest. */
function leadOf(members: readonly Asked[]): Asked {
  return (
    members.toSorted(
      (a, b) =>
        Number(isGeneric(a)) - Number(isGeneric(b)) ||
        a.of.alert.time - b.of.alert.time ||
        (a.of.alert.id < b.of.alert.id ? -1 : 1),
    )[0] ?? missing()
  );
}

/** Whether its playbook is for a kind of event or for everything, and not for the rule. */
function isGeneric({ of: { playbook } }: Asked): boolean {
  return playbook?.applies.fallback === true || playbook?.applies.events !== undefined;
}

function missing(): never {
  throw new Error("a question that no alert asks");
}

function firstTime(members: readonly Asked[]): number {
  return members.reduce((first, { of }) => Math.min(first, of.alert.time), Number.POSITIVE_INFINITY);
}

function subjectWords(lead: Asked, image: Image | undefined): string {
  const { alert } = lead.of;
  if (lead.step.about === "incident") {
    return "The whole incident";
  }
  if (lead.step.about === "session") {
    return `${alert.user === undefined ? "Unknown account" : accountLabel(alert.user)} on ${alert.host}`;
  }
  const { name = alert.rule.name, parentName } = image ?? {};
  return parentName === undefined ? name : `${name} under ${parentName}`;
}

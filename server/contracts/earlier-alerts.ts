import { z } from "zod";
import { alertSummary } from "./alert.ts";
import { answerValue } from "./playbook.ts";
import { timestamp } from "./time.ts";

const alertDifference = z.enum(["payload", "object", "parent", "user", "host"]).meta({
  id: "AlertDifference",
  description:
    "In what an earlier alert differs. `payload`: what is encoded in the command line or script, or an address in it. " +
    "`object`: the file, registry value, destination or service. `parent`: the program that started it.",
});
export type AlertDifference = z.infer<typeof alertDifference>;

const earlierAnswer = z
  .object({
    topic: z.string().describe("What was asked: answers of other playbooks count for steps with the same topic."),
    value: answerValue,
    note: z.string(),
    actor: z.string(),
    at: timestamp,
  })
  .meta({ id: "EarlierAnswer", description: "How a question was answered for an earlier alert." });

const earlierAlert = z
  .object({
    alert: alertSummary,
    differs: z.array(alertDifference).describe("Empty: it is the same in everything that is compared."),
    payload: z.array(z.string()).describe("If its payload differs: what it was, decoded. Shortened."),
    answers: z.array(earlierAnswer),
  })
  .meta({ id: "EarlierAlert", description: "An earlier alert of the same rule and command-line template." });

export const earlierAlerts = z
  .object({
    items: z.array(earlierAlert).describe("The newest 20, newest first."),
    total: z.number().describe("All of them, exactly."),
    payload: z.array(z.string()).describe("What is encoded in this alert, decoded. Shortened."),
  })
  .meta({
    id: "EarlierAlerts",
    description:
      "Alerts like this one from before it (without a command line: of its rule on its host), how their questions were " +
      "answered, and what is different now.",
  });
export type EarlierAlerts = Readonly<z.infer<typeof earlierAlerts>>;

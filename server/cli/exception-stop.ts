import type { ExceptionRecord } from "#contracts/exception";
import type { GiveBackResult } from "#contracts/exception-life";
import { giveBack } from "../exceptions/life/give-back.ts";
import { disableException } from "../exceptions/life/status.ts";
import { visible } from "../lib/visible.ts";
import { type Command, cannotRun, readArguments, refuseUsage } from "./command.ts";
import { loadContent, withStore } from "./open.ts";
import { json } from "./terminal.ts";

const usage = `Usage: stemma exception stop ID --reason TEXT [--give-back] [--json]

Disables an exception. With --give-back, what it hid is raised as alerts with the times of their events, and the alerts
that it closed are reopened; also for an exception that is disabled already. Doing it twice raises nothing twice.

Exit code 1: some of what it hid could not be raised; the reasons are printed.`;

export const stopCommand: Command = {
  name: "exception stop",
  usage,
  async run(args, context) {
    const { terminal } = context;
    const read = readArguments(
      args,
      {
        options: { json: { type: "boolean" }, reason: { type: "string" }, "give-back": { type: "boolean" } },
        settings: ["db", "store", "analyst"],
        folders: ["rules"],
        positionals: { least: 1, most: 1, what: "the id of an exception" },
      },
      context,
    );
    if (!read.ok) {
      return refuseUsage(stopCommand, read.error, terminal);
    }
    const { config, flag, text } = read.value;
    const id = read.value.positionals[0] ?? "";
    const reason = (text("reason") ?? "").trim();
    if (reason === "") {
      return refuseUsage(stopCommand, [{ code: "usage.value", message: "--reason TEXT is required." }], terminal);
    }
    return withStore(stopCommand, config, { readOnly: false }, terminal, async (store) => {
      const actor = { name: config.analyst, origin: { account: "local", method: "command-line" } } as const;
      const stopped = await disableException(store, id, { reason, actor, at: Date.now() });
      const isDone = !stopped.ok && stopped.error.code === "exception.already-disabled" && flag("give-back");
      if (!stopped.ok && !isDone) {
        return cannotRun(stopCommand, stopped.error, terminal);
      }
      const exception = stopped.ok ? stopped.value : await store.exceptions.get(id);
      if (!flag("give-back")) {
        terminal.out(flag("json") ? json({ exception }) : stoppedText(exception));
        return 0;
      }
      const { ruleset } = await loadContent(config, store);
      const request = { hits: "all", reopen: true, reason, actor, clock: Date.now } as const;
      const given = await giveBack(store, ruleset.detector, id, request);
      if (!given.ok) {
        return cannotRun(stopCommand, given.error, terminal);
      }
      terminal.out(flag("json") ? json({ exception, gaveBack: given.value }) : stoppedText(exception, given.value));
      return given.value.totals.left > 0 ? 1 : 0;
    });
  },
};

function stoppedText(exception: ExceptionRecord | undefined, given?: GiveBackResult): string {
  const lines = [
    `Disabled "${exception?.name ?? ""}"; ${exception?.hits ?? 0} hits.`,
    ...(given === undefined
      ? []
      : [
          `Given back: ${given.raised} alerts raised, ${given.reopened} reopened, ${given.inQueue} had an alert already.`,
          ...given.recomputed.map((sentence) => `  ${sentence}`),
          ...given.left.map(({ ruleId, eventId, reason }) => `  not raised: ${ruleId} on event ${eventId}: ${reason}`),
          ...(given.totals.left > given.left.length ? [`  … ${given.totals.left} not raised in all`] : []),
        ]),
  ];
  return `${lines.map(visible).join("\n")}\n`;
}

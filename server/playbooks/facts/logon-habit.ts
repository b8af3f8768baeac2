import type { Fields } from "#contracts/event";
import { and, type Condition, equals } from "../../condition/tree.ts";
import { textOf } from "../../event/event.ts";
import type { Store } from "../../store/port.ts";
import type { AlertContext } from "../alert-fields.ts";
import { MONTH, settledDays } from "./recurrence.ts";

/** Logons that are compared at most, the newest ones. */
const COMPARED = 500;
/** Logons of one session come within moments of each other. */
const BEFORE = 60_000;

/** How an account usually logs on to a host, from the month before. */
interface LogonHabit {
  /** Days on which it logged on. */
  readonly days: number;
  /** Logons from the address at hand; undefined if that is not known. */
  readonly sameAddress?: number;
  readonly sameAddressDays?: number;
  /** Of these, those with the type of logon at hand. */
  readonly sameType?: number;
}

export async function logonHabit(
  { events }: Pick<Store, "events">,
  context: AlertContext,
): Promise<LogonHabit | undefined> {
  const { alert, fields, session } = context;
  const opened = session?.service === false && session.opened !== undefined ? Date.parse(session.opened) : alert.time;
  const account = accountOf(context);
  if (account === undefined) {
    return undefined;
  }
  const { names } = await context.host();
  const found = await events.find({
    condition: and(equals("event.code", "4624"), equals("host.name", [...names], { caseInsensitive: true }), account),
    from: opened - MONTH,
    to: opened - BEFORE,
    order: "newest-first",
    limit: COMPARED,
  });
  const address = session?.sourceIp ?? textOf(fields, "source.ip");
  const type = session?.logonType?.toString() ?? textOf(fields, "winlog.event_data.LogonType");
  const days = (some: readonly { readonly time: number }[]) =>
    settledDays(
      some.map(({ time }) => time),
      opened,
    );
  if (address === undefined) {
    return { days: days(found.events) };
  }
  const from = found.events.filter((event) => textOf(event.fields, "source.ip") === address);
  return {
    days: days(found.events),
    sameAddress: from.length,
    sameAddressDays: days(from),
    sameType: from.filter((event) => textOf(event.fields, "winlog.event_data.LogonType") === type).length,
  };
}

/** Service accounts of Windows log on everywhere, which is no habit of anybody. */
const NOBODY = new Set(["system", "local service", "network service", "anonymous logon", "-"]);

function accountOf({ session, fields }: AlertContext): Condition | undefined {
  const { name, domain } = session?.service === false && session.user !== undefined ? session.user : userOf(fields);
  if (name === undefined || isNobody(name)) {
    return undefined;
  }
  const anyCase = { caseInsensitive: true };
  const inDomain =
    domain === undefined ? [] : [equals("winlog.event_data.TargetDomainName", sameDomain(domain), anyCase)];
  return and(equals("winlog.event_data.TargetUserName", name, anyCase), ...inDomain);
}

/** Whether an account is one of Windows that many programs share. */
export function isNobody(name: string | undefined): boolean {
  return name === undefined || NOBODY.has(name.toLowerCase());
}

const userOf = (fields: Fields) => ({ name: textOf(fields, "user.name"), domain: textOf(fields, "user.domain") });

/** Records name a domain in full or by its first label. */
function sameDomain(domain: string): readonly string[] {
  return [...new Set([domain, domain.split(".")[0] ?? domain])];
}

import { hour, minute } from "./cast.ts";
import { lastWorkingDay } from "./generate.ts";

/**
 * Whether a record of the sample is part of its intrusion: everything that rules find from the opened document on,
 * except what the inventory service does. `now` is what the sample was generated for; times are epoch milliseconds.
 */
export function isIntrusion(now: number, time: number, account: string | undefined): boolean {
  return time >= lastWorkingDay(now) + 13 * hour + 31 * minute && account?.toLowerCase() !== "svc-inventory";
}

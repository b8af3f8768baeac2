import { Writable } from "node:stream";
import pino, { type Logger } from "pino";

/** A log whose records tests can look at. */
export function logRecords(): { readonly log: Logger; readonly records: Record<string, unknown>[] } {
  const records: Record<string, unknown>[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      records.push(JSON.parse(String(chunk)));
      done();
    },
  });
  return { log: pino({ level: "debug", base: undefined }, stream), records };
}

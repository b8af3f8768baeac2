import { type EventSourceNames, eventSourceNames } from "#contracts/event-source";
import type { HostFacts } from "./facts.ts";

export type EventData = Readonly<Record<string, string>>;

interface RecordedEvent {
  readonly at: number;
  /** Position among the recorded events, for events of the same time. */
  readonly order: number;
  readonly code: number;
  readonly source: EventSourceNames;
  readonly data: EventData;
}

/** The event logs of one host. Events may be written in any order. */
export class EventLog {
  readonly #host: HostFacts;
  readonly #fqdn: string;
  readonly #events: RecordedEvent[] = [];

  constructor(host: HostFacts, fqdn: string) {
    this.#host = host;
    this.#fqdn = fqdn;
  }

  write(at: number, source: EventSourceNames, code: number, data: EventData): void {
    this.#events.push({ at, order: this.#events.length, code, source, data });
  }

  /** All records in order of time as Winlogbeat documents, with record numbers per channel. */
  *documents(): Generator<{ readonly at: number; readonly text: string }> {
    const nextNumber = new Map<string, number>();
    const events = this.#events.toSorted((a, b) => a.at - b.at || a.order - b.order);
    for (const { at, code, source, data } of events) {
      const { channel, provider } = source;
      const first = this.#host.firstRecord * (source === eventSourceNames.sysmon ? 3 : 1);
      const number = nextNumber.get(channel) ?? first;
      nextNumber.set(channel, number + 1);
      const document = {
        "@timestamp": new Date(at).toISOString(),
        host: { name: this.#fqdn },
        winlog: {
          provider_name: provider,
          channel,
          computer_name: this.#fqdn,
          event_id: String(code),
          record_id: number,
          event_data: data,
        },
      };
      yield { at, text: JSON.stringify(document) };
    }
  }
}

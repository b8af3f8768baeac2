// Just enough of Bolt to count and name the messages that a driver sends. A connection starts with a handshake, then
// each message is a structure in chunks: two bytes of length, the bytes, and an empty chunk at the end.

/** Magic number and four proposed versions. */
const HANDSHAKE = 20;
/** The server's answer to a driver that offers to negotiate: it lists versions, and the driver chooses one. */
const NEGOTIATE = Buffer.from([0x00, 0x00, 0x01, 0xff]);

const names: Readonly<Record<number, MessageName>> = {
  16: "RUN",
  17: "BEGIN",
  18: "COMMIT",
  19: "ROLLBACK",
  102: "ROUTE",
};

export type MessageName = "RUN" | "BEGIN" | "COMMIT" | "ROLLBACK" | "ROUTE" | "other";

export interface Message {
  readonly name: MessageName;
  /** The query of a RUN. */
  readonly query?: string;
}

/** Reads the messages of one connection from the bytes that its driver sends. */
export class MessageReader {
  #bytes = Buffer.alloc(0);
  #message: Buffer[] = [];
  #handshake: "proposing" | "proposed" | "choosing" | "done" = "proposing";

  /** The beginning of what the server sends decides how the handshake goes on. */
  serverSent(bytes: Buffer): void {
    if (this.#handshake === "proposing" || this.#handshake === "proposed") {
      this.#handshake = bytes.subarray(0, NEGOTIATE.length).equals(NEGOTIATE) ? "choosing" : "done";
    }
  }

  /** The messages that these bytes complete. */
  driverSent(bytes: Buffer): readonly Message[] {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    if (this.#handshake === "proposing" && this.#bytes.length >= HANDSHAKE) {
      this.#take(HANDSHAKE);
      this.#handshake = "proposed";
    }
    if (this.#handshake === "choosing" && this.#bytes.length > 4) {
      // The version, and capabilities as a number of bytes of which only the last is below 128.
      const end = this.#bytes.findIndex((byte, index) => index >= 4 && byte < 0x80);
      if (end >= 0) {
        this.#take(end + 1);
        this.#handshake = "done";
      }
    }
    return this.#handshake === "done" ? this.#messages() : [];
  }

  #take(count: number): Buffer {
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }

  #messages(): readonly Message[] {
    const complete: Message[] = [];
    while (this.#bytes.length >= 2 && this.#bytes.length >= 2 + this.#bytes.readUInt16BE()) {
      const chunk = this.#take(2 + this.#bytes.readUInt16BE()).subarray(2);
      if (chunk.length > 0) {
        this.#message.push(chunk);
      } else if (this.#message.length > 0) {
        complete.push(messageOf(Buffer.concat(this.#message)));
        this.#message = [];
      }
    }
    return complete;
  }
}

function messageOf(message: Buffer): Message {
  const name = names[message[1] ?? -1] ?? "other";
  return name === "RUN" ? { name, query: textAt(message, 2) } : { name };
}

/** A PackStream text. */
function textAt(bytes: Buffer, at: number): string {
  const marker = bytes[at] ?? 0;
  const [length, start] =
    marker === 0xd0
      ? [bytes.readUInt8(at + 1), at + 2]
      : marker === 0xd1
        ? [bytes.readUInt16BE(at + 1), at + 3]
        : marker === 0xd2
          ? [bytes.readUInt32BE(at + 1), at + 5]
          : [marker & 0x0f, at + 1];
  return bytes.toString("utf8", start, start + length);
}

/** The server's answer to a message after a failed one. */
export const IGNORED = Buffer.from([0x00, 0x02, 0xb0, 0x7e, 0x00, 0x00]);

/** The server's answer to a message that failed, with the names of all versions of the protocol. */
export function failureMessage(code: string): Buffer {
  const fields: Readonly<Record<string, string>> = {
    code,
    neo4j_code: code,
    message: "failed by the test",
    gql_status: "50N42",
    description: "failed by the test",
  };
  const entries = Object.entries(fields).flatMap(([name, value]) => [packed(name), packed(value)]);
  const map = Buffer.concat([Buffer.from([0xa0 | Object.keys(fields).length]), ...entries]);
  const message = Buffer.concat([Buffer.from([0xb1, 0x7f]), map]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message, Buffer.from([0x00, 0x00])]);
}

function packed(text: string): Buffer {
  const bytes = Buffer.from(text, "utf8");
  return Buffer.concat([Buffer.from([0xd0, bytes.length]), bytes]);
}

/**
 * Writes small, valid Windows event logs for tests: header, chunks with checksums, and records in binary XML, where a
 * template is defined at its first use in a chunk and then referred to by its offset.
 */
import { crc32 } from "node:zlib";

/** A value in its binary form; `type` is the type byte of binary XML. */
export interface EvtxRawValue {
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** Text is UTF-16, a number an unsigned 32-bit integer, a bigint 64 bits in hex, `undefined` an absent value. */
export type EvtxValue = string | number | bigint | boolean | undefined | EvtxRawValue;

export interface EvtxRecord {
  readonly recordId: number;
  /** Epoch milliseconds. */
  readonly time: number;
  readonly provider: string;
  readonly channel: string;
  readonly computer: string;
  readonly code: number;
  readonly version?: number;
  readonly level?: number;
  readonly task?: number;
  readonly opcode?: number;
  readonly keywords?: bigint;
  readonly servicePid?: number;
  /** In its text form, such as `S-1-5-18`. */
  readonly serviceSid?: string;
  /** Named values in order; an empty name writes a `Data` element without a name. */
  readonly data: readonly (readonly [name: string, value: EvtxValue])[];
  /** Writes the values as child elements of an element of this name in `UserData`. */
  readonly userData?: string;
}

export interface EvtxFileOptions {
  /** 1 dirty, 4 without checksums. */
  readonly flags?: number;
  /** The chunk count in the header; by default the actual one. */
  readonly chunkCount?: number;
  readonly recordsPerChunk?: number;
}

export const evtxFileHeaderSize = 4096;
export const evtxChunkSize = 0x10000;
export const evtxChunkHeaderSize = 512;

/** The file as bytes, with the records in the given order. */
export function writeEvtx(records: readonly EvtxRecord[], options: EvtxFileOptions = {}): Uint8Array {
  const checksums = ((options.flags ?? 0) & 4) === 0;
  const chunks: ChunkWriter[] = [];
  let chunk: ChunkWriter | undefined;
  for (const record of records) {
    if (chunk === undefined || chunk.count >= (options.recordsPerChunk ?? 1000) || !chunk.add(record)) {
      chunk = new ChunkWriter();
      chunks.push(chunk);
      if (!chunk.add(record)) throw new Error("a record is larger than a chunk");
    }
  }
  const header = Buffer.alloc(evtxFileHeaderSize);
  header.write("ElfFile\0", 0, "latin1");
  header.writeBigUInt64LE(BigInt(Math.max(0, chunks.length - 1)), 16);
  header.writeBigUInt64LE(BigInt(records.reduce((highest, record) => Math.max(highest, record.recordId), 0) + 1), 24);
  header.writeUInt32LE(128, 32);
  header.writeUInt16LE(1, 36);
  header.writeUInt16LE(3, 38);
  header.writeUInt16LE(evtxFileHeaderSize, 40);
  header.writeUInt16LE(options.chunkCount ?? chunks.length, 42);
  header.writeUInt32LE(options.flags ?? 0, 120);
  if (checksums) header.writeUInt32LE(crc32(header.subarray(0, 120)), 124);
  return Buffer.concat([header, ...chunks.map((each) => each.finish(checksums))]);
}

const millisecondsTo1970 = 11_644_473_600_000n;

/** Values in their binary form, for `data`. */
export const evtxValue = {
  uint8: (value: number): EvtxRawValue => ({ type: 0x04, bytes: Uint8Array.of(value) }),
  uint16: (value: number): EvtxRawValue => ({ type: 0x06, bytes: Uint8Array.of(value & 0xff, value >> 8) }),
  uint32: (value: number): EvtxRawValue => raw(0x08, 4, (bytes) => bytes.writeUInt32LE(value)),
  uint64: (value: bigint): EvtxRawValue => raw(0x0a, 8, (bytes) => bytes.writeBigUInt64LE(value)),
  hex64: (value: bigint): EvtxRawValue => raw(0x15, 8, (bytes) => bytes.writeBigUInt64LE(value)),
  boolean: (value: boolean): EvtxRawValue => raw(0x0d, 4, (bytes) => bytes.writeUInt32LE(value ? 1 : 0)),
  fileTime: (time: number): EvtxRawValue =>
    raw(0x11, 8, (bytes) => bytes.writeBigUInt64LE((BigInt(time) + millisecondsTo1970) * 10_000n)),
  guid: (text: string): EvtxRawValue => {
    const hex = Buffer.from(text.replace(/[{}-]/g, ""), "hex");
    const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    return { type: 0x0f, bytes: Uint8Array.from(order, (index) => hex[index] ?? 0) };
  },
  sid: (text: string): EvtxRawValue => {
    const [revision = 1, authority = 0, ...rest] = text.slice(2).split("-").map(Number);
    return raw(0x13, 8 + rest.length * 4, (bytes) => {
      bytes.writeUInt8(revision, 0);
      bytes.writeUInt8(rest.length, 1);
      bytes.writeUIntBE(authority, 2, 6);
      for (const [index, part] of rest.entries()) bytes.writeUInt32LE(part, 8 + index * 4);
    });
  },
  texts: (items: readonly string[]): EvtxRawValue => ({
    type: 0x81,
    bytes: Buffer.from(items.map((item) => `${item}\0`).join(""), "utf16le"),
  }),
} as const;

function raw(type: number, size: number, write: (bytes: Buffer) => void): EvtxRawValue {
  const bytes = Buffer.alloc(size);
  write(bytes);
  return { type, bytes };
}

function encode(value: EvtxValue): EvtxRawValue {
  if (value === undefined) return { type: 0, bytes: new Uint8Array(0) };
  if (typeof value === "string") return { type: 0x01, bytes: Buffer.from(value, "utf16le") };
  if (typeof value === "number") return evtxValue.uint32(value);
  if (typeof value === "bigint") return evtxValue.hex64(value);
  return typeof value === "boolean" ? evtxValue.boolean(value) : value;
}

/** Content of a template: text, a substitution by its index, or an element. */
type Content = string | number | TemplateElement;
interface TemplateElement {
  readonly name: string;
  readonly attributes?: readonly (readonly [name: string, content: string | number])[];
  readonly children?: readonly Content[];
}

const systemTemplate: TemplateElement = {
  name: "Event",
  attributes: [["xmlns", "http://schemas.microsoft.com/win/2004/08/events/event"]],
  children: [
    {
      name: "System",
      children: [
        { name: "Provider", attributes: [["Name", 0]] },
        { name: "EventID", children: [1] },
        { name: "Version", children: [2] },
        { name: "Level", children: [3] },
        { name: "Task", children: [4] },
        { name: "Opcode", children: [5] },
        { name: "Keywords", children: [6] },
        { name: "TimeCreated", attributes: [["SystemTime", 7]] },
        { name: "EventRecordID", children: [8] },
        { name: "Execution", attributes: [["ProcessID", 9]] },
        { name: "Channel", children: [10] },
        { name: "Computer", children: [11] },
        { name: "Security", attributes: [["UserID", 12]] },
      ],
    },
    13,
  ],
};

function dataTemplate(record: EvtxRecord): TemplateElement {
  if (record.userData !== undefined) {
    const children = record.data.map(([name], index) => ({ name, children: [index] }));
    return { name: "UserData", children: [{ name: record.userData, children }] };
  }
  return {
    name: "EventData",
    children: record.data.map(([name], index) =>
      name === ""
        ? { name: "Data", children: [index] }
        : { name: "Data", attributes: [["Name", name] as const], children: [index] },
    ),
  };
}

class ChunkWriter {
  count = 0;
  // Twice the size of a chunk: a record that does not fit is detected after it was written, and then removed.
  readonly #buffer = Buffer.alloc(evtxChunkSize * 2);
  #at = evtxChunkHeaderSize;
  #last = evtxChunkHeaderSize;
  #names = new Map<string, number>();
  #templates = new Map<string, number>();
  #ids: number[] = [];

  /** Returns false, without a change, when the record does not fit. */
  add(record: EvtxRecord): boolean {
    const before = { at: this.#at, names: new Map(this.#names), templates: new Map(this.#templates) };
    const start = this.#at;
    this.#u32(0x2a2a);
    this.#u32(0);
    this.#u64(BigInt(record.recordId));
    this.#bytes(evtxValue.fileTime(record.time).bytes);
    this.#instance(systemTemplate, systemValues(record), () => {
      this.#instance(
        dataTemplate(record),
        record.data.map(([, value]) => encode(value)),
      );
    });
    this.#u8(0);
    while ((this.#at - start) % 8 !== 4) this.#u8(0);
    this.#u32(0);
    const size = this.#at - start;
    if (this.#at > evtxChunkSize) {
      this.#buffer.fill(0, start);
      this.#at = before.at;
      this.#names = before.names;
      this.#templates = before.templates;
      return false;
    }
    this.#buffer.writeUInt32LE(size, start + 4);
    this.#buffer.writeUInt32LE(size, this.#at - 4);
    this.#last = start;
    this.#ids.push(record.recordId);
    this.count += 1;
    return true;
  }

  finish(checksums: boolean): Buffer {
    const chunk = this.#buffer.subarray(0, evtxChunkSize);
    const first = BigInt(this.#ids[0] ?? 0);
    const last = BigInt(this.#ids.at(-1) ?? 0);
    chunk.write("ElfChnk\0", 0, "latin1");
    for (const [offset, id] of [
      [8, first],
      [16, last],
      [24, first],
      [32, last],
    ] as const) {
      chunk.writeBigUInt64LE(id, offset);
    }
    chunk.writeUInt32LE(128, 40);
    chunk.writeUInt32LE(this.#last, 44);
    chunk.writeUInt32LE(this.#at, 48);
    if (checksums) {
      chunk.writeUInt32LE(crc32(chunk.subarray(evtxChunkHeaderSize, this.#at)), 52);
      chunk.writeUInt32LE(crc32(chunk.subarray(128, 512), crc32(chunk.subarray(0, 120))), 124);
    } else chunk.writeUInt32LE(4, 120);
    return chunk;
  }

  /** A template instance; `nested` writes binary XML as its last value. */
  #instance(template: TemplateElement, values: readonly EvtxRawValue[], nested?: () => void): void {
    this.#bytes(Uint8Array.of(0x0f, 1, 1, 0, 0x0c, 1));
    const key = JSON.stringify(template);
    this.#u32(crc32(key));
    const known = this.#templates.get(key);
    this.#u32(known ?? this.#at + 4);
    if (known === undefined) this.#definition(template, key);
    this.#u32(values.length + (nested ? 1 : 0));
    for (const { type, bytes } of values) {
      this.#u16(bytes.length);
      this.#u16(type);
    }
    const nestedSize = this.#at;
    if (nested) {
      this.#u16(0);
      this.#u16(0x21);
    }
    for (const { bytes } of values) this.#bytes(bytes);
    const start = this.#at;
    nested?.();
    if (nested) this.#buffer.writeUInt16LE(this.#at - start, nestedSize);
  }

  #definition(template: TemplateElement, key: string): void {
    this.#templates.set(key, this.#at);
    this.#u32(0);
    const id = crc32(key);
    for (const part of [id, crc32("a", id), crc32("b", id), crc32("c", id)]) this.#u32(part);
    const size = this.#at;
    this.#u32(0);
    this.#bytes(Uint8Array.of(0x0f, 1, 1, 0));
    this.#content(template);
    this.#u8(0);
    this.#fillSize(size);
  }

  #content(content: Content): void {
    if (typeof content === "string") {
      this.#bytes(Uint8Array.of(0x05, 0x01));
      this.#u16(content.length);
      this.#bytes(Buffer.from(content, "utf16le"));
    } else if (typeof content === "number") {
      this.#u8(0x0e);
      this.#u16(content);
      this.#u8(0x01);
    } else this.#element(content);
  }

  #element({ name, attributes = [], children = [] }: TemplateElement): void {
    this.#u8(attributes.length > 0 ? 0x41 : 0x01);
    this.#u16(0xffff);
    const size = this.#at;
    this.#u32(0);
    this.#name(name);
    if (attributes.length > 0) {
      const attributesSize = this.#at;
      this.#u32(0);
      for (const [index, [attribute, content]] of attributes.entries()) {
        this.#u8(index < attributes.length - 1 ? 0x46 : 0x06);
        this.#name(attribute);
        this.#content(content);
      }
      this.#fillSize(attributesSize);
    }
    if (children.length === 0) this.#u8(0x03);
    else {
      this.#u8(0x02);
      for (const child of children) this.#content(child);
      this.#u8(0x04);
    }
    this.#fillSize(size);
  }

  #name(name: string): void {
    const known = this.#names.get(name);
    this.#u32(known ?? this.#at + 4);
    if (known !== undefined) return;
    this.#names.set(name, this.#at);
    let hash = 0;
    for (let index = 0; index < name.length; index++) hash = (Math.imul(hash, 65599) + name.charCodeAt(index)) >>> 0;
    this.#u32(0);
    this.#u16(hash & 0xffff);
    this.#u16(name.length);
    this.#bytes(Buffer.from(`${name}\0`, "utf16le"));
  }

  #fillSize(place: number): void {
    this.#buffer.writeUInt32LE(this.#at - place - 4, place);
  }

  #bytes(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #u8(value: number): void {
    this.#at = this.#buffer.writeUInt8(value, this.#at);
  }

  #u16(value: number): void {
    this.#at = this.#buffer.writeUInt16LE(value, this.#at);
  }

  #u32(value: number): void {
    this.#at = this.#buffer.writeUInt32LE(value >>> 0, this.#at);
  }

  #u64(value: bigint): void {
    this.#at = this.#buffer.writeBigUInt64LE(value, this.#at);
  }
}

function systemValues(record: EvtxRecord): readonly EvtxRawValue[] {
  const optional = (value: number | undefined, as: (value: number) => EvtxRawValue) =>
    value === undefined ? encode(undefined) : as(value);
  return [
    encode(record.provider),
    evtxValue.uint16(record.code),
    optional(record.version, evtxValue.uint8),
    optional(record.level, evtxValue.uint8),
    optional(record.task, evtxValue.uint16),
    optional(record.opcode, evtxValue.uint8),
    record.keywords === undefined ? encode(undefined) : evtxValue.hex64(record.keywords),
    evtxValue.fileTime(record.time),
    evtxValue.uint64(BigInt(record.recordId)),
    optional(record.servicePid, evtxValue.uint32),
    encode(record.channel),
    encode(record.computer),
    record.serviceSid === undefined ? encode(undefined) : evtxValue.sid(record.serviceSid),
  ];
}

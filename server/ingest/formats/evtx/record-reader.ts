/** Reads one record into a Windows event, following the plans of its templates. */
import type { WindowsEvent } from "../../../event/windows-event.ts";
import { parseFragment, readInstanceHeader } from "./binary-xml.ts";
import type { Bytes } from "./bytes.ts";
import { type Context, compilePlan, contexts, type Plan, type Step, targets } from "./plan.ts";
import { deepestNesting, fragmentStart, instanceToken, Substitutions, textOf } from "./substitutions.ts";
import { Templates } from "./templates.ts";
import { fileTimeMilliseconds, scalarText, valueType } from "./value-text.ts";

/** A Windows event under construction. */
interface Draft {
  provider: string;
  channel: string;
  computer: string;
  code: number | undefined;
  version: number | undefined;
  recordId: string | undefined;
  time: number | undefined;
  serviceSid: string | undefined;
  servicePid: number | undefined;
  level: number | undefined;
  opcode: number | undefined;
  task: number | undefined;
  keywords: string | undefined;
  message: string | undefined;
  readonly data: Map<string, string>;
  readonly unnamed: string[];
}

/** Bytes before the binary XML of a record: magic, size, record id, time written. */
export const recordHeader = 24;

/** Message for a record that exceeds the budget of `Templates`. */
export const tooExpensive = "the record repeats its values too often";

export class RecordReader {
  #templates: Templates = new Templates(new Map());
  /** One set of values per nesting depth, reused for every record. */
  readonly #values: Substitutions[] = Array.from({ length: deepestNesting }, () => new Substitutions());

  /**
   * The event of the record that begins at `start` and whose binary XML ends at `end`, or the reason why it cannot be
   * read. Record id and time are taken from the record header when the XML has none.
   */
  read(bytes: Bytes, templates: Templates, start: number, end: number): WindowsEvent | string {
    this.#templates = templates;
    templates.startRecord();
    const draft: Draft = {
      provider: "",
      channel: "",
      computer: "",
      code: undefined,
      version: undefined,
      recordId: undefined,
      time: undefined,
      serviceSid: undefined,
      servicePid: undefined,
      level: undefined,
      opcode: undefined,
      task: undefined,
      keywords: undefined,
      message: undefined,
      data: new Map(),
      unnamed: [],
    };
    if (!this.#fragment(bytes, start + recordHeader, end, contexts.document, 0, draft)) {
      return "the binary XML of the record is damaged";
    }
    if (!templates.spend(0)) return tooExpensive;
    draft.recordId ??= scalarText(bytes, valueType.uint64, start + 8, 8);
    draft.time ??= fileTimeMilliseconds(bytes, start + 16);
    return isComplete(draft) ? draft : "the record has no EventID";
  }

  #fragment(bytes: Bytes, start: number, end: number, context: Context, depth: number, draft: Draft): boolean {
    const values = this.#values[depth];
    if (values === undefined) return false;
    const at = fragmentStart(bytes, start, end);
    // An empty value counts as absent.
    if (at >= end) return true;
    if ((bytes.view.getUint8(at) & 0xbf) === instanceToken) {
      const header = readInstanceHeader(bytes, at, end);
      const template = header && this.#templates.find(bytes, header.definition);
      if (header === undefined || template === undefined || !values.read(bytes, header, end)) return false;
      return this.#run(bytes, template.plan(context), values, depth, draft);
    }
    values.clear();
    const loose = parseFragment(bytes, at, end, false) ?? parseFragment(bytes, at, end, true);
    return loose !== undefined && this.#run(bytes, compilePlan(loose.parts, context), values, depth, draft);
  }

  #run(bytes: Bytes, plan: Plan, values: Substitutions, depth: number, draft: Draft): boolean {
    const fresh = plan.distinctNames && draft.data.size === 0;
    for (const step of plan.steps) {
      if (!this.#templates.spend(1 + values.size(step.index))) return true;
      if (step.dependencies.length > 0 && step.dependencies.some((index) => values.type(index) === 0)) continue;
      const { target } = step;
      if (target < targets.named) {
        this.#system(bytes, step, values, depth, draft);
      } else if (target === targets.nested) {
        if (!this.#nested(bytes, step, values, depth, draft)) return false;
      } else if (target === targets.unnamed) {
        if (step.index >= 0 && values.type(step.index) & valueType.array) {
          for (const text of values.texts(bytes, step.index)) draft.unnamed.push(text);
        } else draft.unnamed.push(this.#text(bytes, step, values, depth));
      } else if (target === targets.leaf && values.type(step.index) === valueType.binaryXml) {
        if (!this.#nested(bytes, step, values, depth, draft)) return false;
      } else {
        const name = step.nameParts ? textOf(bytes, this.#templates, step.nameParts, values, depth) : step.name;
        if (fresh || !draft.data.has(name)) draft.data.set(name, this.#text(bytes, step, values, depth));
      }
    }
    return true;
  }

  #nested(bytes: Bytes, step: Step, values: Substitutions, depth: number, draft: Draft): boolean {
    const [part] = step.parts;
    if (part?.kind === "instance") {
      return this.#fragment(bytes, part.at, bytes.length, step.context, depth + 1, draft);
    }
    const { index } = step;
    if (values.type(index) === valueType.binaryXml) {
      const start = values.start(index);
      return this.#fragment(bytes, start, start + values.size(index), step.context, depth + 1, draft);
    }
    if (step.context === contexts.eventData && values.size(index) > 0) {
      draft.unnamed.push(values.text(bytes, index));
    }
    return true;
  }

  #text(bytes: Bytes, step: Step, values: Substitutions, depth: number): string {
    if (step.constant !== undefined) return step.constant;
    const { index } = step;
    if (index < 0 || values.type(index) === valueType.binaryXml) {
      return textOf(bytes, this.#templates, step.parts, values, depth);
    }
    return values.text(bytes, index);
  }

  #number(bytes: Bytes, step: Step, values: Substitutions, depth: number): number | undefined {
    const { index } = step;
    const start = values.start(index);
    const size = values.size(index);
    const type = values.type(index);
    if (type === valueType.uint16 && size === 2) return bytes.view.getUint16(start, true);
    if (type === valueType.uint32 && size === 4) return bytes.view.getUint32(start, true);
    if (type === valueType.uint8 && size === 1) return bytes.view.getUint8(start);
    const text = this.#text(bytes, step, values, depth).trim();
    const value = text === "" ? Number.NaN : Number(text);
    return Number.isFinite(value) ? value : undefined;
  }

  #time(bytes: Bytes, step: Step, values: Substitutions, depth: number): number | undefined {
    const { index } = step;
    if (values.type(index) === valueType.fileTime && values.size(index) === 8) {
      return fileTimeMilliseconds(bytes, values.start(index));
    }
    const time = Date.parse(this.#text(bytes, step, values, depth));
    return Number.isNaN(time) ? undefined : time;
  }

  #system(bytes: Bytes, step: Step, values: Substitutions, depth: number, draft: Draft): void {
    switch (step.target) {
      case targets.provider:
        draft.provider = this.#text(bytes, step, values, depth);
        return;
      case targets.channel:
        draft.channel = this.#text(bytes, step, values, depth);
        return;
      case targets.computer:
        draft.computer = this.#text(bytes, step, values, depth);
        return;
      case targets.code:
        draft.code = this.#number(bytes, step, values, depth);
        return;
      case targets.version:
        draft.version = this.#number(bytes, step, values, depth);
        return;
      case targets.level:
        draft.level = this.#number(bytes, step, values, depth);
        return;
      case targets.task:
        draft.task = this.#number(bytes, step, values, depth);
        return;
      case targets.opcode:
        draft.opcode = this.#number(bytes, step, values, depth);
        return;
      case targets.servicePid:
        draft.servicePid = this.#number(bytes, step, values, depth);
        return;
      case targets.time:
        draft.time = this.#time(bytes, step, values, depth);
        return;
      case targets.keywords:
        draft.keywords = this.#text(bytes, step, values, depth) || undefined;
        return;
      case targets.recordId:
        draft.recordId = this.#text(bytes, step, values, depth) || undefined;
        return;
      case targets.serviceSid:
        draft.serviceSid = this.#text(bytes, step, values, depth) || undefined;
        return;
      case targets.message:
        draft.message = this.#text(bytes, step, values, depth) || undefined;
        return;
    }
  }
}

function isComplete(draft: Draft): draft is Draft & { code: number } {
  return draft.code !== undefined;
}

import { existsSync } from "node:fs";
import { join } from "node:path";
import { readAll } from "../ingest/byte-stream.ts";
import { readEvtx } from "../ingest/formats/evtx/read-evtx.ts";
import { openInputs } from "../ingest/open.ts";
import { type Bench, skipped } from "./bench.ts";

interface EvtxFigures {
  readonly files: number;
  readonly bytes: number;
  readonly records: number;
  readonly seconds: number;
  readonly recordsPerSecond: number;
}

/** All files are read repeatedly for at least this long, after one round of warm-up. */
const MIN_SECONDS = 2;

export const benchEvtx: Bench = async ({ captures }) => {
  const folder = join(captures, "evtx-bulk");
  if (!existsSync(folder)) {
    return skipped(`no ${folder}`);
  }
  const figures = await measure(folder);
  return { figures, lines: [`${figures.recordsPerSecond} records/s from ${figures.files} files`] };
};

/** The reader on its own: bytes in memory to records, without mapping. */
async function measure(folder: string): Promise<EvtxFigures> {
  const files: { readonly name: string; readonly bytes: Uint8Array }[] = [];
  for await (const opened of openInputs([folder])) {
    if (opened.kind === "input" && opened.input.name.toLowerCase().endsWith(".evtx")) {
      files.push({ name: opened.input.name, bytes: await readAll(opened.input.chunks) });
    }
  }
  const round = async (): Promise<number> => {
    let records = 0;
    for (const { name, bytes } of files) {
      for await (const items of readEvtx({ name, chunks: once(bytes) })) {
        records += items.filter((item) => item.kind !== "problem").length;
      }
    }
    return records;
  };
  await round();
  let records = 0;
  const start = performance.now();
  let seconds = 0;
  while (seconds < MIN_SECONDS && files.length > 0) {
    records += await round();
    seconds = (performance.now() - start) / 1000;
  }
  return {
    files: files.length,
    bytes: files.reduce((total, file) => total + file.bytes.length, 0),
    records,
    seconds,
    recordsPerSecond: seconds === 0 ? 0 : Math.round(records / seconds),
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

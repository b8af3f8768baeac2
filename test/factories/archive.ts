import { createReadStream } from "node:fs";
import { buffer } from "node:stream/consumers";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";

export interface ArchiveMember {
  readonly name: string;
  readonly bytes: Buffer;
  text(): string;
}

/** The members of a .tar.gz with matching names, in order. */
export async function* unpackArchive(file: string, names: RegExp): AsyncGenerator<ArchiveMember> {
  const entries = createReadStream(file).pipe(createGunzip()).pipe(extract());
  for await (const entry of entries) {
    const { name } = entry.header;
    const bytes = await buffer(entry);
    if (names.test(name)) {
      yield { name, bytes, text: () => bytes.toString("utf8") };
    }
  }
}

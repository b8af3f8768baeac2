import { packedColumns } from "../../events/packed-events.ts";

/** `kind`, `source` and the narrowing columns stand at the end, in the order of `packedColumns`. */
export const insertEvent = `
  INSERT INTO events (seq, id, time, starts, about, segment, position, ${packedColumns.join(", ")})
  VALUES (?, ?, ?, ?, ?, ?, ?, ${packedColumns.map(() => "?").join(", ")})
  ON CONFLICT (id) DO NOTHING`;

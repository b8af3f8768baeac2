import { encodedSearchTexts } from "../../alerts/body.ts";
import { type Connection, text } from "../connection.ts";

/** Alerts that are read at a time. */
const PAGE = 500;

/** Alerts that were written before their text filter searched what is encoded in them. See docs/decisions/0055. */
export function searchDecodedTexts(connection: Connection): void {
  const page = connection.prepare("SELECT id, body FROM alert_bodies WHERE id > ? ORDER BY id LIMIT ?");
  const update = connection.prepare("UPDATE alert_texts SET search = ? WHERE id = ?");
  for (let rows = page.all("", PAGE); rows.length > 0; ) {
    for (const { id, search } of encodedSearchTexts(rows)) {
      update.run(search, id);
    }
    const end = rows.at(-1);
    rows = end === undefined ? [] : page.all(text(end, "id"), PAGE);
  }
}

import { expect, it } from "vitest";
import { alert } from "../../../../test/factories/alerts.ts";
import { alertBody } from "../../alerts/body.ts";
import { connect, text } from "../connection.ts";
import { migrations } from "../migrations.ts";
import { searchDecodedTexts } from "./decoded-texts.ts";

it("adds what is encoded in stored alerts to their search texts, and leaves others and damaged ones alone", () => {
  const connection = connect(":memory:", { readOnly: false, busyTimeout: 0 });
  for (const { sql } of migrations) {
    connection.execute(sql);
  }
  const encoded = Buffer.from("Get-Process lsass", "utf16le").toString("base64");
  const bodies = {
    ...Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`plain-${index}`, alertBody(alert({}))])),
    hidden: alertBody(alert({ id: "hidden", fields: { "process.command_line": `powershell -enc ${encoded}` } })),
    damaged: "{",
  };
  for (const [id, body] of Object.entries(bodies)) {
    connection.execute("PRAGMA foreign_keys = OFF");
    connection.prepare("INSERT INTO alert_bodies (id, body) VALUES (?, ?)").run(id, body);
    connection.prepare("INSERT INTO alert_texts (id, search) VALUES (?, 'before')").run(id);
  }
  searchDecodedTexts(connection);
  const changed = connection.prepare("SELECT id, search FROM alert_texts WHERE search <> 'before'").all();
  expect(changed.map((row) => text(row, "id"))).toEqual(["hidden"]);
  expect(changed.map((row) => text(row, "search"))[0]).toContain("get-process lsass");
  connection.close();
});

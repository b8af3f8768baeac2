import { DatabaseSync } from "node:sqlite";

/** Ways in which a stored value `v` can be damaged. */
const damages = {
  cut: "CASE WHEN length(v) > 3 THEN substr(v, 1, length(v) / 2) ELSE v || '{' END",
  garbage: "CAST(x'00ff7b225b80fe' AS TEXT)",
  absent: "NULL",
  // A column of texts makes a text of a number.
  "another type": "CASE typeof(v) WHEN 'integer' THEN 'x' WHEN 'real' THEN 'x' ELSE x'07' END",
  "another value": "7",
} as const;
export type DamageKind = keyof typeof damages;
export const damageKinds = Object.keys(damages) as readonly DamageKind[];

export interface Column {
  readonly table: string;
  readonly name: string;
}

/** The columns of all tables that have rows. */
export function columnsOf(path: string): readonly Column[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
      .all()
      .map((row) => String(row["name"]))
      .filter((table) => database.prepare(`SELECT 1 FROM "${table}" LIMIT 1`).get() !== undefined)
      .flatMap((table) =>
        database
          // The number of a row is part of the structure of the file, which is another kind of damage.
          .prepare("SELECT name FROM pragma_table_info(?) WHERE NOT (pk = 1 AND type = 'INTEGER')")
          .all(table)
          .map(({ name }) => ({ table, name: String(name) })),
      );
  } finally {
    database.close();
  }
}

/** One row of a table as it is stored, and the condition that only it meets. */
export function firstRow(
  path: string,
  table: string,
): { readonly row: Readonly<Record<string, unknown>>; readonly where: string } {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const columns = database.prepare("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk").all(table);
    const key = columns.map(({ name }) => `"${name}"`).join(", ");
    const row = database.prepare(`SELECT * FROM "${table}" ORDER BY ${key} LIMIT 1`).get();
    if (row === undefined) {
      throw new Error(`${table} has no rows`);
    }
    return { row, where: `(${key}) = (SELECT ${key} FROM main."${table}" ORDER BY ${key} LIMIT 1)` };
  } finally {
    database.close();
  }
}

/**
 * Damages a column as no statement could: the declared types are set aside meanwhile. `where` chooses rows, of which
 * there are all if it is absent. The returned function repairs it.
 */
export function damage(path: string, { table, name }: Column, kind: DamageKind, where = "true"): () => void {
  const database = new DatabaseSync(path, { timeout: 5_000, enableForeignKeyConstraints: false, defensive: false });
  database.exec("PRAGMA synchronous = OFF");
  database.exec(`CREATE TEMP TABLE saved AS SELECT * FROM main."${table}"`);
  const value = damages[kind].replaceAll(/\bv\b/g, `"${name}"`);
  withoutTypes(database, `UPDATE OR IGNORE main."${table}" SET "${name}" = ${value} WHERE ${where}`);
  return () => {
    withoutTypes(database, `DELETE FROM main."${table}"; INSERT INTO main."${table}" SELECT * FROM saved`);
    database.close();
  };
}

/** Runs SQL while no column has a type; other connections do not see that. */
function withoutTypes(database: DatabaseSync, sql: string): void {
  const schema = database.prepare("SELECT rowid AS id, sql FROM main.sqlite_schema WHERE type = 'table'").all();
  const triggers = database.prepare("SELECT name, sql FROM main.sqlite_schema WHERE type = 'trigger'").all();
  const rewrite = (change: (sql: string) => string) => {
    database.exec("PRAGMA writable_schema = ON; BEGIN IMMEDIATE");
    const set = database.prepare("UPDATE main.sqlite_schema SET sql = ? WHERE rowid = ?");
    for (const { id, sql } of schema) {
      if (sql !== null) {
        set.run(change(String(sql)), Number(id));
      }
    }
    database.exec("COMMIT; PRAGMA writable_schema = RESET");
  };
  rewrite((sql) =>
    sql
      .replace(/\)\s+STRICT, WITHOUT ROWID$/, ") WITHOUT ROWID")
      .replace(/\)\s+STRICT$/, ")")
      .replaceAll(" NOT NULL", ""),
  );
  for (const trigger of triggers) {
    database.exec(`DROP TRIGGER "${trigger["name"]}"`);
  }
  try {
    database.exec(sql);
  } finally {
    for (const trigger of triggers) {
      database.exec(String(trigger["sql"]));
    }
    const original = new Map(schema.map(({ id, sql }) => [Number(id), String(sql)]));
    database.exec("PRAGMA writable_schema = ON; BEGIN IMMEDIATE");
    const set = database.prepare("UPDATE main.sqlite_schema SET sql = ? WHERE rowid = ?");
    for (const [id, sql] of original) {
      if (sql !== "null") {
        set.run(sql, id);
      }
    }
    database.exec("COMMIT; PRAGMA writable_schema = RESET");
  }
}

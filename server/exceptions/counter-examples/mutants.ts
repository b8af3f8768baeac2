import type { Fields, FieldValue } from "#contracts/event";
import type { Mutant, MutantKind } from "#contracts/exception-counter-examples";
import { textOf } from "../../event/event.ts";
import type { LineageContext } from "../../exception/lineage-context.ts";

/** What an exception sees of the event of an alert. */
export interface Seen {
  readonly fields: Fields;
  readonly lineage: LineageContext;
}

/** Something that is like the alert but for one change. */
export interface MutatedEvent extends Seen {
  readonly kind: MutantKind;
  readonly text: string;
  readonly expected: Mutant["expected"];
  readonly changed: Mutant["changed"];
}

export interface Mutations {
  readonly mutants: readonly MutatedEvent[];
  readonly notMade: readonly { readonly kind: MutantKind; readonly reason: string }[];
}

const commandField = "process.command_line";
const parentCommandField = "process.parent.command_line";
const payload = /(?<=\s[-/\u2013-\u2015]e[a-z]{0,14}[\s:]["']?)[A-Za-z0-9+/]{8,}={0,2}|[A-Za-z0-9+/]{40,}={0,2}/gi;

/**
 * Events that an intruder with the same tools would cause, and some that are the same activity written differently.
 * Each differs from the alert's event in one respect.
 */
export function mutationsOf(seen: Seen): Mutations {
  const mutants: MutatedEvent[] = [];
  const notMade: { kind: MutantKind; reason: string }[] = [];
  for (const [kind, make] of Object.entries(makers) as readonly (readonly [MutantKind, Maker])[]) {
    const made = make(seen);
    if (typeof made === "string") {
      notMade.push({ kind, reason: made });
    } else {
      mutants.push(...made.map((change) => applied(seen, kind, change)));
    }
  }
  return { mutants, notMade };
}

interface Change {
  readonly text: string;
  readonly expected?: Mutant["expected"];
  readonly set: Readonly<Record<string, string>>;
}

/** The changes of a kind, or why there are none. */
type Maker = (seen: Seen) => readonly Change[] | string;

const noCommand = "The event has no command line.";

const makers: Readonly<Record<MutantKind, Maker>> = {
  "other-payload": ({ fields }) => {
    const command = textOf(fields, commandField);
    const changed = command?.replace(payload, (text) => otherPayload(text));
    return command === undefined || changed === undefined || changed === command
      ? "No encoded payload was found in the command line."
      : [{ text: "Another encoded payload", set: { [commandField]: changed } }];
  },
  "appended-command": ({ fields }) => {
    const command = textOf(fields, commandField);
    if (command === undefined) {
      return noCommand;
    }
    return ["&", ";", "|", "&&", "\n"].flatMap((operator) => {
      const added = `${operator === "\n" ? operator : ` ${operator} `}net user intruder P4ss /add`;
      const name = operator === "\n" ? "a new line" : operator;
      const at = insertionPoints(command);
      return at.map(({ index, where }) => ({
        text: `Another command after ${name}, ${where}`,
        set: { [commandField]: `${command.slice(0, index)}${added}${command.slice(index)}` },
      }));
    });
  },
  "other-arguments": ({ fields }) => {
    const command = textOf(fields, commandField);
    if (command === undefined) {
      return noCommand;
    }
    const last = /[^\s"]+"?\s*$/.exec(command);
    return [
      { text: "One more argument", set: { [commandField]: `${command} /priv` } },
      ...(last === null || last.index === 0
        ? []
        : [{ text: "Another last argument", set: { [commandField]: `${command.slice(0, last.index)}intruder.dat` } }]),
    ];
  },
  "path-traversal": ({ fields }) => {
    const command = textOf(fields, commandField);
    const path = command === undefined ? undefined : filesIn(command).at(-1);
    return command === undefined || path === undefined
      ? "No path of a file was found in the command line."
      : [
          {
            text: "A file that is reached through ..\\",
            set: { [commandField]: `${command.slice(0, path.name)}..\\..\\Temp\\${command.slice(path.name)}` },
          },
        ];
  },
  "other-folder-in-command": ({ fields }) => {
    const command = textOf(fields, commandField);
    const path = command === undefined ? undefined : filesIn(command).at(-1);
    return command === undefined || path === undefined
      ? "No path of a file was found in the command line."
      : [
          {
            text: "A file of this name in another folder",
            set: { [commandField]: `${command.slice(0, path.start)}C:\\Users\\Public\\${command.slice(path.name)}` },
          },
        ];
  },
  "other-parent-path": ({ fields }) => {
    const path = textOf(fields, "process.parent.executable");
    return path === undefined
      ? "The event has no path of the parent."
      : [{ text: "A parent of the same name elsewhere", set: { "process.parent.executable": elsewhere(path) } }];
  },
  "other-parent-command": ({ fields, lineage }) => {
    const command = textOf(fields, parentCommandField) ?? textOf(lineage.ancestors[0] ?? {}, commandField);
    return command === undefined
      ? "The command line of the parent is not known."
      : [
          {
            text: "A parent that runs something else",
            set: { [parentCommandField]: `${programIn(command)} intruder.cmd` },
          },
          {
            text: "A parent that also runs something else",
            set: { [parentCommandField]: `${command} & intruder.cmd` },
          },
        ];
  },
  "other-folder": ({ fields }) => {
    const path = textOf(fields, "process.executable");
    return path === undefined
      ? "The event has no path of the program."
      : [{ text: "A program of the same name elsewhere", set: { "process.executable": elsewhere(path) } }];
  },
  "renamed-program": ({ fields }) => {
    const path = textOf(fields, "process.executable");
    const cut = path === undefined ? -1 : nameStart(path);
    return path === undefined
      ? "The event has no path of the program."
      : [
          {
            text: "The program under another name",
            set: { "process.executable": `${path.slice(0, cut)}intruder.exe`, "process.name": "intruder.exe" },
          },
        ];
  },
  "other-account": ({ fields }) => {
    const prefixes = ["user", "user.effective"].filter((prefix) => textOf(fields, `${prefix}.name`) !== undefined);
    return prefixes.length === 0
      ? "The event names no account."
      : [
          {
            text: "Another account",
            set: Object.fromEntries(prefixes.map((prefix) => [`${prefix}.name`, "intruder"])),
          },
        ];
  },
  "other-host": ({ fields }) =>
    textOf(fields, "host.name") === undefined
      ? "The event names no host."
      : [{ text: "Another host", set: { "host.name": "other-host", "host.hostname": "other-host" } }],
  "other-hash": ({ fields }) => {
    const hashes = Object.keys(fields).filter((field) => field.startsWith("process.hash."));
    return hashes.length === 0
      ? "The event has no hash of the program."
      : [
          {
            text: "The program with another content",
            expected: "either",
            set: Object.fromEntries(
              hashes.map((field) => [field, (textOf(fields, field) ?? "").replace(/[0-9a-f]/gi, otherDigit)]),
            ),
          },
        ];
  },
  "double-blanks": ({ fields }) => {
    const command = textOf(fields, commandField);
    return command === undefined || !command.trim().includes(" ")
      ? "The command line has no blanks."
      : [
          {
            text: "Two blanks for each one",
            expected: "hidden",
            set: { [commandField]: command.replaceAll(" ", "  ") },
          },
        ];
  },
  "other-case": ({ fields }) => {
    const command = textOf(fields, commandField);
    if (command === undefined) {
      return noCommand;
    }
    if (command.search(payload) >= 0) {
      return "An encoded payload in other letters is another payload.";
    }
    return [{ text: "The command line in capitals", expected: "hidden", set: { [commandField]: capitals(command) } }];
  },
  "other-time": () => [
    { text: "Another time of day", expected: "hidden", set: { "@timestamp": "2001-02-03T03:04:05.000Z" } },
  ],
};

function applied(seen: Seen, kind: MutantKind, { text, expected = "raised", set }: Change): MutatedEvent {
  const fields: Record<string, FieldValue> = Object.assign(Object.create(null), seen.fields);
  for (const [field, value] of Object.entries(set)) {
    if (field !== "process.name" || seen.fields[field] !== undefined) {
      fields[field] = value;
    }
  }
  return {
    kind,
    text,
    expected,
    fields,
    lineage: withParent(seen.lineage, set),
    changed: Object.entries(set).map(([field, after]) => ({ field, before: textOf(seen.fields, field), after })),
  };
}

/** The parent is known twice: to the event and to the process graph. */
function withParent(lineage: LineageContext, set: Change["set"]): LineageContext {
  const [parent, ...above] = lineage.ancestors;
  const changes = [
    [commandField, set[parentCommandField]],
    ["process.executable", set["process.parent.executable"]],
  ].filter((pair): pair is [string, string] => pair[1] !== undefined);
  return parent === undefined || changes.length === 0
    ? lineage
    : { ...lineage, ancestors: [{ ...parent, ...Object.fromEntries(changes) }, ...above] };
}

/** As long, of the same characters, and not the same; a counter at the end stays. */
function otherPayload(text: string): string {
  const counter = /\d*=*$/.exec(text)?.[0] ?? "";
  const head = text.slice(0, text.length - counter.length);
  const other = "SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQA"
    .repeat(Math.ceil(head.length / 40) || 1)
    .slice(0, head.length);
  return `${other === head ? other.split("").reverse().join("") : other}${counter}`;
}

/** At the end, before the first redirection, and before the last quote. */
function insertionPoints(command: string): readonly { readonly index: number; readonly where: string }[] {
  const redirection = /\s\d?>/.exec(command)?.index;
  const quote = command.trimEnd().endsWith('"') ? command.trimEnd().length - 1 : undefined;
  return [
    { index: command.length, where: "at the end" },
    ...(redirection === undefined ? [] : [{ index: redirection, where: "before the redirection" }]),
    ...(quote === undefined || quote === 0 ? [] : [{ index: quote, where: "within the quotes" }]),
  ];
}

/** Paths of files in a command line but for the program: where each begins and where its last name does. */
function filesIn(command: string): readonly { readonly start: number; readonly name: number }[] {
  const program = programIn(command).length;
  return [...command.matchAll(/(?:[a-z]:|\\)\\[^\s"'<>|&;]+/gi)].flatMap(({ 0: text, index }) => {
    const cut = text.lastIndexOf("\\");
    return index < program || cut < 3 || cut === text.length - 1 ? [] : [{ start: index, name: index + cut + 1 }];
  });
}

function programIn(command: string): string {
  return /^\s*(?:"[^"]*"|[^\s"]+)/.exec(command)?.[0] ?? command;
}

function nameStart(path: string): number {
  return Math.max(path.lastIndexOf("\\"), path.lastIndexOf("/")) + 1;
}

function elsewhere(path: string): string {
  const folder = path.startsWith("/")
    ? "/tmp/"
    : /^c:\\programdata\\/i.test(path)
      ? "C:\\Users\\Public\\"
      : "C:\\ProgramData\\";
  return `${folder}${path.slice(nameStart(path))}`;
}

const otherDigit = (digit: string) => (digit === "0" ? "1" : "0");

/** Letters only, and only those of which the capital is folded back in every store. */
function capitals(command: string): string {
  return command.replace(/[a-z]/g, (letter) => letter.toUpperCase());
}

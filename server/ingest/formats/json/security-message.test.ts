import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventSourceNames } from "#contracts/event-source";
import { flatRecord } from "./flat-record.ts";

/** A record of which an exporter kept only the header and the message. */
function read(code: number, message: string, more: object = {}) {
  const { provider, channel } = eventSourceNames.security;
  const record = {
    EventID: code,
    SourceName: provider,
    Channel: channel,
    EventTime: "2024-05-06 12:00:01",
    Message: message,
  };
  return Object.fromEntries(flatRecord({ ...record, ...more })?.data ?? []);
}

interface Wording {
  readonly created: string;
  readonly subject: string;
  readonly target: string;
  readonly process: string;
  /** SID, name, domain and id of an account. */
  readonly account: readonly [string, string, string, string];
  /** The labels of process information: id, name, token, label, creator's id and name, command line. */
  readonly labels: readonly [string, string, string, string, string, string, string];
  readonly prose: string;
  readonly colon: string;
}

const nbsp = "\u00a0";
const wordings: Readonly<Record<string, Wording>> = {
  English: {
    created: "A new process has been created.",
    subject: "Creator Subject",
    target: "Target Subject",
    process: "Process Information",
    account: ["Security ID", "Account Name", "Account Domain", "Logon ID"],
    labels: [
      "New Process ID",
      "New Process Name",
      "Token Elevation Type",
      "Mandatory Label",
      "Creator Process ID",
      "Creator Process Name",
      "Process Command Line",
    ],
    prose: "Token Elevation Type indicates the type of token.",
    colon: ":",
  },
  German: {
    created: "Ein neuer Prozess wurde erstellt.",
    subject: "Antragsteller",
    target: "Zielantragsteller",
    process: "Prozessinformationen",
    account: ["Sicherheits-ID", "Kontoname", "Kontodomäne", "Anmelde-ID"],
    labels: [
      "Neue Prozess-ID",
      "Neuer Prozessname",
      "Tokenerhöhungstyp",
      "Verbindliche Beschriftung",
      "Erstellerprozess-ID",
      "Erstellerprozessname",
      "Prozessbefehlszeile",
    ],
    prose: "Der Tokenerhöhungstyp gibt den Typ des Tokens an.",
    colon: ":",
  },
  French: {
    created: "Un nouveau processus a été créé.",
    subject: "Sujet du créateur",
    target: "Sujet de la cible",
    process: "Informations sur le processus",
    account: ["ID de sécurité", "Nom du compte", "Domaine du compte", "ID d’ouverture de session"],
    labels: [
      "ID du nouveau processus",
      "Nom du nouveau processus",
      "Type d’élévation du jeton",
      "Étiquette obligatoire",
      "ID du processus créateur",
      "Nom du processus créateur",
      "Ligne de commande du processus",
    ],
    prose: "Le type d’élévation du jeton indique le type de jeton.",
    colon: `${nbsp}:`,
  },
  Japanese: {
    created: "新しいプロセスが作成されました。",
    subject: "作成元サブジェクト",
    target: "ターゲット サブジェクト",
    process: "プロセス情報",
    account: ["セキュリティ ID", "アカウント名", "アカウント ドメイン", "ログオン ID"],
    labels: [
      "新しいプロセス ID",
      "新しいプロセス名",
      "トークン昇格の種類",
      "必須ラベル",
      "作成元プロセス ID",
      "作成元プロセス名",
      "プロセス コマンド ライン",
    ],
    prose: "トークン昇格の種類は、トークンの種類を示します。",
    colon: "：",
  },
  Spanish: {
    created: "Se creó un nuevo proceso.",
    subject: "Firmante creador",
    target: "Firmante de destino",
    process: "Información de proceso",
    account: ["Id. de seguridad", "Nombre de cuenta", "Dominio de cuenta", "Id. de inicio de sesión"],
    labels: [
      "Id. de nuevo proceso",
      "Nombre de nuevo proceso",
      "Tipo de elevación de token",
      "Etiqueta obligatoria",
      "Id. de proceso creador",
      "Nombre de proceso creador",
      "Línea de comandos de proceso",
    ],
    prose: "El tipo de elevación de token indica el tipo de token.",
    colon: ":",
  },
};

const subject = ["S-1-5-18", "WS7$", "EXAMPLE", "0x3E7"];
const target = ["EXAMPLE\\ada", "ada", "EXAMPLE", "0x4A5AF0"];
const started = [
  "0x4e0",
  "C:\\Windows\\System32\\cmd.exe",
  "%%1938",
  "S-1-16-8192",
  "0x340",
  "C:\\a\\b.exe",
  'cmd /c "x: y"',
];

function rows(wording: Wording, labels: readonly string[], values: readonly string[]): string[] {
  return values.map((value, index) => `\t${labels[index]}${wording.colon}\t\t${value}`);
}

function created(wording: Wording, commandLine = started[6] ?? ""): string[] {
  return [
    wording.created,
    "",
    `${wording.subject}${wording.colon}`,
    ...rows(wording, wording.account, subject),
    "",
    `${wording.target}${wording.colon}`,
    ...rows(wording, wording.account, target),
    "",
    `${wording.process}${wording.colon}`,
    ...rows(wording, wording.labels, [...started.slice(0, 6), commandLine]),
    "",
    ...prose(wording),
  ];
}

/** It names the token's type once, and has further paragraphs. */
const prose = (wording: Wording) => [wording.prose, "", "1 …", "", "2: …"];

/** The same as Windows words it without a target, and before that without a label and the name of the parent. */
function createdBefore(wording: Wording, commandLine: string, isOldest: boolean): string[] {
  const isLeftOut = (index: number) => isOldest && (index === 3 || index === 5);
  const left = <T>(items: readonly T[]) => items.filter((_, index) => !isLeftOut(index));
  return [
    wording.created,
    "",
    `${wording.subject}${wording.colon}`,
    ...rows(wording, wording.account, subject),
    "",
    `${wording.process}${wording.colon}`,
    ...rows(wording, left(wording.labels), left([...started.slice(0, 6), commandLine])),
    "",
    ...prose(wording),
  ];
}

/** Text of whoever starts a process. */
function hostileText(wording: Wording): fc.Arbitrary<string> {
  const label = fc.constantFrom(...wording.account, ...wording.labels, wording.subject, wording.prose, "x");
  const value = fc.constantFrom("0x999", "0x4", "S-1-5-21-7", "mallory", "{00000000-0000-0000-0000-000000000000}", "");
  const line = fc.oneof(
    fc.tuple(fc.constantFrom("\t", "", "  "), label, fc.constantFrom("\t\t", " ", ""), value).map((parts) => {
      const [indent, name, space, text] = parts;
      return `${indent}${name}${wording.colon}${space}${text}`;
    }),
    value.filter((text) => text !== ""),
    fc.constantFrom(
      `\n${wording.prose}`,
      wording.prose,
      "",
      " ",
      "if x:",
      "\t\t\tSeDebugPrivilege",
      "a\rb",
      "a\u2028b",
    ),
  );
  const first = fc.constantFrom("0x4", "cmd /c", 'powershell -c "');
  return fc
    .tuple(first, fc.array(line, { maxLength: 20 }), fc.constantFrom("\n", "\r\n"))
    .map(([one, more, end]) => [one, ...more].join(end).trim());
}

describe.each(Object.entries(wordings))("a message in %s", (_, wording) => {
  it("of a process start gives its pids, names, accounts and logon ids", () => {
    const expected = {
      SubjectUserSid: "S-1-5-18",
      SubjectUserName: "WS7$",
      SubjectDomainName: "EXAMPLE",
      SubjectLogonId: "0x3E7",
      TargetUserName: "ada",
      TargetDomainName: "EXAMPLE",
      TargetLogonId: "0x4A5AF0",
      NewProcessId: "0x4e0",
      NewProcessName: "C:\\Windows\\System32\\cmd.exe",
      MandatoryLabel: "S-1-16-8192",
      ProcessId: "0x340",
      ParentProcessName: "C:\\a\\b.exe",
      CommandLine: 'cmd /c "x: y"',
    };
    expect(read(4688, created(wording).join("\r\n"))).toEqual(expected);
  });

  it("of a process start without some of its lines is read by its labels", () => {
    const lines = created(wording).filter((line) => !line.includes("S-1-16") && !line.includes("S-1-5-18"));
    expect(read(4688, lines.map((line) => line.trim()).join("\n"))).toMatchObject({
      SubjectUserName: "WS7$",
      SubjectLogonId: "0x3E7",
      TargetUserName: "ada",
      TargetLogonId: "0x4A5AF0",
      NewProcessId: "0x4e0",
      NewProcessName: "C:\\Windows\\System32\\cmd.exe",
      ProcessId: "0x340",
      CommandLine: 'cmd /c "x: y"',
    });
  });

  it("of a process start has the whole command line, whatever its lines imitate", () => {
    fc.assert(
      fc.property(hostileText(wording), fc.constantFrom("\n", "\r\n"), (commandLine, end) => {
        const shared = {
          SubjectUserSid: "S-1-5-18",
          SubjectUserName: "WS7$",
          SubjectDomainName: "EXAMPLE",
          SubjectLogonId: "0x3E7",
          NewProcessId: "0x4e0",
          NewProcessName: "C:\\Windows\\System32\\cmd.exe",
          ProcessId: "0x340",
          CommandLine: commandLine,
        };
        const labelled = { MandatoryLabel: "S-1-16-8192", ParentProcessName: "C:\\a\\b.exe" };
        const session = { TargetUserName: "ada", TargetDomainName: "EXAMPLE", TargetLogonId: "0x4A5AF0" };
        const oldest = createdBefore(wording, commandLine, true);
        const before = createdBefore(wording, commandLine, false);
        const whole = created(wording, commandLine);
        expect(read(4688, oldest.join(end))).toEqual(shared);
        expect(read(4688, before.join(end))).toEqual({ ...shared, ...labelled });
        expect(read(4688, whole.join(end))).toEqual({ ...shared, ...labelled, ...session });
        // Without one of its lines it is read by its labels.
        const cut = whole.filter((line) => !line.includes("S-1-16"));
        expect(read(4688, cut.join(end))).toMatchObject({ ...shared, ...session });
      }),
      { numRuns: 200 },
    );
  });

  it.each(["indented", "not indented"])(
    "whose empty lines an exporter left out, %s, has no prose in its values",
    (how) => {
      const lines = created(wording, 'cmd /c "x\n\ty: z"').filter((line) => line !== "");
      const message = (how === "indented" ? lines : lines.map((line) => line.trim())).join("\r\n");
      expect(read(4688, message)).toMatchObject({ CommandLine: 'cmd /c "x\n\ty: z"', TargetLogonId: "0x4A5AF0" });
    },
  );

  it("without a line that explains the token ends its command line at the first empty one", () => {
    const lines = created(wording, "cmd /c x\n\tLogon ID:\t0x999").filter((line) => line !== wording.prose);
    expect(read(4688, lines.join("\n"))).toMatchObject({ CommandLine: "cmd /c x\n\tLogon ID:\t0x999" });
  });

  it("that ends with its command line has it whole", () => {
    const lines = created(wording, "cmd /c x\nLogon ID: 0x999\ny").slice(0, -prose(wording).length);
    expect(read(4688, lines.join("\n"))).toMatchObject({ CommandLine: "cmd /c x\nLogon ID: 0x999\ny" });
  });

  it("never replaces a value that the record has", () => {
    const values = { NewProcessId: "0x1", SubjectUserName: "kept" };
    expect(read(4688, created(wording).join("\r\n"), values)).toMatchObject({ ...values, ProcessId: "0x340" });
  });

  it.each([
    [
      4689,
      ["0x4e0", "C:\\a\\b.exe", "0x0"],
      { SubjectLogonId: "0x3E7", ProcessId: "0x4e0", ProcessName: "C:\\a\\b.exe" },
    ],
    [4634, [], { TargetUserName: "WS7$", TargetLogonId: "0x3E7" }],
    [4647, [], { TargetUserName: "WS7$", TargetLogonId: "0x3E7" }],
    [4672, ["SeDebugPrivilege\n\t\t\tSeBackupPrivilege"], { SubjectUserName: "WS7$", SubjectLogonId: "0x3E7" }],
  ])("of event %i gives what its code has", (code, values, expected) => {
    const labels = ["a", "b", "c"].map((label) => `${label} ${wording.process}`);
    const message = [
      "…",
      "",
      `${wording.subject}${wording.colon}`,
      ...rows(wording, wording.account, subject),
      "",
      ...rows(wording, labels, values),
      ...(code === 4634 ? [`${wording.target}${wording.colon}\t\t\t3`] : []),
      "",
      wording.prose,
    ];
    expect(read(code, message.join("\n"))).toMatchObject(expected);
  });

  it.each([
    ["of 2008", ["3"], []],
    ["of 2012 R2", ["3", "%%1833"], []],
    ["of 2016", ["3", "-", "%%1843", "%%1842", "%%1833"], ["0x0", "-", "-"]],
  ])("of a logon %s gives the session, its account and where it came from", (_version, before, between) => {
    const line = (value: string) => `\t${wording.process}${wording.colon}\t\t${value}`;
    const message = [
      "…",
      `${wording.subject}${wording.colon}`,
      ...rows(wording, wording.account, subject),
      ...before.map(line),
      `${wording.target}${wording.colon}`,
      ...rows(wording, wording.account, target),
      ...between.map(line),
      line("{00000000-0000-0000-0000-000000000000}"),
      ...["0x340", "C:\\a\\b.exe", "WS8", "192.0.2.8", "50123", "NtLmSsp", "NTLM", "-", "NTLM V2", "128"].map(line),
      "",
      wording.prose,
      "\t- …",
    ];
    expect(read(4624, message.join("\r\n"))).toMatchObject({
      SubjectLogonId: "0x3E7",
      LogonType: "3",
      TargetUserName: "ada",
      TargetLogonId: "0x4A5AF0",
      ProcessId: "0x340",
      WorkstationName: "WS8",
      IpAddress: "192.0.2.8",
      IpPort: "50123",
    });
  });

  it("of a failed and of an explicit logon gives whom and where", () => {
    const line = (value: string) => `\t${wording.process}${wording.colon}\t\t${value}`;
    const heading = ["…", `${wording.subject}${wording.colon}`, ...rows(wording, wording.account, subject)];
    const failed = [
      ...heading,
      `${wording.process}${wording.colon}\t\t\t3`,
      ...rows(wording, wording.account, target.slice(0, 3)),
      ...[
        "%%2313",
        "0xC000006D",
        "0xC000006A",
        "0x0",
        "-",
        "WS8",
        "192.0.2.8",
        "0",
        "NtLmSsp",
        "NTLM",
        "-",
        "-",
        "0",
      ].map(line),
    ];
    expect(read(4625, failed.join("\n"))).toMatchObject({
      TargetUserName: "ada",
      Status: "0xC000006D",
      SubStatus: "0xC000006A",
      IpAddress: "192.0.2.8",
    });
    const zero = "{00000000-0000-0000-0000-000000000000}";
    const explicit = [
      ...heading,
      ...[zero, "bob", "EXAMPLE", zero, "srv1", "srv1", "0x340", "C:\\a\\b.exe", "-", "-"].map(line),
    ];
    expect(read(4648, explicit.join("\n"))).toMatchObject({
      SubjectLogonId: "0x3E7",
      TargetUserName: "bob",
      TargetServerName: "srv1",
      ProcessId: "0x340",
    });
  });
});

it.each([
  ["values", "\n\tLogon ID:\t\t0x999\nx"],
  ["empty lines", "\n \nx"],
  ["prose", "\n\nToken Elevation Type indicates"],
  ["headings", "\n:"],
  ["blanks", " :  "],
  ["line separators", " \u2028"],
])("a command line of very many %s is read in linear time", (_, repeated) => {
  const { English } = wordings;
  // Quadratic time would be minutes.
  const commandLine = `cmd${repeated.repeat(100_000)}x`;
  const lines = English === undefined ? [] : created(English, commandLine);
  expect(read(4688, lines.join("\n")).CommandLine === commandLine).toBe(true);
  const cut = lines.filter((line) => !line.includes("S-1-16"));
  expect(read(4688, cut.join("\n")).CommandLine === commandLine).toBe(true);
});

describe("a message that is none of a Security record", () => {
  it.each([
    "",
    "one line",
    "\t".repeat(10_000),
    ":".repeat(10_000),
    Array.from({ length: 40 }, (_, index) => `\tlabel ${index}:\t\tvalue`).join("\n"),
  ])("gives nothing (%#)", (message) => {
    expect(read(4688, message)).toEqual({});
  });
});

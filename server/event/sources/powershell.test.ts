import { describe, expect, it } from "vitest";
import { eventSourceNames } from "#contracts/event-source";
import { flattenDocument } from "../flatten.ts";
import { mapWindowsFields } from "../mapping.ts";
import { mapEcs } from "../mapping-ecs.ts";
import type { WindowsEvent } from "../windows-event.ts";

const { channel: operational, otherChannels } = eventSourceNames.powershell;
const [classic] = otherChannels;

function mapped(code: number, more: Partial<WindowsEvent>) {
  const record = { provider: "PowerShell", channel: classic, computer: "ws7", code, data: new Map(), unnamed: [] };
  return mapWindowsFields({ ...record, ...more });
}

function ofModule(code: number, data: Record<string, string>, more: Partial<WindowsEvent> = {}) {
  const provider = "Microsoft-Windows-PowerShell";
  return mapped(code, { provider, channel: operational, data: new Map(Object.entries(data)), ...more });
}

const engine = [
  "\tNewEngineState=Available",
  "\tPreviousEngineState=None",
  "",
  "\tSequenceNumber=13",
  "",
  "\tHostName=ConsoleHost",
  "\tHostVersion=5.1.18362.752",
  "\tHostId=11111111-e6aa-482e-ae58-6d5e4d34f4af",
  '\tHostApplication=powershell.exe -Command "& {',
  "  Get-Item a=b",
  '}"',
  "\tEngineVersion=2.0",
  "\tRunspaceId=22222222-e6aa-482e-ae58-6d5e4d34f4af",
  "\tPipelineId=",
  "\tCommandLine=",
].join("\r\n");

const started = {
  "event.category": ["process"],
  "event.type": ["info"],
  "powershell.engine.version": "2.0",
  "powershell.engine.new_state": "Available",
  "powershell.engine.previous_state": "None",
  "powershell.process.executable_version": "5.1.18362.752",
  "powershell.runspace_id": "22222222-e6aa-482e-ae58-6d5e4d34f4af",
  "process.title": "ConsoleHost",
  "process.command_line": 'powershell.exe -Command "& {\n  Get-Item a=b\n}"',
};

describe("records of PowerShell's engine", () => {
  it("have the values of their text, which may have several lines", () => {
    const fields = mapped(400, { unnamed: ["Available", "None", engine] });
    expect(fields).toMatchObject({ ...started, "event.sequence": 13 });
    expect(fields["process.args"]).toEqual(["powershell.exe", "-Command", "& {\n  Get-Item a=b\n}"]);
    expect(fields["powershell.pipeline_id"]).toBeUndefined();
    expect(fields["powershell.command.value"]).toBeUndefined();
    // The host's id is not that of a process.
    expect(fields["process.entity_id"]).toBeUndefined();
  });

  it("have them in documents with param3, and in renderings that kept only the message", () => {
    const document = mapEcs(
      flattenDocument({
        "@timestamp": "2026-01-02T00:00:00Z",
        event: { code: "400", provider: "PowerShell" },
        winlog: {
          channel: classic,
          provider_name: "PowerShell",
          event_data: { param1: "Available", param3: engine },
        },
      }),
      { file: "test", offset: 0 },
    );
    expect(document?.fields).toMatchObject(started);
    const message = `Engine state is changed from None to Available.\r\n\r\nDetails:\r\n${engine}`;
    expect(mapped(400, { message })).toMatchObject({ ...started, "winlog.event_data.Data": message });
  });

  it("have the user, the script and what was invoked, for the details of a pipeline", () => {
    const text =
      "\tDetailSequence=1\r\n\tDetailTotal=2\r\n\r\n\tUserId=EXAMPLE\\ada\r\n\tScriptName=C:\\Tools\\a.ps1\r\n\tCommandLine=ls C:\\";
    const lines =
      'CommandInvocation(Get-ChildItem): "Get-ChildItem"\r\nParameterBinding(Get-ChildItem): name="Path"; value="C:\\"';
    expect(mapped(800, { unnamed: ["ls C:\\", text, lines] })).toMatchObject({
      "user.name": "ada",
      "user.domain": "EXAMPLE",
      "file.path": "C:\\Tools\\a.ps1",
      "powershell.command.value": "ls C:\\",
      "powershell.sequence": 1,
      "powershell.total": 2,
      "powershell.command.invocation_details": lines.split("\r\n"),
    });
  });
});

describe("records of PowerShell's modules and script blocks", () => {
  const header = { servicePid: 2228, serviceSid: "S-1-5-21-1-2-3-1104" };

  it("have the process and account of their header, which are PowerShell's own", () => {
    const block = { ScriptBlockText: "Get-Process", ScriptBlockId: "b1", MessageNumber: "1", MessageTotal: "2" };
    expect(ofModule(4104, { ...block, Path: "C:\\Tools\\a.ps1" }, header)).toMatchObject({
      "event.category": ["process"],
      "event.type": ["info"],
      "powershell.file.script_block_text": "Get-Process",
      "powershell.file.script_block_id": "b1",
      "powershell.file.script_block_length": 11,
      "powershell.sequence": 1,
      "powershell.total": 2,
      "process.pid": 2228,
      "user.id": "S-1-5-21-1-2-3-1104",
      "file.name": "a.ps1",
    });
  });

  it("have measures of the script without its signature, by which obfuscated ones stand out", () => {
    const text = "aabb\n# SIG # Begin signature block\n# MIIF";
    expect(ofModule(4104, { ScriptBlockText: text })).toMatchObject({
      "powershell.file.script_block_length": 4,
      "powershell.file.script_block_entropy_bits": 1,
      "powershell.file.script_block_surprisal_stdev": 0,
    });
  });

  it("have the values of their context", () => {
    const context = [
      "        Severity = Informational",
      "        Host Name = ConsoleHost",
      "        Host Application = powershell.exe -File a.ps1",
      "        Engine Version = 5.1",
      "        Command Name = Get-Item",
      "        Command Type = Cmdlet",
      "        Script Name = C:\\Tools\\a.ps1",
      "        User = EXAMPLE\\ada",
      "        Connected User = ",
      "        Shell ID = Microsoft.PowerShell",
    ].join("\r\n");
    const payload = 'CommandInvocation(Get-Item): "Get-Item"\r\n';
    expect(ofModule(4103, { ContextInfo: context, Payload: payload }, header)).toMatchObject({
      "powershell.command.name": "Get-Item",
      "powershell.command.type": "Cmdlet",
      "powershell.engine.version": "5.1",
      "powershell.id": "Microsoft.PowerShell",
      "powershell.command.invocation_details": ['CommandInvocation(Get-Item): "Get-Item"'],
      "process.command_line": "powershell.exe -File a.ps1",
      "file.path": "C:\\Tools\\a.ps1",
      "user.name": "ada",
      "winlog.event_data.Payload": payload,
    });
  });
});

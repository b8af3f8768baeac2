import { type Cast, hour, minute, people, system32 } from "./cast.ts";
import type { SampleProcess } from "./facts.ts";

/** Lena administers interactively from the management server, with tools that use WMI among others. */
export function administration({ day, managementServer, fileServer }: Cast): void {
  const { log, services } = managementServer;
  const logonId = log.logon({
    at: day + 8 * hour + 11 * minute,
    user: people.lena,
    type: 10,
    package: "Negotiate",
    from: { ip: "10.20.4.9", workstation: "WS-02" },
    privileged: true,
  });
  const winlogon = log.older(`${system32}\\winlogon.exe`, "winlogon.exe", day + 8 * hour + 10 * minute);
  const userinit = log.start({
    at: day + 8 * hour + 11 * minute + 900,
    parent: winlogon,
    image: `${system32}\\userinit.exe`,
    commandLine: `${system32}\\userinit.exe`,
    user: people.lena,
    logonId,
    lasts: 24_000,
  });
  const explorer = log.start({
    at: day + 8 * hour + 11 * minute + 1_500,
    parent: userinit,
    image: "C:\\Windows\\explorer.exe",
    commandLine: "C:\\Windows\\Explorer.EXE",
  });
  log.start({
    at: day + 8 * hour + 19 * minute,
    parent: explorer,
    image: `${system32}\\mmc.exe`,
    commandLine: `"${system32}\\mmc.exe" "${system32}\\dsa.msc"`,
    integrity: "High",
    lasts: 3 * hour,
  });
  const shell = log.start({
    at: day + 9 * hour + 34 * minute,
    parent: explorer,
    image: `${system32}\\WindowsPowerShell\\v1.0\\powershell.exe`,
    commandLine: `"${system32}\\WindowsPowerShell\\v1.0\\powershell.exe"`,
    integrity: "High",
    lasts: 5 * hour,
  });
  const remoteQuery = log.start({
    at: day + 9 * hour + 36 * minute,
    parent: shell,
    image: `${system32}\\wbem\\WMIC.exe`,
    commandLine: `"${system32}\\wbem\\WMIC.exe" /node:SRV-02 os get LastBootUpTime`,
    lasts: 2_400,
  });
  log.connect(day + 9 * hour + 36 * minute + 300, remoteQuery, {
    ip: fileServer.log.host.ip,
    port: 135,
    name: fileServer.log.fqdn,
  });
  fileServer.log.logon({
    at: day + 9 * hour + 36 * minute + 420,
    user: people.lena,
    type: 3,
    package: "Kerberos",
    from: { ip: log.host.ip },
    privileged: true,
    lasts: 12_000,
  });
  log.start({
    at: day + 10 * hour + 2 * minute,
    parent: shell,
    image: `${system32}\\ipconfig.exe`,
    commandLine: "ipconfig /all",
    lasts: 600,
  });
  log.start({
    at: day + 13 * hour + 5 * minute,
    parent: services,
    image: `${system32}\\VSSVC.exe`,
    commandLine: `${system32}\\vssvc.exe`,
    lasts: 11 * minute,
  });
}

/** Tomas does office work: mail, browser, documents. Returns his mail client, where the intrusion begins. */
export function office({ day, workstation }: Cast): SampleProcess {
  const { log } = workstation;
  const logonId = log.logon({ at: day + 8 * hour + 2 * minute, user: people.tomas, type: 2, package: "Negotiate" });
  const winlogon = log.older(`${system32}\\winlogon.exe`, "winlogon.exe", day + 8 * hour);
  const userinit = log.start({
    at: day + 8 * hour + 2 * minute + 700,
    parent: winlogon,
    image: `${system32}\\userinit.exe`,
    commandLine: `${system32}\\userinit.exe`,
    user: people.tomas,
    logonId,
    lasts: 26_000,
  });
  const explorer = log.start({
    at: day + 8 * hour + 2 * minute + 1_300,
    parent: userinit,
    image: "C:\\Windows\\explorer.exe",
    commandLine: "C:\\Windows\\Explorer.EXE",
  });
  const browser = "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe";
  const edge = log.start({
    at: day + 8 * hour + 6 * minute,
    parent: explorer,
    image: browser,
    commandLine: `"${browser}" --profile-directory=Default`,
  });
  for (let tab = 0; tab < 48; tab++) {
    const at = day + 8 * hour + 7 * minute + tab * 9 * minute + ((tab * 104_729) % (6 * minute));
    const page = log.start({
      at,
      parent: edge,
      image: browser,
      commandLine: `"${browser}" --type=renderer --renderer-client-id=${tab + 5}`,
      integrity: "Low",
      lasts: 22 * minute,
    });
    log.loadModule(at + 90, page, `${system32}\\dxgi.dll`);
    const site =
      ["intranet.nordwind.example", "timesheet.nordwind.example", "www.example.org", "weather.example.net"][tab % 4] ??
      "www.example.org";
    log.resolve(at + 300, edge, site, `10.20.9.${20 + (tab % 4)}`);
    log.connect(at + 340, edge, { ip: `10.20.9.${20 + (tab % 4)}`, port: 443, name: site });
    if (tab % 6 === 0) {
      log.createFile(at + 2_000, edge, `C:\\Users\\tomas.eriksen\\Downloads\\report-${tab}.pdf`);
    }
  }
  const outlook = log.start({
    at: day + 8 * hour + 9 * minute,
    parent: explorer,
    image: "C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE",
    commandLine: '"C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE"',
  });
  log.connect(day + 8 * hour + 9 * minute + 900, outlook, {
    ip: "10.20.1.40",
    port: 443,
    name: "mail.nordwind.example",
  });
  log.start({
    at: day + 10 * hour + 41 * minute,
    parent: explorer,
    image: "C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE",
    commandLine: '"C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE" "H:\\Budget 2026.xlsx"',
    lasts: 2 * hour,
  });
  return outlook;
}

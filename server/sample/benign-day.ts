import { type Cast, hour, type Machine, minute, people, system32, wmiCommand, wmiProvider } from "./cast.ts";
import type { SampleProcess } from "./facts.ts";

/** A working day without an intruder: people at desks, services at work, and administration over WMI that is allowed. */
export function benignDay(cast: Cast): { readonly desktop: SampleProcess } {
  housekeeping(cast, cast.workstation);
  housekeeping(cast, cast.fileServer);
  housekeeping(cast, cast.managementServer);
  inventory(cast);
  backup(cast);
  administration(cast);
  return { desktop: office(cast) };
}

/** What Windows does by itself: scheduled tasks, updates, telemetry of its own services. */
function housekeeping({ day }: Cast, on: Machine): void {
  const { log, services, schedule, svchost } = on;
  const defender = log.older(
    "C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.26010.5-0\\MsMpEng.exe",
    '"C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.26010.5-0\\MsMpEng.exe"',
    day - hour,
  );
  for (let round = 0; round < 34; round++) {
    const at = day + 5 * hour + round * 26 * minute + ((round * 7919) % (9 * minute));
    const task = log.start({
      at,
      parent: schedule,
      image: `${system32}\\taskhostw.exe`,
      commandLine: "taskhostw.exe",
      lasts: 4 * minute,
    });
    log.loadModule(at + 40, task, `${system32}\\taskschd.dll`);
    log.loadModule(at + 55, task, `${system32}\\PlaySndSrv.dll`);
    if (round % 3 === 0) {
      log.start({
        at: at + 2000,
        parent: services,
        image: `${system32}\\sppsvc.exe`,
        commandLine: `${system32}\\sppsvc.exe`,
        lasts: 32_000,
      });
      log.setRegistry(
        at + 2400,
        task,
        `HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Schedule\\TaskCache\\Tasks\\{5D4F-${round}}\\DynamicInfo`,
        "Binary Data",
      );
    }
    if (round % 4 === 1) {
      const update = log.start({
        at: at + 5000,
        parent: svchost,
        image: `${system32}\\MoUsoCoreWorker.exe`,
        commandLine: `${system32}\\mousocoreworker.exe -Embedding`,
        lasts: 90_000,
      });
      log.resolve(at + 5600, update, "slscr.update.microsoft.com", "20.109.210.53");
      log.connect(at + 5700, update, { ip: "20.109.210.53", port: 443, name: "slscr.update.microsoft.com" });
      log.createFile(at + 9000, update, `C:\\Windows\\SoftwareDistribution\\DataStore\\Logs\\edb${round}.log`);
    }
    if (round % 5 === 2) {
      log.access(at + 7000, defender, task, "0x1410");
      log.start({
        at: at + 7100,
        parent: schedule,
        image: `${system32}\\defrag.exe`,
        commandLine: `${system32}\\defrag.exe -c -h -o -$`,
        lasts: 41_000,
      });
    }
  }
}

/**
 * The look-alike: the inventory service on SRV-05 asks every machine over WMI, always with the same account, the same
 * command and output in the temp folder. It trips the same rules as the intruder, and every part of it can be explained.
 */
function inventory({ day, managementServer, workstation, fileServer }: Cast): void {
  const source = { ip: managementServer.log.host.ip, workstation: managementServer.log.host.name };
  const agent = managementServer.log.start({
    at: day + 6 * hour,
    parent: managementServer.services,
    image: "C:\\Program Files\\Nordwind\\Inventory\\inventoryd.exe",
    commandLine: '"C:\\Program Files\\Nordwind\\Inventory\\inventoryd.exe" --service',
    user: people.inventory,
    logonId: managementServer.log.logon({
      at: day + 6 * hour - 300,
      user: people.inventory,
      type: 5,
      package: "Negotiate",
    }),
    integrity: "High",
  });
  const targets: readonly (readonly [Machine, number])[] = [
    [fileServer, 0],
    [workstation, 4 * minute],
  ];
  for (const [target, delay] of targets) {
    const broker = wmiProvider(target, day + 6 * hour + 20 * minute + delay);
    for (let round = 0; round < 5; round++) {
      const at = day + (7 + 2 * round) * hour + delay + round * 1_310;
      const stamp = new Date(at).toISOString().slice(0, 16).replace(/[-:T]/g, "");
      managementServer.log.connect(at - 400, agent, { ip: target.log.host.ip, port: 135, name: target.log.fqdn });
      const logonId = target.log.logon({
        at: at - 180,
        user: people.inventory,
        type: 3,
        package: "Kerberos",
        from: source,
        privileged: true,
        lasts: 25_000,
      });
      const shell = wmiCommand({
        at,
        on: target,
        broker,
        user: people.inventory,
        logonId,
        commandLine: `cmd.exe /Q /c "C:\\Program Files\\Nordwind\\Inventory\\collect.cmd" 1> C:\\Windows\\Temp\\inventory-${stamp}.txt 2>&1`,
        lasts: 9_000,
      });
      target.log.start({
        at: at + 320,
        parent: shell,
        image: `${system32}\\systeminfo.exe`,
        commandLine: "systeminfo.exe /fo csv",
        integrity: "High",
        lasts: 5_200,
      });
      target.log.createFile(at + 610, shell, `C:\\Windows\\Temp\\inventory-${stamp}.txt`);
      // The inventory also reads installed software without a shell: a child of the broker and no more.
      target.log.start({
        at: at + 12_000,
        parent: broker,
        image: "C:\\Program Files\\Nordwind\\Inventory\\swlist.exe",
        commandLine: '"C:\\Program Files\\Nordwind\\Inventory\\swlist.exe" --json',
        user: people.inventory,
        logonId,
        integrity: "High",
        lasts: 3_000,
      });
    }
  }
}

function backup({ day, fileServer }: Cast): void {
  const { log, services } = fileServer;
  const agent = log.start({
    at: day + 4 * hour,
    parent: services,
    image: "C:\\Program Files\\Nordwind\\Backup\\backupagent.exe",
    commandLine: '"C:\\Program Files\\Nordwind\\Backup\\backupagent.exe" -run nightly',
  });
  for (let set = 0; set < 40; set++) {
    const at = day + 4 * hour + set * 3 * minute;
    log.createFile(at + 300, agent, `D:\\Backup\\shares-${String(set).padStart(3, "0")}.nbk`);
    if (set % 8 === 0) {
      log.start({
        at: at + 500,
        parent: agent,
        image: `${system32}\\vssadmin.exe`,
        commandLine: "vssadmin.exe list shadows",
        lasts: 1_800,
      });
      log.connect(at + 900, agent, { ip: "10.20.1.30", port: 445, name: `nas-01.nordwind.example` });
    }
  }
}

/** Lena administers from the management server: interactive, with tools, some of them WMI. */
function administration({ day, managementServer, fileServer }: Cast): void {
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
  const question = log.start({
    at: day + 9 * hour + 36 * minute,
    parent: shell,
    image: `${system32}\\wbem\\WMIC.exe`,
    commandLine: `"${system32}\\wbem\\WMIC.exe" /node:SRV-02 os get LastBootUpTime`,
    lasts: 2_400,
  });
  log.connect(day + 9 * hour + 36 * minute + 300, question, {
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

/** Tomas works at his desk: mail, browser, documents. The last parent of this is where the trouble will begin. */
function office({ day, workstation }: Cast): SampleProcess {
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

import { type Cast, hour, type Machine, minute, people, system32, wmiCommand, wmiProvider } from "./cast.ts";

/** Background activity of Windows: scheduled tasks, updates, its own services. */
export function housekeeping({ day }: Cast, on: Machine): void {
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
 * A benign look-alike of the intrusion: the inventory service on SRV-05 queries every machine over WMI, always with the
 * same account, command and output folder. It triggers the same rules as the intruder, and all of it can be explained.
 */
export function inventory({ day, managementServer, workstation, fileServer }: Cast): void {
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
      // Installed software is listed without a shell, as a direct child of the provider host.
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

/** A nightly backup on the file server. */
export function backup({ day, fileServer }: Cast): void {
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

/**
 * Labels in rendered messages of Security records: English, German, French, Japanese and Spanish, as the versions of
 * Windows word them. For messages that do not have every value at its place; see `security-message.ts`.
 */
const labels: Readonly<Record<string, readonly string[]>> = {
  UserSid: ["security id", "sicherheits-id", "id de sécurité", "セキュリティ id", "id. de seguridad"],
  UserName: ["account name", "kontoname", "nom du compte", "nom de compte", "アカウント名", "nombre de cuenta"],
  DomainName: [
    "account domain",
    "kontodomäne",
    "domaine du compte",
    "domaine de compte",
    "アカウント ドメイン",
    "アカウントのドメイン",
    "dominio de cuenta",
  ],
  LogonId: [
    "logon id",
    "anmelde-id",
    "id d'ouverture de session",
    "id de l'ouverture de session",
    "ログオン id",
    "id. de inicio de sesión",
  ],
  LogonType: [
    "logon type",
    "anmeldetyp",
    "type d'ouverture de session",
    "ログオン タイプ",
    "ログオンの種類",
    "tipo de inicio de sesión",
  ],
  NewProcessId: [
    "new process id",
    "neue prozess-id",
    "id des neuen prozesses",
    "id du nouveau processus",
    "id de nouveau processus",
    "新しいプロセス id",
    "新しいプロセスの id",
    "id. de nuevo proceso",
    "id. del nuevo proceso",
    "id. de proceso nuevo",
  ],
  NewProcessName: [
    "new process name",
    "neuer prozessname",
    "name des neuen prozesses",
    "nom du nouveau processus",
    "新しいプロセス名",
    "新しいプロセスの名前",
    "nombre de nuevo proceso",
    "nombre del nuevo proceso",
    "nombre de proceso nuevo",
  ],
  CreatorProcessId: [
    "creator process id",
    "erstellerprozess-id",
    "id des erstellerprozesses",
    "id du processus créateur",
    "id de processus créateur",
    "作成元プロセス id",
    "クリエーター プロセス id",
    "クリエイター プロセス id",
    "作成者プロセス id",
    "id. de proceso creador",
    "id. del proceso creador",
  ],
  ParentProcessName: [
    "creator process name",
    "erstellerprozessname",
    "name des erstellerprozesses",
    "nom du processus créateur",
    "作成元プロセス名",
    "クリエーター プロセス名",
    "クリエイター プロセス名",
    "作成者プロセス名",
    "nombre de proceso creador",
    "nombre del proceso creador",
  ],
  CommandLine: [
    "process command line",
    "prozessbefehlszeile",
    "ligne de commande du processus",
    "ligne de commande de processus",
    "プロセス コマンド ライン",
    "プロセスのコマンド ライン",
    "プロセス コマンドライン",
    "línea de comandos de proceso",
    "línea de comandos del proceso",
  ],
  ProcessId: [
    "process id",
    "caller process id",
    "prozess-id",
    "aufrufprozess-id",
    "id du processus",
    "id de processus",
    "id du processus appelant",
    "id du processus de l'appelant",
    "プロセス id",
    "呼び出し側プロセス id",
    "id. de proceso",
    "id. del proceso",
    "id. de proceso del llamador",
    "id. de proceso de llamada",
  ],
  ProcessName: [
    "process name",
    "caller process name",
    "prozessname",
    "aufrufprozessname",
    "nom du processus",
    "nom de processus",
    "nom du processus appelant",
    "プロセス名",
    "呼び出し側プロセス名",
    "nombre de proceso",
    "nombre del proceso",
    "nombre de proceso del llamador",
  ],
};

const names: ReadonlyMap<string, string> = new Map(
  Object.entries(labels).flatMap(([name, spellings]) => spellings.map((spelling) => [spelling, name] as const)),
);

/** The value that a label names, in whatever language; `undefined` for a label that is not known. */
export function nameOfLabel(label: string): string | undefined {
  return names.get(
    label
      .replaceAll("’", "'")
      .replaceAll(/[\s\u00a0\u3000]+/g, " ")
      .trim()
      .toLowerCase(),
  );
}

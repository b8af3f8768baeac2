/** The style of the file: no fonts, pictures or addresses of elsewhere. */
export const style = `
:root { color-scheme: light dark; --page: #fff; --text: #1a1c1f; --soft: #585d66; --line: #d5d8dd; --panel: #f5f6f8;
  --accent: #0b5cad; --bad: #a3251a; --warn: #7a4d00; --good: #1d6b3a; --marked: #fff0b8; }
@media (prefers-color-scheme: dark) { :root { --page: #14161a; --text: #e4e6ea; --soft: #a3a9b3; --line: #343941;
  --panel: #1d2025; --accent: #7db7f5; --bad: #ff9d92; --warn: #f0c26a; --good: #86d5a1; --marked: #574a12; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 16px; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main, header, nav, footer { max-width: 1180px; margin: 0 auto; padding: 0 24px; }
main { overflow-wrap: anywhere; }
header { padding-top: 32px; }
header p.kind { margin: 0; color: var(--soft); letter-spacing: .06em; text-transform: uppercase; font-size: 13px; }
h1 { margin: 4px 0 16px; font-size: 30px; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 40px 0 12px; padding-top: 12px; border-top: 2px solid var(--line); font-size: 21px; }
h3 { margin: 24px 0 8px; font-size: 16px; overflow-wrap: anywhere; }
p, ul, ol, dl, table { margin: 0 0 12px; }
a { color: var(--accent); }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
nav ol { display: flex; flex-wrap: wrap; gap: 4px 20px; padding: 12px 0; margin: 0; list-style: none;
  border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(250px, 1fr)); gap: 8px 24px; }
dl > div { min-width: 0; }
dt { color: var(--soft); font-size: 13px; }
dd { margin: 0; overflow-wrap: anywhere; }
pre, code, .mono, time { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: 13px; }
time { white-space: nowrap; }
pre { margin: 4px 0; padding: 8px 10px; background: var(--panel); border: 1px solid var(--line); border-radius: 4px;
  white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
td { font-size: 14px; }
.keep { overflow-wrap: break-word; max-width: 28ch; }
th { color: var(--soft); font-weight: 600; font-size: 13px; overflow-wrap: normal; }
mark { background: var(--marked); color: var(--text); border-radius: 2px; padding: 0 2px; }
.none, .note, .soft { color: var(--soft); }
.badge { display: inline-block; padding: 0 8px; border: 1px solid currentColor; border-radius: 10px; font-weight: 600;
  font-size: 13px; white-space: nowrap; }
.critical, .high, .malicious, .raises, .failed { color: var(--bad); }
.medium, .suspicious, .unresolved { color: var(--warn); }
.benign, .lowers { color: var(--good); }
.verdict { padding: 12px 16px; border: 1px solid var(--line); border-left: 4px solid currentColor; border-radius: 4px;
  background: var(--panel); margin-bottom: 16px; }
.verdict > * { color: var(--text); }
.said { white-space: pre-wrap; }
blockquote { margin: 4px 0 8px; padding-left: 12px; border-left: 3px solid var(--line); white-space: pre-wrap; }
article { padding: 10px 0; border-bottom: 1px solid var(--line); }
article > h3 { margin: 0 0 4px; }
.tree, .tree ul { list-style: none; margin: 0; padding: 0; }
.tree ul { margin-left: 6px; padding-left: 14px; border-left: 1px solid var(--line); }
.tree li { padding: 3px 0; }
.tree .on > .process { font-weight: 600; }
.tree .command { display: block; color: var(--soft); }
.decoded { margin: 4px 0 4px 8px; padding-left: 8px; border-left: 3px solid var(--accent); }
.decoded b { font-size: 13px; }
details { margin: 4px 0; } summary { cursor: pointer; }
footer { padding: 24px; color: var(--soft); font-size: 13px; }
.hash { font-size: 12px; overflow-wrap: anywhere; }
@media (max-width: 700px) { body { font-size: 14px; } main, header, nav, footer { padding-left: 12px;
  padding-right: 12px; } h1 { font-size: 23px; } .tree ul { margin-left: 2px; padding-left: 6px; }
  table.wide, table.wide tbody, table.wide tr, table.wide td { display: block; } table.wide thead { display: none; }
  table.wide tr { padding: 6px 0; border-bottom: 1px solid var(--line); } table.wide td { border: 0; padding: 0; }
  table.wide td:first-child, table.wide td.keep { display: inline; margin-right: 8px; } }
@page { margin: 16mm 14mm; }
@media print { :root { --page: #fff; --text: #000; --soft: #444; --line: #bbb; --panel: #f6f6f6; --accent: #003f7f;
  --bad: #8a1c12; --warn: #5e3c00; --good: #14532b; --marked: #ffeaa0; color-scheme: light; }
  body { font-size: 10pt; } main, header, nav, footer { max-width: none; padding: 0; } h2 { break-after: avoid; }
  h3 { break-after: avoid; } pre, code, .mono, time { font-size: 8.5pt; } article, tr, .verdict { break-inside: avoid; }
  thead { display: table-header-group; } details::details-content { content-visibility: visible; block-size: auto; }
  details > summary { list-style: none; } a { color: inherit; text-decoration: none; } }
`.trim();

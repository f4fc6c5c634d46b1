/** The style sheet of the page: paper and night, screen and phone and print. Colours are told apart by people who do not see red and green alike. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#fbfaf7;--card:#fff;--ink:#1d2733;--soft:#5b6775;--line:#dfe3e8;--from:#3566a8;--to:#d9730d;--good:#12805c;--bad:#c0322b;--wait:#9aa5b1;--limit:#8a4fb5}
@media (prefers-color-scheme:dark){:root{--paper:#11161d;--card:#1a212b;--ink:#e8edf3;--soft:#a3b0bf;--line:#313c4a;--from:#7fb0f0;--to:#ffab57;--good:#4cc79a;--bad:#ff7d73;--wait:#5d6a79;--limit:#c79bec}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Liberation Sans",sans-serif;overflow-wrap:break-word}
main{max-width:1064px;margin:0 auto;padding:32px}
h1{font-size:30px;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em}
h2{font-size:21px;margin:36px 0 12px}
h3{font-size:16px;margin:0}h3 small{font-size:14px;font-weight:400;color:var(--soft);margin-left:6px;white-space:nowrap}
p{margin:0 0 12px}
.sub,.note{color:var(--soft)}
.note{font-size:14px;max-width:860px}
.arrow{color:var(--soft);padding:0 4px}
.from-name{color:var(--from);font-weight:600}.to-name{color:var(--to);font-weight:600}
.lead{font-size:20px;margin:18px 0 16px;padding-left:14px;border-left:5px solid var(--wait)}
.lead span{display:block;font-size:16px;color:var(--soft)}.lead.good{border-color:var(--good)}.lead.bad{border-color:var(--bad)}
.tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:12px;margin:0 0 8px}
.tile,.chart,.card{background:var(--card);border:1px solid var(--line);border-radius:10px}
.tile{padding:12px 16px}
.tile b{display:block;font-size:26px;line-height:1.25;font-variant-numeric:tabular-nums}
.tile span{color:var(--soft);font-size:14px;display:block;line-height:1.35}
.chart{margin:0 0 14px;padding:14px 16px 10px}
.card{padding:14px 16px;margin:0 0 14px}
figcaption{display:flex;flex-wrap:wrap;gap:4px 20px;align-items:baseline;justify-content:space-between;margin-bottom:6px}
.legend{display:flex;flex-wrap:wrap;gap:2px 16px;list-style:none;margin:0;padding:0;font-size:14px;color:var(--soft)}
.legend svg.key{width:22px;height:10px;margin-right:6px;display:inline-block}
.legend i{display:inline-block;width:12px;height:12px;border-radius:3px;margin-right:6px;vertical-align:-1px}
svg{display:block;width:100%;height:auto;font-family:inherit}
svg text{fill:var(--soft);font-variant-numeric:tabular-nums}
svg .strong{fill:var(--ink);font-weight:600}
svg .flagtext{fill:var(--card);font-weight:700}svg .empty{font-style:italic}
.grid{stroke:var(--line);fill:none}.axis,.tick{stroke:var(--soft);fill:none}
.line{fill:none;stroke:var(--ink);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.line.from{stroke:var(--from)}.line.to{stroke:var(--to)}.line.good{stroke:var(--good)}.line.bad{stroke:var(--bad)}
.line.thin{stroke-width:1.25;opacity:.85}
.line.limit,.line.limit-from{stroke:var(--limit);stroke-dasharray:7 5;stroke-linecap:butt}.line.limit-from{stroke:var(--from);stroke-dasharray:2 4}
.area{stroke:none;opacity:.14}.area.to{fill:var(--to)}
.mark{stroke:var(--wait);stroke-dasharray:2 4;fill:none}.mark.good{stroke:var(--good)}.mark.bad{stroke:var(--bad)}
.flag{fill:var(--soft)}.flag.good{fill:var(--good)}.flag.bad{fill:var(--bad)}
.track{fill:var(--line);opacity:.5}
.part.hold,.k-hold{fill:var(--wait);background:var(--wait)}.part.promote,.k-promote{fill:var(--good);background:var(--good)}.part.rollback,.k-rollback{fill:var(--bad);background:var(--bad)}
.bar{fill:var(--wait)}.bar.promoted{fill:var(--good)}.bar.rolledBack{fill:var(--bad)}
.whisker{stroke:var(--ink);stroke-width:1.5;fill:none}
.middle,.narrow{display:none}
table{border-collapse:collapse;width:100%;font-size:15px;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:7px 12px 7px 0;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600;color:var(--soft);font-size:14px}
td.n,th.n{text-align:right}td.n{white-space:nowrap}
tr:last-child td{border-bottom:0}
.dot{display:inline-block;min-width:20px;height:20px;line-height:20px;border-radius:10px;background:var(--soft);color:var(--card);text-align:center;font-size:11px;font-weight:700}
.dot.good{background:var(--good)}.dot.bad{background:var(--bad)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:6px 20px;margin:0}
dt{color:var(--soft)}dd{margin:0}
footer{margin-top:32px;border-top:1px solid var(--line);padding-top:14px}
@media (max-width:900px){.wide,.narrow{display:none}.middle{display:block}.tiles{grid-template-columns:repeat(2,1fr)}}
@media (max-width:520px){
main{padding:20px 12px}h1{font-size:24px}.lead{font-size:18px}
.tile{padding:10px 12px}.tile b{font-size:21px}
.chart{padding:12px 4px 8px}.chart figcaption{padding:0 8px}
.wide,.middle{display:none}.narrow{display:block}
td.n{white-space:normal}
dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:8px}
table.stack thead{display:none}table.stack tr{display:block;padding:8px 0;border-bottom:1px solid var(--line)}table.stack tr:last-child{border-bottom:0}
table.stack td{display:inline;border:0;padding:0 6px 0 0}table.stack td.wideonly{display:none}table.stack td.own{display:block}
}
@media print{:root{--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--from:#3566a8;--to:#d9730d;--good:#12805c;--bad:#c0322b;--wait:#9aa5b1;--limit:#8a4fb5}
body{font-size:12px;print-color-adjust:exact;-webkit-print-color-adjust:exact}main{padding:0}.wide{display:block}.middle,.narrow{display:none}.chart,.card,.tile,tr{break-inside:avoid}h2{break-after:avoid}}
`.trim();

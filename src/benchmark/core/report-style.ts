/** The style sheet of the page: paper and night, screen and phone and print. Colours are told apart by people who do not see red and green alike. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#fbfaf7;--card:#fff;--ink:#1d2733;--soft:#5b6775;--line:#dfe3e8;--reference:#3566a8;--other:#d9730d;--good:#12805c;--bad:#c0322b;--wait:#9aa5b1;--limit:#8a4fb5}
@media (prefers-color-scheme:dark){:root{--paper:#11161d;--card:#1a212b;--ink:#e8edf3;--soft:#a3b0bf;--line:#313c4a;--reference:#7fb0f0;--other:#ffab57;--good:#4cc79a;--bad:#ff7d73;--wait:#5d6a79;--limit:#c79bec}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Liberation Sans",sans-serif;overflow-wrap:break-word}
main{max-width:1064px;margin:0 auto;padding:32px}
h1{font-size:30px;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em}
h2{font-size:21px;margin:36px 0 12px}
h3{font-size:16px;margin:0}h3 small{font-size:14px;font-weight:400;color:var(--soft);margin-left:6px}
p{margin:0 0 12px}
.sub,.note{color:var(--soft)}
.note{font-size:14px;max-width:860px}
.lead{font-size:20px;margin:18px 0 8px;padding-left:14px;border-left:5px solid var(--wait)}
.lead.bad{border-color:var(--bad)}.lead span{display:block;font-size:16px;color:var(--soft)}
.chart,.card{background:var(--card);border:1px solid var(--line);border-radius:10px;margin:0 0 14px;padding:14px 16px}
figcaption{margin-bottom:8px}
.bars{margin:0}.bars+.note{margin:12px 0 0}
.row{display:grid;grid-template-columns:minmax(0,200px) minmax(0,1fr);gap:0 16px;align-items:start;padding:2px 0}
.row.opens{margin-top:10px}
.row dt{display:flex;gap:8px;justify-content:space-between}.row dt b{font-weight:600}.row dt .again{visibility:hidden;height:0}
.row dt .sub{font-size:14px;white-space:nowrap}
.row dd{margin:0;display:grid;grid-template-columns:minmax(0,1fr) 128px;gap:12px;align-items:center;min-height:24px}
.wordy .row dd{grid-template-columns:minmax(0,1fr) 200px}
.row dd .value:only-child{grid-column:1/3;color:var(--soft)}
.value{font-variant-numeric:tabular-nums;font-size:15px}.value.best{font-weight:700;color:var(--good)}
.row svg{display:block;width:100%;height:16px}
.key{width:4px;height:12px;margin-right:8px;display:inline-block;vertical-align:-1px}
.track{fill:var(--line);opacity:.5}.bar.reference{fill:var(--reference)}.bar.other{fill:var(--other)}
.limit{stroke:var(--limit);stroke-width:3;fill:none;vector-effect:non-scaling-stroke}
table{border-collapse:collapse;width:100%;font-size:15px;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:7px 12px 7px 0;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600;color:var(--soft);font-size:14px}
td.n,th.n{text-align:right}td.n{white-space:nowrap}
td{overflow-wrap:anywhere;min-width:120px}td.n{overflow-wrap:break-word;min-width:0}li,dd{overflow-wrap:anywhere}
td small{display:block;color:var(--soft);font-size:13px}
tr:last-child td{border-bottom:0}
.bad{color:var(--bad)}.good{color:var(--good)}
dl.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:6px 20px;margin:0}
dl.facts dt{color:var(--soft)}dl.facts dd{margin:0}
code{font-size:14px;white-space:pre-wrap}
ul{margin:0;padding-left:20px}
footer{margin-top:32px;border-top:1px solid var(--line);padding-top:14px}
@media (max-width:700px){
main{padding:20px 12px}h1{font-size:24px}.lead{font-size:18px}
.chart,.card{padding:12px}
.row{grid-template-columns:minmax(0,1fr);padding:3px 0}.row dt{justify-content:flex-start}.row dt .again{display:none}
.row dd{grid-template-columns:minmax(0,1fr) 108px;gap:10px}.wordy .row dd{grid-template-columns:minmax(0,1fr);gap:0}
dl.facts{grid-template-columns:minmax(0,1fr);gap:0}dl.facts dd{margin-bottom:8px}
}
@media screen and (max-width:900px){
td,td.n{white-space:normal;min-width:0}
thead{display:none}
table,tbody,tr,td{display:block}
tr{padding:8px 0;border-bottom:1px solid var(--line)}tr:last-child{border-bottom:0}
td,td.n{border:0;padding:2px 0;text-align:left;display:grid;grid-template-columns:112px minmax(0,1fr);gap:0 8px}
td::before{content:attr(data-label);color:var(--soft);font-size:14px}
td small{grid-column:2}
}
@media print{:root{--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--reference:#3566a8;--other:#d9730d;--good:#12805c;--bad:#c0322b;--wait:#9aa5b1;--limit:#8a4fb5}
body{font-size:12px;print-color-adjust:exact;-webkit-print-color-adjust:exact}main{padding:0}.chart,.card,tr{break-inside:avoid}h2{break-after:avoid}}
`.trim();

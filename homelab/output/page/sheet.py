"""Pure: the style of a page: light and dark, on a phone, and on paper.

Colours keep WCAG's AA contrast on their background in both schemes (4.5:1 for text, 3:1 for
drawings), and none carries a meaning alone: marked parts are also hatched, and named in words.
"""

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #ffffff; --band: #f4f6f8; --ink: #1b2026; --soft: #55606c; --line: #d3d9df;
  --whole: #2b6cb0; --part: #b3441b; --link: #0a58a8;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14181d; --band: #1d232a; --ink: #e6eaee; --soft: #a5afba; --line: #3a434d;
    --whole: #5a9fe0; --part: #f0905e; --link: #85bdf5;
  }
}
* { box-sizing: border-box; }
html { background: var(--paper); -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 0 1.25rem 3rem; max-width: 70rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans",
  "Liberation Sans", "DejaVu Sans", sans-serif; overflow-wrap: anywhere;
}
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 2rem 0 .25rem; }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 0 0 .25rem; }
p { margin: 0 0 .75rem; max-width: 44rem; }
code { font: .92em/1.4 ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", monospace; }
section { padding-top: 1.5rem; margin-top: 2rem; border-top: 1px solid var(--line); }
.soft { color: var(--soft); }
.skip { position: absolute; left: -100vw; top: 0; padding: .5rem 1rem; background: var(--paper); }
.skip:focus { left: 0; }
.unseen {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap;
}
dl {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .75rem;
  margin: 1.5rem 0;
}
dl > div {
  display: flex; flex-direction: column; background: var(--band); border-radius: .5rem;
  padding: .75rem 1rem;
}
dt { color: var(--soft); font-size: .875rem; }
dd { margin: 0; font-size: 1.5rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
nav ul, ul.legend, ul.multiples { list-style: none; padding: 0; margin: 0; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; }
nav a { display: inline-block; padding: .25rem 0; }

figure { margin: 1rem 0; }
svg { display: block; max-width: 100%; font-size: .8125rem; font-variant-numeric: tabular-nums; }
svg text { fill: var(--ink); }
svg.intervals text { stroke: var(--paper); stroke-width: 4px; paint-order: stroke; }
svg text.soft { fill: var(--soft); }
svg text.number, svg text.end { text-anchor: end; }
svg text.middle { text-anchor: middle; }
svg.bars text:not(.soft), svg.intervals text:not(.soft) { font-size: .875rem; }
svg.columns { padding-left: 2.75rem; overflow: visible; }
svg.intervals { overflow: visible; }
.whole { fill: var(--whole); }
.part { fill: url(#hatch); stroke: var(--part); stroke-width: 1px; }
.hatch { fill: var(--paper); }
.stripe { stroke: var(--part); stroke-width: 3px; }
.grid { stroke: var(--line); stroke-width: 1px; }
.tick { stroke: var(--soft); stroke-width: 1px; }
.whisker { stroke: var(--soft); stroke-width: 2px; }
.point { fill: var(--part); stroke: var(--paper); stroke-width: 1.5px; }
ul.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; font-size: .875rem;
  margin-bottom: .5rem; }
ul.legend li { display: flex; align-items: center; gap: .5rem; }
ul.multiples {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr));
  gap: 1.25rem 1.5rem; margin-top: 1.5rem;
}
ul.multiples li { display: flex; flex-direction: column; font-size: .875rem; min-width: 0; }
ul.multiples b { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
ul.multiples span { font-size: .8125rem; }
figure > .note { margin: .75rem 0 0; }

.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; }
th:last-child, td:last-child { padding-right: 0; }
thead th {
  color: var(--soft); font-size: .8125rem; font-weight: 600; border-bottom: 1px solid var(--soft);
  white-space: nowrap; vertical-align: bottom;
}
tbody th { font-weight: 600; min-width: 8rem; }
tbody tr { border-bottom: 1px solid var(--line); }
th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
thead .number + th:not(.number), td.number + td:not(.number) { padding-left: .75rem; }
tbody td.labels { min-width: 10rem; }
.tag { display: inline-block; border: 1px solid currentColor; border-radius: .25rem;
  padding: 0 .4rem; font-size: .8125rem; font-weight: 600; }
td.moment { white-space: nowrap; font-variant-numeric: tabular-nums; }
tbody td:not(.number, .moment) { min-width: 6rem; }
summary { cursor: pointer; color: var(--link); padding: .25rem 0; }
.warning { max-width: none; padding: .5rem 1rem; border-left: .4rem solid var(--part);
  background: var(--band); font-weight: 600; }
.note, .command { color: var(--soft); font-size: .875rem; }
footer { margin-top: 2.5rem; padding-top: 1rem; border-top: 1px solid var(--line);
  color: var(--soft); font-size: .875rem; }

@media (min-width: 60rem) {
  .beside { display: grid; grid-template-columns: 2fr 3fr; column-gap: 2.5rem; }
  .beside > * { min-width: 0; }
}
@media (max-width: 40rem) {
  body { padding: 0 1rem 2rem; }
  svg .extra { display: none; }
  dl, ul.multiples { grid-template-columns: repeat(2, 1fr); }
  table.told tr { display: grid; grid-template-columns: 5.5rem 1fr auto; }
  table.told td.words { grid-column: 1 / -1; padding-left: 0; }
  table.told tbody th { min-width: 0; }
}
@media print {
  :root { color-scheme: light; }
  @page { margin: 15mm; @bottom-right { content: counter(page); font-size: 9pt; } }
  html { font-size: 9pt; }
  body { max-width: none; padding: 0; }
  nav, .skip, summary { display: none; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
  h1 { margin-top: 0; }
  .head { break-after: avoid; }
  .head, tr, figure, li, dl { break-inside: avoid; }
  ul.multiples { grid-template-columns: repeat(4, 1fr); }
  thead { display: table-header-group; }
  .scroll { overflow: visible; }
  section { margin-top: 1rem; padding-top: 1rem; }
  th, td { padding-top: .2rem; padding-bottom: .2rem; }
  a { color: inherit; text-decoration: none; }
}
@media (forced-colors: active) {
  .whole, .point { fill: CanvasText; }
  .part { stroke: CanvasText; }
}
"""

"""How the page looks: on a light and a dark screen, and on paper. And the few lines that copy code. Data only."""

STYLE = """
:root { color-scheme: light dark; --back: #fff; --text: #1f2328; --soft: #59636e; --line: #d1d9e0; --box: #f6f8fa;
  --one: #0969da; --two: #bc4c00; --good: #1a7f37; --bad: #cf222e; --none: #c8cfd6; --open: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --back: #0d1117; --text: #e6edf3; --soft: #9198a1; --line: #30363d;
  --box: #161b22; --one: #58a6ff; --two: #f0883e; --good: #3fb950; --bad: #f85149; --none: #484f58; --open: #d29922; } }
@media print { :root { --back: #fff; --text: #000; --soft: #444; --line: #bbb; --box: #f4f4f4; --one: #0550ae;
  --two: #953800; --good: #116329; --bad: #a40e26; --none: #ccc; --open: #7d4e00; }
  body { max-width: none; margin: 0; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  section { break-inside: avoid; } button { display: none; } }
body { font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  background: var(--back); color: var(--text); }
h1 { font-size: 1.8rem; margin: 0 0 .3rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
h1.identical { color: var(--good); } h1.differs { color: var(--bad); } h1.nothing { color: var(--open); }
p { margin: .4rem 0; } p.soft, figcaption { color: var(--soft); font-size: .9rem; }
code, pre { font: .875rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
pre { background: var(--box); border: 1px solid var(--line); border-radius: 6px; padding: .7rem 1rem; overflow-x: auto;
  margin: .5rem 0; white-space: pre; } pre.wrap { white-space: pre-wrap; overflow-wrap: anywhere; }
pre mark { background: none; color: var(--bad); font-weight: 600; }
.code { position: relative; } .code button { position: absolute; top: .4rem; right: .4rem; font-size: .75rem;
  border: 1px solid var(--line); border-radius: 6px; background: var(--back); color: var(--soft); cursor: pointer; }
.card { border: 1px solid var(--line); border-left: 4px solid var(--bad); border-radius: 6px; padding: .6rem 1rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
td, th { padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top;
  overflow-wrap: anywhere; } tr.other td { color: var(--bad); }
figure { margin: .5rem 0; } svg { width: 100%; height: auto; display: block; }
svg text { font-size: 12px; fill: var(--soft); } svg .end { text-anchor: end; } svg .middle { text-anchor: middle; }
svg .axis { font-weight: 600; } svg line.grid { stroke: var(--line); } svg line.first { stroke: var(--bad); stroke-dasharray: 3 3; }
svg text.first, svg text.lost { fill: var(--bad); } polyline { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
polyline.one { stroke: var(--one); } polyline.two { stroke: var(--two); stroke-dasharray: 6 4; } polyline.gap { stroke: var(--bad); }
circle.one { fill: var(--one); } circle.two { fill: var(--two); } circle.gap { fill: var(--bad); }
rect.equal { fill: var(--good); } rect.differs { fill: var(--bad); } rect.not-compared { fill: var(--none); }
.key { display: inline-block; width: 1.1rem; height: .7rem; margin: 0 .35rem 0 1rem; border-radius: 2px; }
.key.one { background: var(--one); } .key.two { background: var(--two); } .key.equal { background: var(--good); }
.key.differs { background: var(--bad); } .key.not-compared { background: var(--none); }
"""

COPY = """
for (const button of document.querySelectorAll(".code button")) button.onclick = () => {
  const code = button.parentElement.querySelector("pre");
  getSelection().selectAllChildren(code);
  document.execCommand("copy");
  button.textContent = "copied";
};
"""

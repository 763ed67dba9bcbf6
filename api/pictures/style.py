"""How the pictures look, on light paper and on dark."""

#: Outer width of a picture, its margin and the gap between two panels, px.
WIDTH, MARGIN, GAP = 960, 16, 16
#: Width of a panel, two of which stand side by side, px.
COLUMN = (WIDTH - 2 * MARGIN - GAP) / 2
#: Space within a panel's frame, px.
PAD = 16
#: Width of a character of 12 px, about, px.
LETTER = 6.6

#: The contents of the style element; the same in every picture, so that its hash can be allowed.
STYLE = """
.ls{--paper:#fff;--panel:#f6f8fa;--edge:#d0d7de;--ink:#1f2328;--soft:#57606a;
--now:#0b5cad;--past:#8c959f;--good:#1a7f37;--wary:#9a6700;--bad:#c21f2b;
font:12px system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;
font-variant-numeric:tabular-nums}
@media (prefers-color-scheme:dark){.ls{--paper:#0d1117;--panel:#161b22;--edge:#30363d;
--ink:#e6edf3;--soft:#9198a1;--now:#58a6ff;--past:#6e7681;--good:#3fb950;
--wary:#d29922;--bad:#f85149}}
.ls text{fill:var(--ink)}
.ls .soft{fill:var(--soft)}
.ls .heading{font-size:14px;font-weight:600}
.ls .small{font-size:10px}
.ls .headline{font-size:20px;font-weight:600}
.ls .paper{fill:var(--paper)}
.ls .frame{fill:var(--panel);stroke:var(--edge)}
.ls .now{fill:var(--now)}
.ls .past{fill:var(--past)}
.ls .good{fill:var(--good)}
.ls .wary{fill:var(--wary)}
.ls .bad{fill:var(--bad)}
.ls .cell{stroke:var(--edge)}
.ls .axis{stroke:var(--edge)}
.ls .mark{stroke:var(--soft);stroke-dasharray:4 3}
.ls .curve{stroke:var(--now);stroke-width:2;fill:none}
.ls .whisker{stroke:var(--past)}
"""

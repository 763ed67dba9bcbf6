"""The policy in force when a model is exported: scale, cut-offs and grade bands."""

from protocol.artefact import Grade, Policy, Scale

#: 600 points at odds 50:1, 20 points more for each doubling; a score stays within 0..1000.
SCALE = Scale(pdo=20, base_points=600, base_odds=50, lowest=0, highest=1_000)

#: To change a cut-off, raise the version: every decision records it.
POLICY = Policy(version="2026-1", approve_below=0.05, decline_above=0.20, lgd=0.9)

#: From the safest. The last one ends above 1, so that a pd of exactly 1 falls in it.
GRADES = [
    Grade(grade="A", pd_below=0.0025),
    Grade(grade="B", pd_below=0.01),
    Grade(grade="C", pd_below=0.03),
    Grade(grade="D", pd_below=0.08),
    Grade(grade="E", pd_below=0.2),
    Grade(grade="F", pd_below=0.5),
    Grade(grade="G", pd_below=2.0),
]

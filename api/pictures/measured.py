"""The pictures of a model's figures: how well pd fits, and how well it ranks."""

from flask_babel import gettext

from api.pages.language import number, percent
from api.pictures.document import alone
from api.pictures.panel import Panel
from api.pictures.square import Square
from protocol.figures import Calibrated, Cut, Figures


def calibration_svg(figures: Figures) -> str:
    """Draw the share of defaults against the mean pd, with its 95 % interval."""
    bins = figures.calibration
    panel = Panel(
        gettext("Calibration"),
        _calibration_told(bins),
        gettext("with %(share)s intervals", share=percent(0.95, 0)),
    )
    square = Square(panel, gettext("mean pd"), gettext("share of defaults"))
    square.whiskers((one.mean_pd, one.low, one.high) for one in bins)
    square.dots([(one.mean_pd, one.defaults / one.loans) for one in bins])
    return alone(panel)


def roc_svg(figures: Figures) -> str:
    """Draw the defaults caught against the repaid loans flagged, over all cut-offs."""
    panel = Panel(gettext("ROC"), _roc_told(figures.roc), gettext("over all cut-offs of pd"))
    square = Square(panel, gettext("repaid loans flagged"), gettext("defaults caught"))
    points = [(cut.false_alarms, cut.caught) for cut in figures.roc]
    square.curve(points)
    square.dots(points)
    return alone(panel)


def _calibration_told(bins: list[Calibrated]) -> str:
    """Say each point of the calibration in words."""
    return "; ".join(
        gettext(
            "of %(loans)s loans with a mean pd of %(pd)s %(found)s defaulted",
            loans=number(one.loans),
            pd=percent(one.mean_pd),
            found=percent(one.defaults / one.loans),
        )
        for one in bins
    )


def _roc_told(cuts: list[Cut]) -> str:
    """Say each point of the ROC curve in words."""
    return "; ".join(
        gettext(
            "%(caught)s of the defaults caught at %(flagged)s of the repaid loans flagged",
            caught=percent(cut.caught),
            flagged=percent(cut.false_alarms),
        )
        for cut in cuts
    )

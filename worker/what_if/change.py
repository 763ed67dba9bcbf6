"""One field of one applicant that can change, in whole steps of the policy."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from protocol.application import FIELDS, Application
from protocol.policy import Changeable, Policy
from worker.scorer import Rows

#: Numbers of steps, any shape, int64.
Steps = npt.NDArray[np.int64]

#: More steps than this a double cannot count.
MOST_STEPS = 2**53
#: Beyond these decimals a double of the size of money has none.
MOST_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Change:
    """A field that has room for one step at least."""

    #: position in `Application`
    place: int
    field: str
    #: as it is
    value: float
    #: what one step adds; below 0 where the field may fall
    step: float
    low: float
    high: float
    #: steps until the bound, 1 or more
    most: int
    #: decimals that value and step have
    digits: int

    def at(self, steps: Steps) -> Rows:
        """Give the values after so many steps, the shape of `steps`.

        Rounded to the decimals that value and step are written with: 0.7 less two steps of 0.1 is
        0.5, not 0.4999999999999999.
        """
        moved = np.round(self.value + steps * self.step, self.digits)
        return np.where(steps == 0, self.value, np.clip(moved, self.low, self.high))

    def to(self, steps: int) -> int | float:
        """Give the value after so many steps as an application may have it."""
        value = float(self.at(np.array([steps]))[0])
        return round(value) if FIELDS[self.place].kind == "integer" else value


def changes(application: Application, policy: Policy) -> list[Change]:
    """Find what an applicant can change, in the order of the policy.

    A value that lies outside the policy's bounds is not what the policy thought of: it stays.
    """
    found = (_change(entry, application) for entry in policy.changeable)
    return [change for change in found if change]


def _change(entry: Changeable, application: Application) -> Change | None:
    place = Application._fields.index(entry.field)
    value = application[place]
    room = entry.high - value if entry.may == "rise" else value - entry.low
    if not entry.low <= value <= entry.high or room <= 0:
        return None
    most = min(_steps(value, entry), MOST_STEPS)
    if most < 1:
        return None
    step = entry.step if entry.may == "rise" else -entry.step
    digits = min(max(_decimals(value), _decimals(entry.step)), MOST_DIGITS)
    return Change(place, entry.field, value, step, entry.low, entry.high, most, digits)


def _steps(value: float, entry: Changeable) -> int:
    """Count the steps to the bound in the numbers as they are written, not as doubles hold them."""
    ends = (entry.low, value) if entry.may == "fall" else (value, entry.high)
    low, high = (Fraction(str(end)) for end in ends)
    return int((high - low) // Fraction(str(entry.step)))


def _decimals(number: float) -> int:
    """Count the decimals a number is written with.

    >>> [_decimals(number) for number in (3, 4200.0, 0.25, 1e-05)]
    [0, 0, 2, 5]
    """
    return max(0, -int(Decimal(str(number)).normalize().as_tuple().exponent))

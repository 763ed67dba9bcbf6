"""The reasons a score can give: one for each column of the model, in English and French.

Worded after adverse-action practice (Regulation B, 12 CFR 1002.9 and its sample forms): specific,
and true of the applicant. A code never changes its meaning; a new meaning gets a new code.
"""

from protocol.application import FIELDS
from protocol.artefact import Fold, Reason

#: By column: for the first three when a higher value costs points, for the others a lower one.
_TEXTS = {
    "credit_lines_outstanding": (
        "CREDIT_LINES",
        "Too many open credit lines",
        "Trop de lignes de crédit en cours",
    ),
    "lti": (
        "LOAN_TO_INCOME",
        "Loan amount too high in relation to income",
        "Montant du prêt trop élevé par rapport aux revenus",
    ),
    "dti": (
        "DEBT_TO_INCOME",
        "Excessive obligations in relation to income",
        "Endettement excessif par rapport aux revenus",
    ),
    "income": (
        "INCOME",
        "Income insufficient for the amount of credit requested",
        "Revenus insuffisants pour le montant du crédit demandé",
    ),
    "years_employed": (
        "YEARS_EMPLOYED",
        "Length of employment too short",
        "Ancienneté dans l'emploi insuffisante",
    ),
    "fico_score": (
        "FICO",
        "FICO score too low",
        "Score FICO trop bas",
    ),
}

#: For income when a higher one costs points: at equal ratios it means larger amounts, so the text
#: takes no side (as the sample forms do with "length of employment").
_INCOME_EITHER_WAY = (
    "INCOME_LEVEL",
    "Level of income for the credit requested and owed",
    "Niveau des revenus au regard des crédits demandés et en cours",
)


def catalogue(fold: Fold) -> list[Reason]:
    """Give the reason of each column, worded for the way the model uses it.

    Args:
        fold: its coefficient of income decides between the two readings of that column.
    """
    texts = dict(_TEXTS)
    if fold.coefficients[fold.columns.index("income")] > 0:
        texts["income"] = _INCOME_EITHER_WAY
    return [
        Reason(code=code, column=column, field=field.name, en=en, fr=fr)
        for (column, (code, en, fr)), field in zip(texts.items(), FIELDS, strict=True)
    ]

"""The words of the pages for what the API says in codes."""

from flask_babel import lazy_gettext

LABELS = {
    "credit_lines_outstanding": lazy_gettext("Open credit lines"),
    "loan_amt_outstanding": lazy_gettext("Loan amount"),
    "total_debt_outstanding": lazy_gettext("Total debt"),
    "income": lazy_gettext("Yearly income"),
    "years_employed": lazy_gettext("Years employed"),
    "fico_score": lazy_gettext("FICO score"),
}

"""The one tree of errors that rooms raise at one another."""


class LoanscoreError(Exception):
    """Something loanscore can name; its text is one line with cause and remedy."""


class SettingsError(LoanscoreError):
    """A LOANSCORE_ variable is unknown or has a value that cannot be used."""


class ArtefactError(LoanscoreError):
    """A model artefact must not be served."""


class OtherLibraries(ArtefactError):
    """A model was trained with other library versions than there are here."""


class SchemaError(LoanscoreError):
    """A schema file cannot be used."""


class PolicyError(LoanscoreError):
    """A policy file cannot be used."""


class ShelfError(LoanscoreError):
    """What served cannot be kept for later."""


class NotKept(ShelfError):
    """No model, or no policy, of this digest is on the shelf.

    Args:
        what: `model` or `policy`.
        digest: "sha256:" and 64 hex digits.
        place: where it would have to be.
    """

    def __init__(self, what: str, digest: str, place: object) -> None:
        super().__init__(f"no {what} {digest} is on the shelf: put {place} back")
        self.what = what
        self.digest = digest


class PromotionError(LoanscoreError):
    """The champion cannot be changed as asked, or what was changed cannot be read."""


class UnfitRedis(LoanscoreError):
    """This Redis must not hold the ledger: it would lose what was accepted."""


class LedgerUnavailable(LoanscoreError):
    """Redis did not answer in time; what was asked may or may not have happened."""


class KeyRefused(LoanscoreError):
    """An API key cannot be made as asked."""


class PersonRefused(LoanscoreError):
    """A person or a password cannot be taken as given."""

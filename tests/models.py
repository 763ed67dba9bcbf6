"""Another model than the one that serves, trained on other loans."""

from tests.model.conftest import export
from training import generator


def another(folder):
    """Train one; gives its artefact folder."""
    generator.write(folder / "loans.csv", generator.look_alike(seed=7))
    return export(folder / "loans.csv", folder / "model").folder

"""`/v1/models/current`: which model makes the scores, how it was measured, and who promoted it.

Read from the shelf below the storage folder (`protocol.kept`): no model is loaded here. What is
current is what the workers say that they serve.
"""

import json
from base64 import b64encode
from collections import Counter
from hashlib import sha256
from typing import Any

from flask import Blueprint, Response

from api import acceptance
from api.keys import Keys
from api.problems import Problem
from protocol import card
from protocol.artefact import Manifest, read_manifest
from protocol.errors import ArtefactError, NotKept, PromotionError
from protocol.figures import Figures, read_figures
from protocol.kept import Kept
from protocol.ledger import Ledger
from protocol.promotions import Promotion, Promotions, line
from protocol.settings import Settings

Document = dict[str, Any]
#: The card's page has one style sheet and its picture in itself, and needs nothing else.
_STYLE = b64encode(sha256(card.STYLE.encode()).digest()).decode()
POLICY = (
    "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none';"
    f" frame-ancestors 'none'; style-src 'sha256-{_STYLE}'"
)


class Current:
    """Tells which model makes the scores now.

    Args:
        ledger: where workers say what they serve.
        settings: where the shelf and the promotions are.
    """

    def __init__(self, ledger: Ledger, settings: Settings) -> None:
        self._ledger = ledger
        self._kept = Kept(settings.storage_folder)
        self._promotions = Promotions(settings.storage_folder)

    def document(self) -> Document:
        """Describe it.

        Raises:
            Problem: unavailable.
        """
        return _document(*self._read())

    def measured(self) -> tuple[Document, Figures | None]:
        """Describe it, and give what was measured of the same one; None: exported without.

        Raises:
            Problem: unavailable.
        """
        manifest, history, serving = self._read()
        return _document(manifest, history, serving), self._figures(manifest)

    def figures(self) -> Figures | None:
        """Give what was measured of it; as `measured`."""
        return self._figures(self._read()[0])

    def _figures(self, manifest: Manifest) -> Figures | None:
        try:
            return read_figures(self._kept.model(manifest.digest), manifest.digest)
        except (NotKept, ArtefactError) as error:
            raise Problem("unavailable", "The storage lacks what is served.") from error

    def card(self) -> Response:
        """Give its card as a page, with its promotions.

        Raises:
            Problem: unavailable, or not-found when it has none.
        """
        manifest, history, _ = self._read()
        folder = self._kept.model(manifest.digest)
        try:
            text = (folder / card.CARD_FILE).read_text()
            picture = (folder / card.PICTURE_FILE).read_bytes()
        except OSError:
            raise Problem("not-found", "The model was exported without a card.") from None
        for one in _of(manifest.digest, history):
            text = card.promoted(text, one.at, one.by, _why(one))
        page = Response(card.page(text, picture), mimetype="text/html")
        page.headers["Content-Security-Policy"] = POLICY
        return page

    def _read(self) -> tuple[Manifest, list[Promotion], Counter[str]]:
        serving = Counter(worker["digest"] for worker in self._ledger.live_workers())
        try:
            history = self._promotions.read()
            digest = _current(serving, history)
            return read_manifest(self._kept.model(digest)), history, serving
        except (NotKept, ArtefactError, PromotionError) as error:
            raise Problem("unavailable", "The storage lacks what is served.") from error


def blueprint(current: Current, keys: Keys, schema: Document) -> Blueprint:
    """Build the three routes.

    Args:
        current: tells which model it is.
        keys: who may ask.
        schema: JSON Schema of an application.
    """
    models = Blueprint("models", __name__, url_prefix="/v1/models/current")

    @models.get("")
    @keys.requires("scores:read")
    def show() -> Response:
        return acceptance.as_json(current.document())

    @models.get("/schema")
    @keys.requires("scores:read")
    def application() -> Response:
        return Response(json.dumps(schema), mimetype="application/schema+json")

    @models.get("/card")
    @keys.requires("scores:read")
    def shown() -> Response:
        return current.card()

    return models


def _current(serving: Counter[str], history: list[Promotion]) -> str:
    """Name the model: of several that serve the champion, or else the one that most serve."""
    champions = line(history)
    champion = champions[-1].digest if champions else None
    if champion is not None and (champion in serving or not serving):
        return champion
    if not serving:
        raise Problem("unavailable", "No worker is alive, and nothing was promoted.")
    return max(serving, key=lambda digest: (serving[digest], digest))


def _document(manifest: Manifest, history: list[Promotion], serving: Counter[str]) -> Document:
    path = "/v1/models/current"
    promoted = _of(manifest.digest, history)
    return {
        "name": manifest.name,
        "version": manifest.version,
        "digest": manifest.digest,
        "created_at": manifest.created_at,
        "serving": [
            {"digest": digest, "workers": workers} for digest, workers in serving.most_common()
        ],
        "promotions": [
            one.model_dump(include={"number", "action", "at", "by", "note", "forced", "gates"})
            for one in promoted
        ],
        "fields": [field.model_dump() for field in manifest.fields],
        "intercept": manifest.fold.intercept,
        "coefficients": dict(zip(manifest.fold.columns, manifest.fold.coefficients, strict=True)),
        "references": {
            name: {"about": one.about, "digest": one.digest, "applicants": one.applicants}
            for name, one in manifest.references.items()
        },
        "metrics": manifest.metrics,
        "training": manifest.training.model_dump(),
        "libraries": manifest.libraries,
        "links": {"self": path, "schema": f"{path}/schema", "card": f"{path}/card"},
    }


def _of(digest: str, history: list[Promotion]) -> list[Promotion]:
    return [one for one in history if one.model is not None and one.model.digest == digest]


def _why(promotion: Promotion) -> str:
    failed = [gate.name for gate in promotion.gates if not gate.passed]
    said: str = promotion.action
    if failed:
        said = f"{said}, although it did not pass {', '.join(failed)}"
    return f"{said}; {promotion.note}" if promotion.note else said

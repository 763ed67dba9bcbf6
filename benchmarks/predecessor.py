"""The predecessor's route: a form is posted, the model is called, the answer is in the response.

The model here is the right one, so that answers can be checked. The predecessor's own answered "no
risk" to everyone, because the scaler it was fitted with was never saved.
"""

import os

import joblib
import pandas
from flask import Flask, request

from protocol.application import Application
from protocol.artefact import MODEL_FILE
from protocol.settings import Settings

settings = Settings.read(os.environ)
web = Flask("predecessor")
model = joblib.load(settings.artefact_folder / MODEL_FILE)


@web.post("/predict")
def predict() -> dict[str, float]:
    """Score the six fields of a form."""
    fields = {name: float(request.form[name]) for name in Application._fields}
    frame = pandas.DataFrame([fields])
    # The served pipeline takes an array; a pipeline fitted on frames would take longer.
    return {"pd": float(model.predict_proba(frame.to_numpy())[0, 1])}

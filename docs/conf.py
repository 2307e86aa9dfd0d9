"""Configuration of Sphinx for `make docs`; the source folder is the root of the repository."""

import re
import shutil
from pathlib import Path

from pygments.lexers import TextLexer

import geofront as gf

project = "geofront"
author = copyright = "geofront contributors"
version = release = gf.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
root_doc = "README"
include_patterns = ["*.md", "docs/*.md", "notebooks/*.ipynb", "data/*.md", "benchmarks/*.md"]

nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath", "html_image"]
myst_heading_anchors = 4

autodoc_typehints = "none"
autodoc_preserve_defaults = True
autodoc_member_order = "alphabetical"
napoleon_google_docstring = False
default_role = "code"

html_theme = "furo"
html_title = f"geofront {release}"

CONTENTS = """
```{toctree}
:hidden:
:caption: Guide
docs/model
docs/own-world
docs/architecture
docs/api
CONTRIBUTING
CHANGELOG
data/README
benchmarks/results
benchmarks/explorer
```

```{toctree}
:hidden:
:caption: Notebooks
:glob:
notebooks/*
```
"""


def add_contents(_, name, source):
    """The README is the first page of the site, and GitHub would show a table of contents in it as code."""
    if name == root_doc:
        source[0] += CONTENTS


def link_citations(_, what, name, obj, options, lines):
    """Link headings cited as ``"Latency" in docs/model.md``."""

    def link(match):
        heading = " ".join(match[1].split())
        anchor = re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        return f"`{heading} <model.html#{anchor}>`__"

    text = "\n".join(lines)
    lines[:] = re.sub(r'"([^"]+)"(?=(?:,? and "[^"]+")*\s+in docs/model\.md)', link, text).split("\n")


def copy_first_page(app, error):
    """Web servers look for index.html."""
    if error is None:
        shutil.copy(Path(app.outdir, "README.html"), Path(app.outdir, "index.html"))


def setup(app):
    app.add_lexer("csv", TextLexer)
    app.connect("source-read", add_contents)
    app.connect("autodoc-process-docstring", link_citations)
    app.connect("build-finished", copy_first_page)

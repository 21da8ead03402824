"""Sphinx's settings for the site of notebooks and pages (npm run site).

Sphinx with MyST-NB, and not mystmd: mystmd fetches its HTML theme from the network at every fresh build, and the pages that it makes
need a server, since their addresses are absolute. These pages are plain files with relative links: no script and no font comes
from elsewhere, and formulas are MathML, which browsers draw themselves.
"""

from importlib.metadata import version as version_of

from docutils.nodes import SkipNode
from docutils.utils.math.latex2mathml import tex2mathml

project = "porous-sgm"
author = "The porous-sgm authors"
root_doc = "index"
extensions = ["myst_nb"]
exclude_patterns = ["README.md", "lib", "scripts", "**.failed.ipynb", "**/.ipynb_checkpoints"]

nb_execution_mode = "off"  # the outputs are those that the notebooks were saved with
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
myst_dmath_double_inline = True
suppress_warnings = ["mystnb.unknown_mime_type"]  # an interactive chart has its picture beside it

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_title = "porous-sgm"
html_show_sphinx = False
html_copy_source = False
html_show_copyright = False
html_last_updated_fmt = None


def mathml(latex, block):
    """One formula; what cannot be converted is an error that names it."""
    try:
        lines = block and "\\\\" in latex and "\\begin{" not in latex
        return tex2mathml(f"\\begin{{align*}}{latex}\\end{{align*}}" if lines else latex, as_block=block)
    except Exception as problem:
        raise ValueError(f"the formula {latex!r} could not be converted to MathML: {problem}") from problem


def inline_formula(self, node):
    self.body.append(f'<span class="math">{mathml(node.astext(), False)}</span>')
    raise SkipNode


def displayed_formula(self, node):
    self.body.append(f'<div class="math" style="overflow: auto hidden">{mathml(node.astext(), True)}</div>')
    raise SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (inline_formula, None), (displayed_formula, None))
    return {"version": version_of("sphinx"), "parallel_read_safe": True, "parallel_write_safe": True}


html_math_renderer = "mathml"

"""JupyterLab with the figures' font and size on its page (lab.css). It ends with the process that started it; its kernels end with it."""

import os
import shutil
import sys
from pathlib import Path

from parent import end_with_parent

sys.path.pop(0)  # this folder's modules are not JupyterLab's
from jupyterlab.labapp import main  # noqa: E402



def style_page():
    """Lays the style and the fonts where JupyterLab looks for a page's own style (--LabApp.custom_css)."""
    here = Path(__file__).resolve().parent
    fonts = here.parents[1] / "node_modules" / "@expo-google-fonts" / "source-sans-3"
    target = Path(os.environ["JUPYTER_CONFIG_DIR"]) / "custom"
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(here / "lab.css", target / "custom.css")
    for font in ("400Regular/SourceSans3_400Regular.ttf", "600SemiBold/SourceSans3_600SemiBold.ttf"):
        shutil.copy(fonts / font, target)


if __name__ == "__main__":
    end_with_parent()
    style_page()
    sys.exit(main())

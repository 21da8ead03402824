"""JupyterLab, which ends with the process that started it; its kernels end with it."""

import sys

from parent import end_with_parent

sys.path.pop(0)  # this folder's modules are not JupyterLab's
from jupyterlab.labapp import main  # noqa: E402

if __name__ == "__main__":
    end_with_parent()
    sys.exit(main())

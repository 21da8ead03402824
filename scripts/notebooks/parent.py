"""A process ends when the one that started it has ended, however that ended: a SIGKILL is passed on to nobody. See scripts/parent.cjs."""

import os
import signal
import threading
import time


def end_with_parent():
    """Sends this process SIGTERM once the parent that names itself in SGM_PARENT is gone."""
    parent = os.getppid()
    if os.environ.get("SGM_PARENT") != str(parent):
        return

    def watch():
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()

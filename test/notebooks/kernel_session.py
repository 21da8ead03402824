"""One session with the notebooks' kernel over the Jupyter protocol, as JupyterLab holds it; what was seen is printed as one JSON object.

    .venv/bin/python test/notebooks/kernel_session.py
The environment (SGM_DATA) is the kernel's too.
"""

import json
import os
import re
import sys
import time
from pathlib import Path
from queue import Empty

root = Path(__file__).resolve().parents[2]
jupyter = root / ".cache" / "jupyter"
for name in ("config", "data", "runtime"):
    os.environ.setdefault(f"JUPYTER_{name.upper()}_DIR", str(jupyter / name))

from jupyter_client import KernelManager  # noqa: E402  (Jupyter reads its folders from the environment when it is imported)

patience = 400  # s, for a loaded machine; nothing here is judged by time


def text_of(message):
    content = message["content"]
    if message["msg_type"] == "stream":
        return content["text"]
    return content.get("data", {}).get("text/plain", "")


class Session:
    def __init__(self):
        self.manager = KernelManager(kernel_name="tslab")
        self.manager.start_kernel(cwd=str(root / "notebooks"))
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=patience)

    def run(self, code, until=None):
        """Runs a cell; interrupts the kernel once `until` (a function of the outputs) says so. Status, outputs, what stderr got."""
        request = self.client.execute(code)
        outputs, said, interrupted, replied = [], "", None, None
        begun = time.monotonic()
        while time.monotonic() - begun < patience:
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except Empty:
                continue
            if message["parent_header"].get("msg_id") != request:
                continue
            if message["msg_type"] in ("stream", "display_data", "update_display_data"):
                outputs.append(text_of(message))
                if message["content"].get("name") == "stderr":
                    said += message["content"]["text"]
                if until and interrupted is None and until(outputs):
                    interrupted = time.monotonic()
                    self.manager.interrupt_kernel()
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                replied = time.monotonic()
                break
        reply = self.client.get_shell_msg(timeout=patience)
        return {
            "status": reply["content"]["status"],
            "outputs": outputs,
            "stderr": said,
            "seconds": None if interrupted is None or replied is None else replied - interrupted,
        }

    def complete(self, code):
        self.client.complete(code, len(code))
        while True:
            reply = self.client.get_shell_msg(timeout=patience)
            if reply["msg_type"] == "complete_reply" or "matches" in reply["content"]:
                return reply["content"]["matches"]


def listening(pid):
    """Local addresses on which a process listens, as the kernel of the system lists them (Linux)."""
    inodes = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found = re.match(r"socket:\[(\d+)\]", os.readlink(entry))
        except OSError:
            continue
        if found:
            inodes.add(found.group(1))
    addresses = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                addresses.append(f"{table} {fields[1].split(':')[0]}")
    return addresses


def trained(outputs):
    """Steps that the progress of the stage `model` has told of while training."""
    found = [re.search(r"model: .*?([\d,]+) of [\d,]+ .*training", text) for text in outputs]
    return [int(match.group(1).replace(",", "")) for match in found if match]


def main():
    session = Session()
    seen = {}
    seen["listening"] = listening(session.manager.provisioner.pid) if sys.platform == "linux" else None
    seen["imported"] = session.run('import { openStudy } from "./lib/index";')
    seen["completions"] = session.complete("openStudy({ training: { st")
    seen["topLevel"] = session.complete("openStudy({ sam")
    seen["values"] = session.complete('openStudy({ sampler: { method: "')
    seen["wrongKey"] = session.run("const wrong = openStudy({ training: { stepz: 5 } });")
    seen["wrongValue"] = session.run('const wrong = openStudy({ sampler: { method: "magic" } });')
    seen["wrongNumber"] = session.run("const wrong = openStudy({ training: { steps: -5 } });")
    # Long enough to be interrupted, short enough to be finished; the second cell is the one that a reader runs twice.
    session.run('const study = openStudy({ preset: "smoke", training: { steps: 1600, heldOutEvery: 400, checkpointEvery: 400 } });')
    cell = "const model = await study.model();"
    seen["interrupted"] = session.run(cell, until=lambda outputs: any(step > 0 for step in trained(outputs)))
    seen["after"] = session.run("console.log(1 + 1);")
    data = Path(os.environ["SGM_DATA"])
    for _ in range(patience * 10):  # the checkpoint is on disk when the stage has let go of its lock
        saved = list(data.glob("model/*.partial/work/checkpoint.safetensors"))
        if saved and not list(data.glob("model/*.lock*")):
            break
        time.sleep(0.1)
    header = saved[0].read_bytes() if saved else b""
    size = int.from_bytes(header[:8], "little")
    seen["checkpoint"] = int(json.loads(header[8 : 8 + size])["__metadata__"]["step"]) if saved else None
    seen["toldBefore"] = trained(seen["interrupted"]["outputs"])
    seen["resumed"] = session.run(cell)
    seen["toldAfter"] = trained(seen["resumed"]["outputs"])
    seen["log"] = session.run("console.log(model.log.map((entry) => entry.step).join());")
    session.client.stop_channels()
    session.manager.shutdown_kernel(now=True)
    print(json.dumps(seen))


if __name__ == "__main__":
    main()

"""Unpacks TensorFlow's C library from its wheel: python unpack.py WHEEL FOLDER. The rest of the wheel is not needed."""

import os
import shutil
import sys
import zipfile

wheel, folder = sys.argv[1:]
prefix = "tensorflow/"
with zipfile.ZipFile(wheel) as archive:
    for entry in archive.infolist():
        name = entry.filename[len(prefix) :]
        wanted = name.startswith("include/") or ("/" not in name and name.startswith("libtensorflow_"))
        if not entry.filename.startswith(prefix) or not wanted or entry.is_dir():
            continue
        path = os.path.normpath(os.path.join(folder, name))
        if not path.startswith(os.path.normpath(folder) + os.sep):
            raise SystemExit(f"unpack.py: {entry.filename} would leave the folder")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with archive.open(entry) as source, open(path, "wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        if "/" not in name:
            print(name, flush=True)

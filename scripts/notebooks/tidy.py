"""Notebooks as they are kept: the same cells executed again give the same file, and no trace of the machine."""

import os
import re
import tempfile
from pathlib import Path

import nbformat

injected = "injected-parameters"


def tags(cell):
    return cell.metadata.get("tags", [])


def inject(notebook, code):
    """Puts CODE after the cell tagged `parameters` (or first); what a former run put there goes."""
    notebook.cells = [cell for cell in notebook.cells if injected not in tags(cell)]
    if not code.strip():
        return
    cell = nbformat.v4.new_code_cell(code, id=injected, metadata={"tags": [injected]})
    places = [i + 1 for i, other in enumerate(notebook.cells) if "parameters" in tags(other)]
    notebook.cells.insert(places[0] if places else 0, cell)


def tidy(notebook, root, keep_stderr=False):
    """Removes timings, paths of this machine and (unless kept) stderr; gives every cell a lasting name."""
    paths = sorted({(str(root), "."), (os.path.realpath(root), "."), (str(Path.home()), "~")}, key=lambda p: -len(p[0]))
    # A path is followed by a separator or by something that cannot belong to a name: "/root" must not eat into "/rootless".
    patterns = [(re.compile(re.escape(path) + r"(?![\w.-])"), short) for path, short in paths if len(path) > 1]

    def clean(value):
        if isinstance(value, str):
            for pattern, short in patterns:
                value = pattern.sub(short, value)
            return value
        if isinstance(value, list):
            return [clean(item) for item in value]
        if isinstance(value, dict):
            return type(value)((key, clean(item)) for key, item in value.items())
        return value

    language = notebook.metadata.get("language_info", {})
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "TypeScript", "language": "typescript", "name": "tslab"},
            "language_info": {key: language[key] for key in ("codemirror_mode", "file_extension", "mimetype", "name") if key in language},
        }
    )
    notebook.nbformat, notebook.nbformat_minor = 4, max(5, notebook.nbformat_minor)
    for index, cell in enumerate(notebook.cells):
        cell.setdefault("id", f"cell-{index:02d}")
        cell.metadata = nbformat.from_dict({key: cell.metadata[key] for key in ("tags", "jupyter", "slideshow") if key in cell.metadata})
        if cell.cell_type != "code":
            continue
        kept = []
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr" and not keep_stderr:
                continue
            if output.output_type in ("display_data", "execute_result"):
                output["data"] = {
                    mime: content if mime.startswith("image/") and mime != "image/svg+xml" else clean(content)
                    for mime, content in output["data"].items()
                }
                if not any(output["data"].values()):
                    continue  # a progress bar that was cleared when it had done its work
                output.pop("transient", None)
                kept.append(output)
            else:
                kept.append(clean(output))
        cell.outputs = kept


def write(notebook, path):
    """Writes beside the target and renames, so that nobody reads half a notebook."""
    nbformat.validate(notebook)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            nbformat.write(notebook, file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, path.stat().st_mode & 0o777 if path.exists() else 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise

"""Writes lib/graph/operations.json: what a graph must know about each TensorFlow operation that tfjs-node can ask for.

    python3 scripts/graph/operation-table.py && npx prettier --write lib/graph/operations.json

Eager execution infers attributes that a written graph has to state, so the graph writer needs their names. They are read
from the registry inside the native library itself (TF_GetAllOpList of the C API, through ctypes): no Python TensorFlow.
The operations are those whose names occur in the JavaScript of the installed tfjs-node, and those listed in OWN.

One entry: {"inputs": ["N*T", "Tidx"], "required": ["N", "T"], "stateful": true}
  inputs    one string an argument: "T" takes its type from attribute T, "N*T" is N tensors of type T, "[Tin]" is a list
            of tensors whose types are the list Tin, "" has a fixed type.
  required  attributes without a default (the others may be left out of a graph).
  stateful  present when the operation has side effects or hidden state, so that it must not be recorded.
"""

import ctypes
import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / ".native" / "tensorflow"
OPERATIONS = ROOT / ".native" / "operations" / "film-silu.node"  # those of lib/graph/native
JAVASCRIPT = ROOT / "node_modules" / "@tensorflow" / "tfjs-node-gpu" / "dist"
TABLE = ROOT / "lib" / "graph" / "operations.json"

# Written by lib/graph itself or called by the library through the backend, and so not to be found in tfjs-node.
OWN = """
AddV2 AssignVariableOp ConcatV2 Const DeepCopy Enter Exit Fill Identity Less LoopCond Merge NextIteration Placeholder ReadVariableOp Switch
Reshape TensorScatterUpdate VarHandleOp
StatelessRandomNormal StatelessRandomUniform StatelessRandomUniformInt StatelessRandomUniformFullInt StatelessTruncatedNormal
BatchMatMulV2 BiasAdd BiasAddGrad Bitcast Cholesky Conv2D Conv2DBackpropFilter Conv2DBackpropInput FloorMod L2Loss
MatrixDiag MatrixInverse MatrixSolve MatrixTriangularSolve MirrorPad MirrorPadGrad Pad PadV2 SelfAdjointEigV2 SigmoidGrad
SoftplusGrad SquaredDifference TanhGrad TridiagonalSolve
FilmSilu FilmSiluGrad
""".split()


class Buffer(ctypes.Structure):
    """TF_Buffer."""

    _fields_ = [("data", ctypes.c_void_p), ("length", ctypes.c_size_t), ("deallocator", ctypes.c_void_p)]


def registry() -> bytes:
    """The serialised OpList of the installed library."""
    ctypes.CDLL(str(LIBRARY / "libtensorflow_framework.so.2"), ctypes.RTLD_GLOBAL)
    library = ctypes.CDLL(str(LIBRARY / "libtensorflow_cc.so.2"))
    ctypes.CDLL(str(OPERATIONS))
    library.TF_GetAllOpList.restype = ctypes.POINTER(Buffer)
    buffer = library.TF_GetAllOpList().contents
    return ctypes.string_at(buffer.data, buffer.length)


def fields(message: bytes):
    """(number, value) for each field of a protobuf message; value is an int or the bytes of a sub-message."""

    def varint(at):
        value = shift = 0
        while True:
            byte = message[at]
            value |= (byte & 127) << shift
            at, shift = at + 1, shift + 7
            if byte < 128:
                return value, at

    at = 0
    while at < len(message):
        key, at = varint(at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = varint(at)
        else:
            length, at = varint(at) if wire == 2 else ({1: 8, 5: 4}[wire], at)
            value, at = message[at : at + length], at + length
        yield number, value


def text(message: bytes, number: int) -> str:
    return next((value.decode() for field, value in fields(message) if field == number), "")


def argument(message: bytes) -> str:
    type_attribute, count, type_list = (text(message, number) for number in (4, 5, 6))
    if type_list:
        return f"[{type_list}]"
    return f"{count}*{type_attribute}" if count else type_attribute


def entry(message: bytes) -> dict:
    """One OpDef: input_arg is field 2, attr 4 (its default_value 3), is_stateful 17."""
    found = list(fields(message))
    attributes = [value for number, value in found if number == 4]
    result = {"inputs": [argument(value) for number, value in found if number == 2]}
    result["required"] = [text(a, 1) for a in attributes if all(number != 3 for number, _ in fields(a))]
    if any(number == 17 and value for number, value in found):
        result["stateful"] = True
    return result


def main() -> None:
    named = set(OWN)
    for path in JAVASCRIPT.rglob("*.js"):
        source = path.read_text()
        named.update(re.findall(r"['\"]([A-Z][A-Za-z0-9]+)['\"]", source))
        named.update(re.findall(r"tfjs_1\.([A-Z][A-Za-z0-9]+)", source))  # kernel names double as operation names
    operations = {text(value, 1): value for number, value in fields(registry()) if number == 1}
    missing = sorted(set(OWN) - operations.keys())
    if missing:
        raise SystemExit(f"operation-table: the library has no operation {', '.join(missing)}")
    lines = [f"{json.dumps(name)}: {json.dumps(entry(operations[name]))}" for name in sorted(named & operations.keys())]
    TABLE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{TABLE.relative_to(ROOT)}: {len(lines)} of {len(operations)} operations")


if __name__ == "__main__":
    main()

"""The fields of a Zarr store that another program wrote, as float64 in a plain file, and what they are as JSON on standard output.

    read-zarr.py STORE FIELDS POROSITY

FIELDS gets [condition, realisation, channel, cells], POROSITY [condition, realisation, cells] where the store has `eps`; the last axis varies fastest. What cannot be read so is told as
{"refused": "..."}. xarray knows the versions of the format, the codecs and the chunks.
"""

import json
import sys

import numpy
import xarray

of_fields = ("condition", "realisation")


def refuse(what):
    print(json.dumps({"refused": what}))
    sys.exit(0)


def quantity(data, name):
    attributes = data[name].attrs
    told = {"name": name, "unit": str(attributes.get("units", "1"))}
    if "symbol" in attributes:
        told["symbol"] = str(attributes["symbol"])
    if attributes.get("long_name", name) != name:
        told["meaning"] = str(attributes["long_name"])
    return told


def named(data, attribute, found):
    """Names in the order that the store tells, those of them that are left; as they are found where it tells none."""
    told = data.attrs.get(attribute)
    return [name for name in told if name in found] if isinstance(told, list) else list(found)


def length_of(x):
    """Length of a domain of equal cells with these centres, or None."""
    length = 2 * float(x[0]) * len(x)
    centres = (numpy.arange(len(x)) + 0.5) * (length / len(x))
    return length if length > 0 and numpy.allclose(x, centres, rtol=1e-9, atol=0) else None


def stored_lengths(data, found):
    """The lengths as they were stored: those that follow from the centres are a rounding off."""
    stored = data.attrs.get("length", found)
    return [float(length) for length in (stored if isinstance(stored, (list, numpy.ndarray)) else [stored])]


def main(store, fields_file, porosity_file):
    try:
        data = xarray.open_zarr(store, chunks=None, decode_times=False).reset_coords()
    except Exception as problem:
        refuse(f"xarray cannot open it: {problem}")
    axes = data.attrs.get("axes", ["x"])
    lacking = [name for name in axes if name not in data.dims or name not in data]
    if lacking:
        refuse(f"it has no axis {lacking[0]} with the cell centres")
    channels = named(data, "channels", [name for name in data.data_vars if set(axes) <= set(data[name].dims) and name != "eps"])
    if not channels:
        refuse(f"it has no array along {', '.join(axes)}, so no field")
    foreign = sorted({d for name in channels for d in data[name].dims} - {*of_fields, *axes})
    if foreign:
        refuse(f"its fields have the dimension {foreign[0]} beside {', '.join([*of_fields, *axes])}")
    for name in of_fields:
        if name not in data.dims:  # one was chosen: data.isel(condition=0)
            data = data.expand_dims(name)
    conditions = named(data, "conditions", [name for name in data.data_vars if data[name].dims == ("condition",)])
    lengths = [length_of(data[name].values.astype(float)) for name in axes]
    if None in lengths:
        refuse(f"its {axes[lengths.index(None)]} are not the centres of equal cells of a whole domain")
    keep_porosity = "eps" in data
    n, count = (data.sizes[d] for d in of_fields)
    order = ("realisation", *axes)
    with open(fields_file, "wb") as out, open(porosity_file, "wb") as porosity:
        for i in range(n):
            chosen = data.isel(condition=i)
            arrays = {c: chosen[c].transpose(*order).values.astype("<f8").reshape(count, -1) for c in channels}
            for name, values in arrays.items():
                bad = numpy.argwhere(~numpy.isfinite(values))
                if len(bad) > 0:
                    refuse(f"{name} of realisation {bad[0][0]} of condition {i} must be finite, got {values[tuple(bad[0])]} in cell {bad[0][1]}")
            numpy.stack(list(arrays.values()), axis=1).tofile(out)
            if keep_porosity:
                chosen["eps"].transpose(*order).values.astype("<f8").tofile(porosity)
    # Infinity is a time that never ends; JSON knows no such number, so all are told as texts.
    values = [{c: repr(float(data[c].values.reshape(-1)[i if data[c].size > 1 else 0])) for c in conditions} for i in range(n)]
    print(json.dumps({
        "problem": str(data.attrs.get("problem", "unknown")),
        "axes": [{"name": name, "length": length, "cells": data.sizes[name]} for name, length in zip(axes, stored_lengths(data, lengths))],
        "count": count,
        "channels": [quantity(data, c) for c in channels],
        "conditionQuantities": [quantity(data, c) for c in conditions],
        "conditions": values,
        "keepPorosity": keep_porosity,
        "provenance": str(data.attrs.get("provenance", "{}")),
    }))


main(*sys.argv[1:])

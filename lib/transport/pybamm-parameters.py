"""Drawn porosities of an electrode as parameter sets of PyBaMM: a half-cell of lithium metal, separator and electrode.

    import pybamm, electrode  # this file's name
    values = pybamm.ParameterValues(electrode.get_parameter_values(condition=0, draw=0))
    model = pybamm.lithium_ion.DFN({"working electrode": "positive", "intercalation kinetics": "linear"})
    pybamm.Simulation(model, parameter_values=values, var_pts=electrode.var_pts()).solve([0, 1])

`electrode_parameters` is the electrode alone, to be put into a parameter set of your own by its method `update`; the
rest of `get_parameter_values` is as simple as it can be (constant potential, constant exchange-current density), and
then PyBaMM's electrolyte obeys the equations of porous-sgm with a solid of one potential. SI units.
"""

import numpy as np
import pybamm

DATA = {}  # thickness, x [cells], cell centres from the insulated end; conditions; electrodes; porosities


def electrode_parameters(condition=0, draw=0):
    """Porosity, active solid, thickness and electrolyte of the positive electrode, whose separator comes first in x."""
    electrode = DATA["electrodes"][condition]
    thickness = DATA["thickness"]
    eps = DATA["porosities"][condition][draw]
    places = np.concatenate([[0], DATA["x"], [thickness]])
    values = np.concatenate([eps[:1], eps, eps[-1:]])
    parts = ("Negative electrode", "Separator", "Positive electrode")

    def porosity(x, y, z):
        end = sum(pybamm.Parameter(f"{part} thickness [m]") for part in parts)
        return pybamm.Interpolant(places, values, end - x, interpolator="linear")

    def active(x, y, z):
        return electrode["activeAndPores"] - porosity(x, y, z)

    return {
        "Positive electrode thickness [m]": thickness,
        "Positive electrode porosity": porosity,
        "Positive electrode active material volume fraction": active,
        "Positive particle radius [m]": electrode["particleRadius"],
        "Positive electrode Bruggeman coefficient (electrolyte)": electrode["bruggeman"],
        "Electrolyte conductivity [S.m-1]": electrode["conductivity"],
        "Electrolyte diffusivity [m2.s-1]": electrode["diffusivity"],
        "Cation transference number": electrode["transferenceNumber"],
        "Initial concentration in electrolyte [mol.m-3]": electrode["concentration"],
    }


def get_parameter_values(condition=0, draw=0, solid_conductivity=1e4):
    """All that a half-cell needs. `solid_conductivity` (S/m): the larger, the more the solid is at one potential."""
    electrode = DATA["electrodes"][condition]

    def exchange_current(c_e, c_s_surf, c_s_max, T):
        return electrode["rate"] * pybamm.constants.R * T / pybamm.constants.F

    return {
        **electrode_parameters(condition, draw),
        "Current function [A]": -electrode["current"],  # over 1 m2; PyBaMM counts a discharge as positive
        "Electrode height [m]": 1.0,
        "Electrode width [m]": 1.0,
        "Positive electrode exchange-current density [A.m-2]": exchange_current,
        "Positive electrode OCP [V]": electrode["equilibriumPotential"],
        "Positive electrode OCP entropic change [V.K-1]": 0.0,
        "Positive electrode conductivity [S.m-1]": solid_conductivity,
        "Positive electrode Bruggeman coefficient (electrode)": 0.0,
        "Positive particle diffusivity [m2.s-1]": 1e-13,
        "Maximum concentration in positive electrode [mol.m-3]": 5e4,
        "Initial concentration in positive electrode [mol.m-3]": 2.5e4,
        "Thermodynamic factor": 0.0,  # no diffusion potential
        "Separator thickness [m]": 2.5e-5,
        "Separator porosity": 1.0,
        "Separator Bruggeman coefficient (electrolyte)": 1.5,
        "Exchange-current density for lithium metal electrode [A.m-2]": 20.0,
        "Lithium metal partial molar volume [m3.mol-1]": 1.3e-5,
        "Negative electrode thickness [m]": 1e-4,
        "Negative electrode conductivity [S.m-1]": 1e7,
        "Ambient temperature [K]": 298.15,
        "Reference temperature [K]": 298.15,
        "Initial temperature [K]": 298.15,
        "Nominal cell capacity [A.h]": 1.0,
        "Number of cells connected in series to make a battery": 1.0,
        "Number of electrodes connected in parallel to make a cell": 1.0,
        "Lower voltage cut-off [V]": -10.0,
        "Upper voltage cut-off [V]": 10.0,
    }


def var_pts():
    """PyBaMM's mesh with the cells of the porosity in the electrode."""
    return {"x_n": 5, "x_s": 10, "x_p": len(DATA["x"]), "r_n": 5, "r_p": 5}


def from_insulated_end(values):
    """What PyBaMM has at the electrode's cells, separator first, in the order of porous-sgm: [cells, ..]."""
    return np.asarray(values)[-len(DATA["x"]) :][::-1]

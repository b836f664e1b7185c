"""Codes of other lists and the X12 codes that mean the same. A code that has none stays as it is.

The facts are of public lists: UN/ECE Recommendation 20 (units; ISO codes of units in SAP are the same) and 21
(packages), X12 data element 355.
"""

from __future__ import annotations

CODE_LISTS: dict[str, dict[str, str]] = {
    "unece_units": {
        "EA": "EA",
        "C62": "EA",
        "H87": "EA",
        "PCE": "EA",
        "NAR": "EA",
        "SET": "ST",
        "PR": "PR",
        "NPR": "PR",
        "DZN": "DZ",
        "GRO": "GS",
        "KGM": "KG",
        "GRM": "GR",
        "TNE": "MP",
        "LBR": "LB",
        "ONZ": "OZ",
        "LTR": "LT",
        "MLT": "ML",
        "GLL": "GA",
        "MTR": "MR",
        "CMT": "CM",
        "MMT": "MM",
        "FOT": "FT",
        "INH": "IN",
        "YRD": "YD",
        "MTK": "SM",
        "FTK": "SF",
        "MTQ": "CR",
        "FTQ": "CF",
        "HUR": "HR",
        "DAY": "DA",
        "MON": "MO",
        "CS": "CA",
        "XCS": "CA",
        "CT": "CT",
        "XCT": "CT",
        "BX": "BX",
        "XBX": "BX",
        "PK": "PK",
        "XPK": "PK",
        "BG": "BG",
        "XBG": "BG",
        "RO": "RL",
        "XRO": "RL",
        "PF": "PL",
        "XPX": "PL",
    },
}
"""Name of a list → its code → ours. Of several codes for one of ours the first is written."""

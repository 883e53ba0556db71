"""Types of what compiled rules take, which the compiler itself does not read."""

from typing import Any

import numpy as np

#: A whole number, of Python or of NumPy.
type Whole = int | np.integer
#: A row of a structured array, or a named tuple of tables. In a compiled rule fields of a row are
#: attributes, which rows of NumPy do not have outside one: no type of Python says so.
type Row = Any
#: A number that a rule takes from such a row or from an array, and hands on.
type Field = Any

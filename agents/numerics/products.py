"""Products of matrices whose sums have one order, on any processor and with any number of threads.

A library of linear algebra would choose both by itself, and so the last digits.
"""

import numpy as np

from agents.numerics.compiled import compiled


@compiled
def product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Multiply two matrices, float64 [rows, inner] and [inner, columns], adding up in order."""
    found = np.zeros((left.shape[0], right.shape[1]))
    for row in range(left.shape[0]):
        for inner in range(left.shape[1]):
            factor = left[row, inner]
            if factor != 0.0:
                for column in range(right.shape[1]):
                    found[row, column] += factor * right[inner, column]
    return found

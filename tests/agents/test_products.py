"""Products of matrices in one order of sums."""

import numpy as np

from agents.numerics.products import product


def test_a_product_adds_up_in_the_order_of_what_is_summed_over():
    generator = np.random.default_rng(1)
    left, right = generator.random((3, 40)), generator.random((40, 5))
    left[0, ::2] = 0.0
    found = product(left, right)
    for row in range(3):
        for column in range(5):
            total = 0.0
            for inner in range(40):
                total += left[row, inner] * right[inner, column]
            assert found[row, column] == total
    np.testing.assert_allclose(found, left @ right)

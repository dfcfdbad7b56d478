"""The function that the demo heals: the one the project began with, and one line of contract."""


def my_function(x, y, z):
    """
    function to divide x by y and add to the result z. Should return z if y is 0.

    post: implies(y == 0, __return__ == z)
    """
    return x / y + z

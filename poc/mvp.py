"""The proof of concept that the project began with, on the library as it is now. No key, no network:

    python poc/mvp.py

A function fails; a correction is asked for, judged and put to work; the caller gets an answer. The model is played by
`mock_model`, and it is the only thing here that is not real: a provider is any callable from messages to text.
"""

from fukkatsu import resurrect

MOCK_CORRECTED_FUNCTION = """
def my_function(x, y, z):
    if y == 0:
        return z
    result = x / y + z
    return result
"""


def mock_model(messages):
    """Whatever it is asked, this model answers with the corrected function."""
    return MOCK_CORRECTED_FUNCTION


def mvp_reanimate(function=None, *, lives=1):
    """`@mvp_reanimate` and `@mvp_reanimate(lives=2)`: `resurrect`, with the mock in the model's place."""
    decorate = resurrect(lives=lives, provider=mock_model)
    return decorate if function is None else decorate(function)


def one_life():
    @mvp_reanimate
    def my_function(x, y, z):
        """
        function to divide x by y and add to the result z. Should return z if y is 0.
        """
        result = x / y + z
        return result

    print(my_function(x=1, y=0, z=2))  # raises ZeroDivisionError, comes back to life, answers 2


def two_lives():
    @mvp_reanimate(lives=2)
    def my_function(x, y, z):
        """
        function to divide x by y and add to the result z. Should return z if y is 0.
        """
        result = x / y + z
        return result

    print(my_function(x=2, y=0, z=10))  # one life used up: 10
    print(my_function(x=9, y=1, z=2) + 10)  # what worked before works as before: 21.0


if __name__ == "__main__":
    one_life()
    two_lives()

"""numpy."""

import numpy as np
from corpus.case import case, hopeless, wrong


def centred(values):
    """Values minus their mean.

    Parameters
    ----------
    values : numpy.ndarray or list
        Numbers.

    Returns
    -------
    numpy.ndarray
    """
    return values - values.mean()


case(
    centred,
    crash=([1.0, 2.0, 3.0],),
    good=[
        (np.array([1.0, 2.0, 3.0]),),
        (np.array([5.0]),),
        (np.array([[1.0, 2.0], [3.0, 4.0]]),),
        (np.array([0.0, 10.0]),),
    ],
    right=[
        """
        values = np.asarray(values)
        return values - values.mean()
        """,
        "return np.array(values) - np.mean(values)",
    ],
    imports="import numpy as np",
    opens=("numpy",),
    wrong=[
        wrong("constant", "static", "return np.array([-1.0, 0.0, 1.0])"),
        wrong(
            "wrong type", "good-calls", "mean = sum(values) / len(values)\nreturn [value - mean for value in values]"
        ),
        wrong("mutates", "good-calls", "values = np.asarray(values)\nvalues -= values.mean()\nreturn values"),
        wrong("regression", "good-calls", "values = np.asarray(values)\nreturn values - values.mean(axis=0)"),
        wrong(
            "off-by-one", "good-calls", "values = np.asarray(values)\nreturn values - values.sum() / (values.size + 1)"
        ),
        wrong("wrong type", "good-calls", "values = np.asarray(values)\nreturn values.mean()"),
        wrong(
            "wrong type", "good-calls", "if isinstance(values, list):\n    return values\nreturn values - values.mean()"
        ),
        wrong("regression", "good-calls", "values = np.asarray(values)\nreturn np.abs(values - values.mean())"),
    ],
)


def share_above(values: np.ndarray, limit: float) -> float:
    """Share of the values above the limit, between 0 and 1; 0.0 for an empty array.

    post: 0 <= __return__ <= 1
    """
    return int((values > limit).sum()) / values.size


case(
    share_above,
    crash=(np.array([]), 1.0),
    good=[
        (np.array([1.0, 2.0]), 1.5),
        (np.array([1, 2, 3, 4]), 0.0),
        (np.array([5.0]), 9.0),
        (np.array([[1.0, 7.0], [8.0, 2.0]]), 1.0),
    ],
    right=[
        "return int((values > limit).sum()) / values.size if values.size else 0.0",
        """
        if values.size == 0:
            return 0.0
        return float(np.count_nonzero(values > limit)) / values.size
        """,
    ],
    imports="import numpy as np",
    opens=("numpy",),
    wrong=[
        wrong("constant", "static", "return 0.0"),
        wrong("wrong value", "contract", ("else 0.0", "else -1.0")),
        wrong("wrong type", "contract", ("else 0.0", "else None")),
        wrong("regression", "good-calls", ("values > limit", "values < limit")),
        wrong("off-by-one", "good-calls", ("values > limit", "values >= limit")),
        wrong("wrong type", "good-calls", "return (values > limit).mean() if values.size else 0.0"),
        wrong("regression", "good-calls", ("/ values.size if", "/ len(values) if")),
        wrong("mutates", "good-calls", ("return int", "values.sort()\nreturn int")),
        hopeless("wrong value", ("else 0.0", "else 1.0"), "the promise is in words"),
    ],
)


def histogram(values, bins):
    # counts per bin: bins are upper limits, ascending; what lies above the last one is not counted
    counts = [0] * len(bins)
    for value in values.tolist():
        at = next(at for at, limit in enumerate(bins) if value <= limit)
        counts[at] += 1
    return np.array(counts)


case(
    histogram,
    crash=(np.array([1.0, 99.0]), [5, 10]),
    good=[
        (np.array([1.0, 6.0, 7.0]), [5, 10]),
        (np.array([5.0]), [5]),
        (np.array([3.0, 3.0]), [1, 2, 3]),
        (np.array([9.0, 2.0, 4.0]), [2, 4, 20]),
    ],
    right=[
        """
        counts = [0] * len(bins)
        for value in values.tolist():
            for at, limit in enumerate(bins):
                if value <= limit:
                    counts[at] += 1
                    break
        return np.array(counts)
        """,
        """
        counts = np.zeros(len(bins), dtype=int)
        for value in values.tolist():
            at = next((at for at, limit in enumerate(bins) if value <= limit), None)
            if at is not None:
                counts[at] += 1
        return counts
        """,
    ],
    imports="import numpy as np",
    opens=("numpy",),
    wrong=[
        wrong("constant", "static", "return np.array([1, 0])"),
        wrong("off-by-one", "good-calls", ("value <= limit", "value < limit")),
        wrong("wrong type", "good-calls", ("return np.array(counts)", "return counts")),
        wrong("regression", "good-calls", ("            break\n", "")),
        wrong("wrong type", "good-calls", ("dtype=int", "dtype=float"), of=1),
        wrong(
            "swallow",
            "static",
            "try:\n    counts = [0] * len(bins)\n    for value in values.tolist():\n        at = next(at for at, limit in enumerate(bins) if value <= limit)\n        counts[at] += 1\n    return np.array(counts)\nexcept Exception:\n    return np.array([])",
        ),
        wrong(
            "mutates", "good-calls", ("counts = [0] * len(bins)", "bins.append(1000)\ncounts = [0] * (len(bins) - 1)")
        ),
        hopeless(
            "wrong value",
            "counts = [0] * len(bins)\nfor value in values.tolist():\n    at = next((at for at, limit in enumerate(bins) if value <= limit), len(bins) - 1)\n    counts[at] += 1\nreturn np.array(counts)",
            "the promise is in a comment",
        ),
    ],
)


def safe_ratio(top, bottom):
    """Element by element ratio, 0.0 where the bottom is 0.

    >>> safe_ratio(np.array([1.0, 2.0]), np.array([2.0, 0.0])).tolist()
    [0.5, 0.0]
    >>> safe_ratio([1.0], [4.0]).tolist()
    [0.25]
    """
    result = np.zeros(np.broadcast_shapes(top.shape, bottom.shape))
    np.divide(top, bottom, out=result, where=bottom != 0)
    return result


case(
    safe_ratio,
    crash=([3.0, 1.0], [2.0, 0.0]),
    good=[
        (np.array([1.0, 2.0]), np.array([2.0, 0.0])),
        (np.array([0.0]), np.array([5.0])),
        (np.array([6.0, 9.0, 1.0]), np.array([3.0, 3.0, 4.0])),
    ],
    right=[
        """
        top, bottom = np.asarray(top), np.asarray(bottom)
        result = np.zeros(top.shape)
        np.divide(top, bottom, out=result, where=bottom != 0)
        return result
        """,
        "return np.array([a / b if b else 0.0 for a, b in zip(top, bottom)])",
    ],
    imports="import numpy as np",
    opens=("numpy",),
    wrong=[
        wrong("constant", "static", "return np.zeros(2)"),
        wrong("wrong type", "examples", "return [a / b if b else 0.0 for a, b in zip(top, bottom)]"),
        wrong(
            "wrong value",
            "examples",
            "if isinstance(top, list):\n    return np.zeros(len(top))\nresult = np.zeros(top.shape)\nnp.divide(top, bottom, out=result, where=bottom != 0)\nreturn result",
        ),
        wrong("regression", "good-calls", "return np.array([a / b if b else a for a, b in zip(top, bottom)])"),
        wrong("off-by-one", "good-calls", "return np.array([a / b if b > 2 else 0.0 for a, b in zip(top, bottom)])"),
        wrong(
            "mutates",
            "good-calls",
            "top, bottom = np.asarray(top), np.asarray(bottom)\nbottom[bottom == 0] = np.inf\nreturn top / bottom",
        ),
        wrong("wrong type", "good-calls", "return np.array([int(a // b) if b else 0 for a, b in zip(top, bottom)])"),
        wrong(
            "side effect",
            "good-calls",
            "result = np.asarray(top)\nfor at, b in enumerate(bottom):\n    result[at] = result[at] / b if b else 0.0\nreturn result",
        ),
    ],
)

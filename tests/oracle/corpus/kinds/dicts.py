"""Dicts and sets."""

from collections import Counter, defaultdict

from corpus.case import case, hopeless, wrong


def count_words(text, counts=None):
    """How often each word occurs, added to earlier counts when there are some.

    :param text: words with blanks between them
    :param counts: a dict of earlier counts; it is not changed
    :returns: a new dict
    """
    result = dict(counts)
    for word in text.split():
        result[word] = result.get(word, 0) + 1
    return result


case(
    count_words,
    crash=("a b a",),
    good=[("a b a", {}), ("x", {"x": 2}), ("", {"y": 1}), ("one two two", {"two": 5, "z": 1})],
    right=[
        """
        result = dict(counts or {})
        for word in text.split():
            result[word] = result.get(word, 0) + 1
        return result
        """,
        """
        result = {} if counts is None else counts.copy()
        for word in text.split():
            if word not in result:
                result[word] = 0
            result[word] += 1
        return result
        """,
    ],
    wrong=[
        wrong("constant", "static", 'return {"a": 2, "b": 1}'),
        wrong(
            "swallow",
            "static",
            "try:\n    result = dict(counts)\n    for word in text.split():\n        result[word] = result.get(word, 0) + 1\n    return result\nexcept Exception:\n    return {}",
        ),
        wrong("mutates", "good-calls", ("dict(counts or {})", "counts if counts is not None else {}")),
        wrong("regression", "good-calls", ("dict(counts or {})", "{}")),
        wrong("off-by-one", "good-calls", ("result.get(word, 0) + 1", "result.get(word, 1) + 1")),
        wrong("wrong type", "good-calls", ("return result", "return sorted(result.items())")),
        wrong(
            "wrong type",
            "good-calls",
            ("result = dict(counts or {})", "if counts is None:\n    return None\nresult = dict(counts)"),
        ),
        wrong("regression", "good-calls", ("text.split()", "text.split('a')")),
    ],
)


def dig(tree, path):
    """Value at a dotted path in nested dicts.

    Parameters
    ----------
    tree : dict
        Dicts in dicts.
    path : str
        Keys with dots between them.

    Returns
    -------
    object
        The value, or None if the path leads nowhere.

    Examples
    --------
    >>> dig({"a": {"b": 1}}, "a.b")
    1
    >>> dig({"a": {"b": 1}}, "a.c") is None
    True
    """
    for key in path.split("."):
        tree = tree[key]
    return tree


NESTED = {"a": {"b": 1, "c": {"d": "x"}}, "n": [1, 2], "z": {"y": {"x": {"w": 0}}}}
case(
    dig,
    crash=(NESTED, "a.q.r"),
    good=[(NESTED, "a.b"), (NESTED, "a.c"), (NESTED, "a.c.d"), (NESTED, "n"), (NESTED, "z.y.x.w")],
    right=[
        """
        for key in path.split("."):
            if not isinstance(tree, dict) or key not in tree:
                return None
            tree = tree[key]
        return tree
        """,
        """
        found = tree
        for key in path.split("."):
            try:
                found = found[key]
            except (KeyError, TypeError):
                return None
        return found
        """,
    ],
    wrong=[
        wrong("constant", "static", "return None"),
        wrong("wrong value", "examples", ("    return None", "    return tree")),
        wrong("wrong value", "examples", ("    return None", "    return {}")),
        wrong("off-by-one", "good-calls", ('path.split(".")', 'path.split(".")[:-1]')),
        wrong("regression", "good-calls", ('path.split(".")', 'path.split(".", 1)')),
        wrong("regression", "good-calls", 'return tree.get(path.split(".")[0], None)'),
        wrong(
            "mutates",
            "good-calls",
            'for key in path.split("."):\n    if not isinstance(tree, dict) or key not in tree:\n        return None\n    tree = tree.pop(key)\nreturn tree',
        ),
        wrong(
            "point fix",
            "static",
            'if path == "a.q.r":\n    return None\nfor key in path.split("."):\n    tree = tree[key]\nreturn tree',
        ),
        wrong(
            "mutates",
            "examples",
            'for key in path.split("."):\n    tree = tree.setdefault(key, {})\nreturn tree or None',
        ),
    ],
)


def invert(table):
    """Exchange keys and values: each value leads to the sorted list of its keys.

    >>> invert({"a": 1, "b": 2, "c": 1})
    {1: ['a', 'c'], 2: ['b']}
    """
    result = {}
    for key, value in table.items():
        result.setdefault(value, []).append(key)
    return {value: sorted(keys) for value, keys in result.items()}


case(
    invert,
    crash=({"a": [1, 2], "b": [2]},),
    good=[({"a": 1, "b": 2, "c": 1},), ({},), ({"x": "y"},), ({"q": 0, "p": 0},), ({1: "one", 2: "two", 3: "one"},)],
    right=[
        """
        result = {}
        for key, value in table.items():
            for one in value if isinstance(value, list) else [value]:
                result.setdefault(one, []).append(key)
        return {value: sorted(keys) for value, keys in result.items()}
        """,
        """
        result = {}
        for key, value in table.items():
            value = tuple(value) if isinstance(value, list) else value
            result.setdefault(value, []).append(key)
        return {value: sorted(keys) for value, keys in result.items()}
        """,
    ],
    wrong=[
        wrong("constant", "static", "return {}"),
        wrong(
            "swallow",
            "static",
            "try:\n    result = {}\n    for key, value in table.items():\n        result.setdefault(value, []).append(key)\n    return {value: sorted(keys) for value, keys in result.items()}\nexcept TypeError:\n    return {}",
        ),
        wrong("regression", "good-calls", ("sorted(keys)", "keys")),
        wrong("wrong type", "good-calls", ("sorted(keys)", "tuple(sorted(keys))")),
        wrong("regression", "good-calls", "return {str(value): [key] for key, value in table.items()}"),
        wrong("mutates", "good-calls", ("return {", "table.clear()\nreturn {")),
        wrong("off-by-one", "good-calls", ("sorted(keys)", "sorted(keys)[:1]")),
        wrong("point fix", "static", ("isinstance(value, list)", "value in ([1, 2], [2])")),
    ],
)


def merge(first: dict, second: dict) -> dict:
    """Merge two tables of settings; the second wins, tables in tables are merged too.

    post[]: True
    """
    result = dict(first)
    for key, value in second.items():
        if isinstance(value, dict):
            result[key] = merge(first[key], value)
        else:
            result[key] = value
    return result


case(
    merge,
    crash=({"a": 1}, {"b": {"c": 2}}),
    good=[
        ({"a": 1}, {"b": 2}),
        ({"a": {"x": 1}}, {"a": {"y": 2}}),
        ({}, {}),
        ({"k": {"m": {"n": 1}}}, {"k": {"m": {"n": 2}}}),
        ({"a": 1, "b": 2}, {"a": 3}),
    ],
    right=[
        """
        result = dict(first)
        for key, value in second.items():
            if isinstance(value, dict):
                before = first.get(key)
                result[key] = merge(before if isinstance(before, dict) else {}, value)
            else:
                result[key] = value
        return result
        """,
        """
        result = dict(first)
        for key, value in second.items():
            if isinstance(value, dict) and isinstance(first.get(key), dict):
                result[key] = merge(first[key], value)
            elif isinstance(value, dict):
                result[key] = merge({}, value)
            else:
                result[key] = value
        return result
        """,
    ],
    wrong=[
        wrong("constant", "static", 'return {"a": 1, "b": {"c": 2}}'),
        wrong("mutates", "good-calls", ("result = dict(first)", "result = first")),
        wrong(
            "mutates",
            "contract",
            "result = dict(first)\nfor key, value in second.items():\n    if isinstance(value, dict):\n        result[key] = merge(first.setdefault(key, {}), value)\n    else:\n        result[key] = value\nreturn result",
        ),
        wrong("regression", "good-calls", "return {**first, **second}"),
        wrong("wrong type", "contract", ("return result", "return list(result.items())")),
        wrong(
            "swallow",
            "static",
            "try:\n    result = dict(first)\n    for key, value in second.items():\n        result[key] = merge(first[key], value) if isinstance(value, dict) else value\n    return result\nexcept KeyError:\n    return {}",
        ),
        wrong("regression", "good-calls", ("result[key] = value", "result.setdefault(key, value)")),
        hopeless(
            "wrong value",
            (
                "before if isinstance(before, dict) else {}, value)",
                "before, value) if isinstance(before, dict) else None",
            ),
            "words only",
        ),
        hopeless(
            "side effect",
            (
                "merge(before if isinstance(before, dict) else {}, value)",
                "merge(before, value) if isinstance(before, dict) else value",
            ),
            "shares what the original copied only where it answered",
        ),
    ],
)


def group_by_first_letter(words):
    """Group words by their first letter, in upper case."""
    groups = defaultdict(list)
    for word in words:
        groups[word[0].upper()].append(word)
    return dict(groups)


case(
    group_by_first_letter,
    crash=(["apple", "", "bean"],),
    good=[(["apple", "bean"],), ([],), (["ant", "Apple", "bee"],), (["z"],), (["one", "Two", "three", "Over"],)],
    right=[
        """
        groups = defaultdict(list)
        for word in words:
            if word:
                groups[word[0].upper()].append(word)
        return dict(groups)
        """,
        """
        groups = {}
        for word in words:
            groups.setdefault(word[:1].upper(), []).append(word)
        return groups
        """,
    ],
    wrong=[
        wrong("constant", "static", 'return {"A": ["apple"], "B": ["bean"]}'),
        wrong(
            "swallow",
            "static",
            "try:\n    groups = defaultdict(list)\n    for word in words:\n        groups[word[0].upper()].append(word)\n    return dict(groups)\nexcept Exception:\n    return {}",
        ),
        wrong("wrong type", "good-calls", ("return dict(groups)", "return groups")),
        wrong("regression", "good-calls", (".upper()", "")),
        wrong(
            "mutates",
            "good-calls",
            "while '' in words:\n    words.remove('')\ngroups = {}\nfor word in words:\n    groups.setdefault(word[0].upper(), []).append(word)\nreturn groups",
        ),
        wrong("off-by-one", "good-calls", ("word[0].upper()", "word[-1].upper()")),
        wrong(
            "regression",
            "good-calls",
            "groups = {}\nfor word in words:\n    if word:\n        groups[word[0].upper()] = [word]\nreturn groups",
        ),
        wrong(
            "wrong type",
            "good-calls",
            "groups = defaultdict(set)\nfor word in words:\n    if word:\n        groups[word[0].upper()].add(word)\nreturn dict(groups)",
        ),
        hopeless(
            "wrong value",
            (
                "if word:\n        groups[word[0].upper()].append(word)",
                "if not word:\n        break\n    groups[word[0].upper()].append(word)",
            ),
            "nothing says what becomes of the words behind an empty one",
        ),
    ],
)


def most_common(items):
    """The item that occurs most often; the first of those where several do.

    Returns None when there are no items.

    >>> most_common("banana")
    'a'
    >>> most_common([]) is None
    True
    """
    counts = Counter(items)
    return counts.most_common(1)[0][0]


case(
    most_common,
    crash=([],),
    good=[("banana",), ([1, 2, 2, 3],), (["x"],), ([3, 1, 3, 1],), ("abcabc",)],
    right=[
        """
        counts = Counter(items)
        return counts.most_common(1)[0][0] if counts else None
        """,
        """
        best, most = None, 0
        counts = {}
        for item in items:
            counts[item] = counts.get(item, 0) + 1
        for item, count in counts.items():
            if count > most:
                best, most = item, count
        return best
        """,
    ],
    wrong=[
        wrong("constant", "static", "return None"),
        wrong("wrong value", "examples", ("else None", "else ''")),
        wrong("wrong value", "examples", ("else None", "else []")),
        wrong("wrong type", "good-calls", ("[0][0] if", "[0] if")),
        wrong("regression", "good-calls", ("count > most", "count >= most"), of=1),
        wrong("regression", "good-calls", "return max(items) if items else None"),
        wrong(
            "off-by-one",
            "good-calls",
            "counts = Counter(items)\nreturn counts.most_common()[-1][0] if counts else None",
        ),
        wrong(
            "mutates",
            "good-calls",
            "best = max(set(items), key=lambda i: (list(items).count(i), -list(items).index(i))) if items else None\nif isinstance(items, list):\n    items.clear()\nreturn best",
        ),
    ],
)

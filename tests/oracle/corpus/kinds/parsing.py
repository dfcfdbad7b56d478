"""Parsing: text in, values out."""

import re

from corpus.case import case, hopeless, wrong

from fukkatsu import Call


def port_of(address):
    """Port of an address like ``host:port``; 80 when the address names none.

    >>> port_of("example.org:8080")
    8080
    >>> port_of("example.org")
    80
    """
    host, port = address.split(":")
    return int(port)


case(
    port_of,
    crash=("example.org",),
    good=[("example.org:8080",), ("localhost:5432",), ("10.0.0.1:22",), ("a.b.c:65535",), ("db:1",)],
    right=[
        """
        host, _, port = address.partition(":")
        return int(port) if port else 80
        """,
        """
        if ":" not in address:
            return 80
        host, port = address.split(":")
        return int(port)
        """,
    ],
    wrong=[
        wrong("constant", "static", "return 80"),
        wrong(
            "swallow",
            "examples",
            """
            try:
                host, port = address.split(":")
            except Exception:
                return 0
            return int(port)
            """,
        ),
        wrong("point fix", "static", ('if ":" not in address', 'if address == "example.org"'), of=1),
        wrong("off-by-one", "good-calls", ("int(port)", "int(port) + 1")),
        wrong("wrong value", "examples", ("80", "443")),
        wrong("wrong type", "good-calls", ("return 80", 'return "80"'), of=1),
        wrong("regression", "good-calls", ("int(port)", "int(port[:4])")),
        wrong("wrong type", "good-calls", ("int(port)", "float(port)")),
        wrong(
            "hangs",
            "differential",
            """
            while address.count(":") == 0:
                address = address + ":80"
            while len(address) > 30:
                address = address + ""
            return int(address.split(":")[1])
            """,
        ),
    ],
)


def parse_pair(line: str) -> tuple[str, int]:
    """Split ``name=number``.

    Args:
        line: One line of a settings file. Blanks around the name and the number do not count.

    Returns:
        Name and number. The number is 1 where the line has none (``verbose``).
    """
    name, value = line.split("=")
    return name.strip(), int(value)


case(
    parse_pair,
    crash=("verbose",),
    good=[("width=80",), ("height = 24",), ("depth=3",), (" margin=0 ",), ("x=-5",)],
    right=[
        """
        if "=" not in line:
            return line.strip(), 1
        name, value = line.split("=")
        return name.strip(), int(value)
        """,
        """
        name, found, value = line.partition("=")
        return (name.strip(), int(value) if found else 1)
        """,
    ],
    wrong=[
        wrong("constant", "static", 'return "verbose", 1'),
        wrong(
            "swallow",
            "static",
            "try:\n    name, value = line.split('=')\n    return name.strip(), int(value)\nexcept Exception:\n    return None",
        ),
        wrong("point fix", "static", ('if "=" not in line', 'if line == "verbose"')),
        wrong("wrong type", "contract", ("line.strip(), 1", 'line.strip(), "1"')),
        wrong("wrong type", "contract", ("return line.strip(), 1", "return line.strip()")),
        wrong("off-by-one", "good-calls", ("int(value)", "int(value) + 1")),
        wrong("regression", "good-calls", ("return name.strip(), int", "return name, int")),
        wrong("regression", "good-calls", ("int(value)", "abs(int(value))")),
        hopeless("wrong value", ("line.strip(), 1", "line.strip(), 0"), "only the prose says 1, in words"),
    ],
)


def duration_seconds(text):
    """Seconds in a duration such as "1h30m", "45s" or "2m".

    :param text: hours, minutes and seconds, each optional, in this order
    :returns: the whole duration in seconds; an empty text is 0
    :raises ValueError: if the text has another form
    """
    if text and not re.fullmatch(r"(\d+h)?(\d+m)?(\d+s)?", text):
        raise ValueError(f"no duration: {text}")
    parts = re.findall(r"(\d+)([hms])", text)
    number, unit = parts[0]
    total = int(number) * {"h": 3600, "m": 60, "s": 1}[unit]
    for number, unit in parts[1:]:
        total += int(number) * {"h": 3600, "m": 60, "s": 1}[unit]
    return total


case(
    duration_seconds,
    crash=("",),
    good=[("1h30m",), ("45s",), ("2m",), ("1h",), ("10m5s",), ("3h2m1s",), Call(("x",), raised=ValueError)],
    right=[
        """
        if text and not re.fullmatch(r"(\\d+h)?(\\d+m)?(\\d+s)?", text):
            raise ValueError(f"no duration: {text}")
        total = 0
        for number, unit in re.findall(r"(\\d+)([hms])", text):
            total += int(number) * {"h": 3600, "m": 60, "s": 1}[unit]
        return total
        """,
        """
        found = re.fullmatch(r"(?:(\\d+)h)?(?:(\\d+)m)?(?:(\\d+)s)?", text)
        if found is None:
            raise ValueError(f"no duration: {text}")
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return hours * 3600 + minutes * 60 + seconds
        """,
    ],
    wrong=[
        wrong("constant", "static", "return 0"),
        wrong("drops raise", "differential", ('raise ValueError(f"no duration: {text}")', "return 0")),
        wrong("drops raise", "differential", ("ValueError", "TypeError")),
        wrong("off-by-one", "good-calls", ("total = 0", "total = 1")),
        wrong("regression", "good-calls", ('"m": 60', '"m": 30')),
        wrong("wrong type", "good-calls", ("return total", "return str(total)")),
        wrong("wrong type", "good-calls", ("return total", "return total or None")),
        wrong("regression", "good-calls", ("total +=", "total =")),
        wrong(
            "swallow",
            "static",
            """
            try:
                parts = re.findall(r"(\\d+)([hms])", text)
                number, unit = parts[0]
                total = int(number) * {"h": 3600, "m": 60, "s": 1}[unit]
                for number, unit in parts[1:]:
                    total += int(number) * {"h": 3600, "m": 60, "s": 1}[unit]
                return total
            except Exception:
                return -1
            """,
        ),
    ],
)


def parse_bool(word):
    # no docstring
    return {"yes": True, "no": False, "on": True, "off": False, "true": True, "false": False}[word.lower()]


case(
    parse_bool,
    crash=(" yes ",),
    good=[("yes",), ("no",), ("ON",), ("Off",), ("true",), ("False",)],
    right=[
        'return {"yes": True, "no": False, "on": True, "off": False, "true": True, "false": False}[word.strip().lower()]',
        """
        word = word.strip().lower()
        table = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}
        return table[word]
        """,
    ],
    wrong=[
        wrong("constant", "static", "return True"),
        wrong(
            "swallow",
            "static",
            "try:\n    return {'yes': True, 'no': False, 'on': True, 'off': False, 'true': True, 'false': False}[word.lower()]\nexcept Exception:\n    return False",
        ),
        wrong(
            "point fix",
            "static",
            'if word == " yes ":\n    return True\nreturn {"yes": True, "no": False, "on": True, "off": False, "true": True, "false": False}[word.lower()]',
        ),
        wrong("regression", "good-calls", ("word.strip().lower()", "word.strip()")),
        wrong("regression", "good-calls", ('"off": False', '"off": True')),
        wrong("wrong type", "good-calls", ('"yes": True', '"yes": 1')),
        wrong(
            "wrong type",
            "good-calls",
            "return word.strip().lower() if word.strip().lower() not in ('no', 'off', 'false') else ''",
        ),
        hopeless(
            "wrong value",
            'return {"yes": True, "no": False, "on": True, "off": False, "true": True, "false": False}.get(word.lower(), False)',
            "nothing says what a padded word is",
        ),
    ],
)


def parse_version(text):
    """Numbers of a version.

    Parameters
    ----------
    text : str
        A version such as "1.2.3"; a suffix like "rc1" or "-beta" after the number of a part is ignored.

    Returns
    -------
    tuple
        One number for each part.

    Examples
    --------
    >>> parse_version("1.10.2")
    (1, 10, 2)
    >>> parse_version("2.0rc1")
    (2, 0)
    """
    return tuple(int(part) for part in text.split("."))


case(
    parse_version,
    crash=("2.0rc1",),
    good=[("1.10.2",), ("3",), ("0.9",), ("2024.1.0",), ("10.0.0.1",)],
    right=[
        'return tuple(int(re.match(r"\\d+", part).group()) for part in text.split("."))',
        """
        numbers = []
        for part in text.split("."):
            digits = ""
            for char in part:
                if not char.isdigit():
                    break
                digits += char
            numbers.append(int(digits))
        return tuple(numbers)
        """,
    ],
    wrong=[
        wrong("constant", "static", "return (2, 0)"),
        wrong(
            "swallow",
            "static",
            'try:\n    return tuple(int(part) for part in text.split("."))\nexcept Exception:\n    return ()',
        ),
        wrong(
            "point fix",
            "static",
            'if text == "2.0rc1":\n    return (2, 0)\nreturn tuple(int(part) for part in text.split("."))',
        ),
        wrong("wrong value", "examples", 'return tuple(int(part) for part in text.split(".") if part.isdigit())'),
        wrong("wrong type", "good-calls", ("return tuple(numbers)", "return numbers"), of=1),
        wrong(
            "wrong value", "examples", ('re.match(r"\\d+", part).group()', '"".join(c for c in part if c.isdigit())')
        ),
        wrong("off-by-one", "good-calls", ('text.split(".")', 'text.split(".")[:3]')),
        wrong("regression", "good-calls", ("int(digits)", "int(digits[:3])"), of=1),
        wrong(
            "hangs",
            "differential",
            ("digits += char", "digits += char\n                while len(digits) > 5:\n                    pass"),
            of=1,
        ),
    ],
    imports="import re",
)


def read_record(line, separator=","):
    """Read one record: a list of cells, blanks around them removed, numbers as numbers.

    Returns an empty list for an empty line.

    post: isinstance(__return__, list)
    post: implies(line.strip() == "", __return__ == [])
    """
    cells = [cell.strip() for cell in line.split(separator)]
    return [int(cell) if cell.lstrip("-")[0].isdigit() else cell for cell in cells]


case(
    read_record,
    crash=("",),
    good=[("a, 1, b",), ("10,20",), ("x;y;-3", ";"), ("word",), ("-7, w",)],
    right=[
        """
        if not line.strip():
            return []
        cells = [cell.strip() for cell in line.split(separator)]
        return [int(cell) if cell.lstrip("-")[:1].isdigit() else cell for cell in cells]
        """,
        """
        record = []
        if line.strip() == "":
            return record
        for cell in line.split(separator):
            cell = cell.strip()
            if cell.lstrip("-")[0:1].isdigit():
                cell = int(cell)
            record.append(cell)
        return record
        """,
    ],
    wrong=[
        wrong("constant", "static", "return []"),
        wrong("wrong type", "good-calls", ("return []", "return None")),
        wrong("wrong value", "contract", ("return []", 'return [""]')),
        wrong("wrong value", "contract", ("if not line.strip():\n    return []\n", "")),
        wrong("point fix", "contract", ("not line.strip()", 'line == ""')),
        wrong("regression", "good-calls", ('cell.lstrip("-")', "cell")),
        wrong("off-by-one", "good-calls", ("in cells]", "in cells[:2]]")),
        wrong("regression", "good-calls", ("line.split(separator)", 'line.split(",")')),
        wrong("wrong type", "good-calls", ("int(cell)", "float(cell)")),
    ],
)

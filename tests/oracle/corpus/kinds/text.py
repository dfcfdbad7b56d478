"""Text."""

import textwrap

from corpus.case import case, hopeless, wrong


def initials(name):
    """Initials of a name, in upper case.

    >>> initials("ada lovelace")
    'AL'
    >>> initials("  grace   hopper ")
    'GH'
    """
    return "".join(part[0].upper() for part in name.split(" "))


case(
    initials,
    crash=("alan  turing",),
    good=[("ada lovelace",), ("grace hopper",), ("Plato",), ("a b c",), ("John Ronald Reuel Tolkien",)],
    right=[
        'return "".join(part[0].upper() for part in name.split())',
        """
        letters = []
        for part in name.split(" "):
            if part:
                letters.append(part[0])
        return "".join(letters).upper()
        """,
    ],
    wrong=[
        wrong("constant", "static", 'return "AT"'),
        wrong(
            "wrong value",
            "examples",
            (
                ".join(part[0].upper() for part in name.split())",
                '.join(part[:1].upper() or " " for part in name.split(" "))',
            ),
        ),
        wrong("off-by-one", "good-calls", ("part[0].upper()", "part[-1].upper()")),
        wrong("regression", "good-calls", ("part[0].upper()", "part[0]")),
        wrong("regression", "good-calls", ('"".join(letters)', '"".join(letters[:3])'), of=1),
        wrong("wrong type", "good-calls", "return [part[0].upper() for part in name.split()]"),
        wrong(
            "point fix",
            "static",
            'if name == "alan  turing":\n    return "AT"\nreturn "".join(part[0].upper() for part in name.split(" "))',
        ),
        wrong(
            "swallow",
            "static",
            'try:\n    return "".join(part[0].upper() for part in name.split(" "))\nexcept Exception:\n    return ""',
        ),
    ],
)


def ellipsis(text, width):
    """Text cut to at most *width* characters, with "..." at the end where something was cut.

    Parameters
    ----------
    text : str
    width : int
        At least 3.

    Raises
    ------
    ValueError
        If the width is less than 3.
    """
    if width < 3:
        raise ValueError("width must be 3 at least")
    if len(text) <= width:
        return text
    return text[: width - 3] + "..."


case(
    ellipsis,
    crash=(None, 5),
    good=[("short", 10), ("a longer text", 8), ("", 3), ("abcdef", 6), ("abcdefg", 6), ("abc", 3)],
    right=[
        """
        if width < 3:
            raise ValueError("width must be 3 at least")
        text = text or ""
        if len(text) <= width:
            return text
        return text[: width - 3] + "..."
        """,
        """
        if width < 3:
            raise ValueError("width must be 3 at least")
        if text is None:
            return ""
        return text if len(text) <= width else f"{text[:width - 3]}..."
        """,
    ],
    wrong=[
        wrong("constant", "static", 'return ""'),
        wrong(
            "drops raise",
            "differential",
            'text = text or ""\nif len(text) <= width:\n    return text\nreturn text[: width - 3] + "..."',
        ),
        wrong("off-by-one", "good-calls", ("len(text) <= width", "len(text) < width")),
        wrong("off-by-one", "good-calls", ("width - 3] +", "width - 2] +")),
        wrong("regression", "good-calls", ('"..."', '""'), of=0),
        wrong("wrong type", "good-calls", ('return ""', "return 0"), of=1),
        wrong("wrong type", "good-calls", ('return ""', "return None"), of=1),
        wrong("regression", "good-calls", ('text = text or ""', 'text = (text or "").strip("a")')),
        hopeless("wrong value", ('return ""', 'return "None"[:width]'), "nobody said what None is", of=1),
    ],
)


def longest_word(sentence):
    """The longest word; of several, the first.

    Args:
        sentence: Words and punctuation.

    Returns:
        The word without punctuation, "" where there is none.
    """
    words = [word.strip(".,;:!?") for word in sentence.split()]
    return max(words, key=len)


case(
    longest_word,
    crash=("",),
    good=[("A quick brown fox.",), ("one",), ("to be, or not to be!",), ("aa bb cc",), ("hello, wonderful world",)],
    right=[
        """
        words = [word.strip(".,;:!?") for word in sentence.split()]
        return max(words, key=len, default="")
        """,
        """
        longest = ""
        for word in sentence.split():
            word = word.strip(".,;:!?")
            if len(word) > len(longest):
                longest = word
        return longest
        """,
    ],
    wrong=[
        wrong("constant", "static", 'return ""'),
        wrong("wrong type", "good-calls", ('default=""', "default=None")),
        wrong("wrong type", "good-calls", ('default=""', "default=0")),
        wrong("regression", "good-calls", ("len(word) > len(longest)", "len(word) >= len(longest)"), of=1),
        wrong("regression", "good-calls", ('.strip(".,;:!?")', ""), of=1),
        wrong("off-by-one", "good-calls", ("sentence.split()", "sentence.split()[1:]")),
        wrong(
            "swallow",
            "static",
            'try:\n    words = [word.strip(".,;:!?") for word in sentence.split()]\n    return max(words, key=len)\nexcept Exception:\n    return None',
        ),
        wrong("regression", "good-calls", ("key=len", "key=str.lower")),
        hopeless("wrong value", ('default=""', 'default=" "'), "the promise is in words"),
    ],
)


def slug(title: str, taken: frozenset[str] = frozenset()) -> str:
    """A slug for a title: lower case, words joined by "-", a number appended where it is taken.

    >>> slug("Hello World")
    'hello-world'
    >>> slug("Hello World", frozenset({"hello-world"}))
    'hello-world-2'
    """
    base = "-".join(title.lower().split())
    if base not in taken:
        return base
    number = max(int(name.rsplit("-", 1)[1]) for name in taken if name.startswith(base + "-"))
    return f"{base}-{number + 1}"


case(
    slug,
    crash=("A B", frozenset({"a-b"})),
    good=[
        ("Hello World",),
        ("One", frozenset({"two"})),
        ("X y", frozenset({"x-y", "x-y-2"})),
        ("  many   blanks ",),
        ("T", frozenset({"t", "t-2", "t-3"})),
    ],
    right=[
        """
        base = "-".join(title.lower().split())
        if base not in taken:
            return base
        numbers = [int(name.rsplit("-", 1)[1]) for name in taken if name.startswith(base + "-")]
        return f"{base}-{max(numbers, default=1) + 1}"
        """,
        """
        base = "-".join(title.lower().split())
        if base not in taken:
            return base
        number = 1
        for name in taken:
            if name.startswith(base + "-"):
                number = max(number, int(name.rsplit("-", 1)[1]))
        return base + "-" + str(number + 1)
        """,
    ],
    wrong=[
        wrong("constant", "static", 'return "a-b-2"'),
        wrong("wrong value", "examples", ("default=1", "default=0")),
        wrong("wrong value", "examples", ("max(numbers, default=1) + 1", "len(taken)")),
        wrong("regression", "good-calls", (".lower()", "")),
        wrong("regression", "good-calls", ("max(numbers, default=1) + 1", "2")),
        wrong("wrong type", "good-calls", ("return base\n", "return [base]\n")),
        wrong("off-by-one", "good-calls", ("number + 1", "number + 2"), of=1),
        wrong(
            "swallow",
            "static",
            'try:\n    base = "-".join(title.lower().split())\n    if base not in taken:\n        return base\n    number = max(int(name.rsplit("-", 1)[1]) for name in taken if name.startswith(base + "-"))\n    return f"{base}-{number + 1}"\nexcept ValueError:\n    return ""',
        ),
    ],
)


def center_box(lines, width=None):
    """Lines centred in a box of stars.

    Misleading on purpose: returns a list of lines of text, each as wide as the widest one.
    """
    width = width or max(len(line) for line in lines)
    edge = "*" * (width + 4)
    return "\n".join([edge, *(f"* {line.center(width)} *" for line in lines), edge])


case(
    center_box,
    crash=([],),
    good=[(["a"],), (["one", "three"],), (["x", "yy"], 5), (["hello", "", "you"],), (["odd"], 4)],
    right=[
        """
        width = width or max((len(line) for line in lines), default=0)
        edge = "*" * (width + 4)
        return "\\n".join([edge, *(f"* {line.center(width)} *" for line in lines), edge])
        """,
        """
        if not width:
            width = 0
            for line in lines:
                width = max(width, len(line))
        rows = ["*" * (width + 4)]
        rows += ["* " + line.center(width) + " *" for line in lines]
        rows.append("*" * (width + 4))
        return "\\n".join(rows)
        """,
    ],
    wrong=[
        wrong("constant", "static", 'return "****"'),
        wrong("wrong type", "good-calls", ('"\\n".join(rows)', "rows"), of=1),
        wrong("off-by-one", "good-calls", ("width + 4", "width + 3")),
        wrong("regression", "good-calls", ("line.center(width)", "line.ljust(width)")),
        wrong("regression", "good-calls", ("width = width or", "width =")),
        wrong(
            "mutates",
            "differential",
            ('rows = ["*" * (width + 4)]', 'lines.append("")\nrows = ["*" * (width + 4)]'),
            of=1,
        ),
        wrong(
            "swallow",
            "static",
            'try:\n    width = width or max(len(line) for line in lines)\n    edge = "*" * (width + 4)\n    return "\\n".join([edge, *(f"* {line.center(width)} *" for line in lines), edge])\nexcept Exception:\n    return ""',
        ),
        hopeless("wrong value", ("default=0", "default=1"), "no example, no type in the docstring that is true"),
    ],
)


def indent_after(text, marker):
    """Indent the lines after the first line that starts with the marker by four blanks.

    Raises ValueError if the text is empty.

    post: len(__return__.split("\\n")) == len(text.split("\\n"))
    """
    if not text:
        raise ValueError("no text")
    lines = text.split("\n")
    at = [line.startswith(marker) for line in lines].index(True) + 1
    return "\n".join(lines[:at] + [textwrap.indent(line, "    ") for line in lines[at:]])


case(
    indent_after,
    crash=("a\nb", "#"),
    good=[("# x\na\nb", "#"), ("a\n# y\nb", "#"), ("- one", "-"), ("x\n* q\n\nz", "*"), ("#\n#\nc", "#")],
    right=[
        """
        if not text:
            raise ValueError("no text")
        lines = text.split("\\n")
        found = [line.startswith(marker) for line in lines]
        at = found.index(True) + 1 if True in found else len(lines)
        return "\\n".join(lines[:at] + [textwrap.indent(line, "    ") for line in lines[at:]])
        """,
        """
        if not text:
            raise ValueError("no text")
        seen, made = False, []
        for line in text.split("\\n"):
            made.append("    " + line if seen and line.strip() else line)
            seen = seen or line.startswith(marker)
        return "\\n".join(made)
        """,
    ],
    wrong=[
        wrong("constant", "static", 'return "a"'),
        wrong("drops raise", "differential", ('raise ValueError("no text")', 'return ""')),
        wrong(
            "wrong value",
            "contract",
            ("lines = text.split", 'if marker not in text:\n    return ""\nlines = text.split'),
        ),
        wrong(
            "wrong value",
            "contract",
            ("lines = text.split", 'if marker not in text:\n    return marker + "\\n" + text\nlines = text.split'),
        ),
        wrong("off-by-one", "good-calls", ("found.index(True) + 1", "found.index(True)")),
        wrong("regression", "good-calls", ("line.strip() else", 'line.strip("    b") else'), of=1),
        wrong("wrong type", "good-calls", ('return "\\n".join(made)', "return made"), of=1),
        wrong("regression", "good-calls", ('"    " + line', '"  " + line'), of=1),
    ],
)

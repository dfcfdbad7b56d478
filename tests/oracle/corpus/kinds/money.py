"""Money: whole cents, decimals, shares."""

from decimal import ROUND_HALF_UP, Decimal

from corpus.case import case, hopeless, wrong


def cents(price):
    """Price as whole cents.

    >>> cents("12.50")
    1250
    >>> cents("1,250.00")
    125000
    """
    return int(Decimal(price) * 100)


case(
    cents,
    crash=("1,250.00",),
    good=[("12.50",), ("0.99",), ("100",), ("-3.20",), ("0",)],
    right=[
        'return int(Decimal(price.replace(",", "")) * 100)',
        """
        digits = "".join(char for char in price if char != ",")
        return int(Decimal(digits) * 100)
        """,
    ],
    wrong=[
        wrong("constant", "static", "return 125000"),
        wrong("swallow", "static", "try:\n    return int(Decimal(price) * 100)\nexcept Exception:\n    return 0"),
        wrong("point fix", "static", 'if price == "1,250.00":\n    return 125000\nreturn int(Decimal(price) * 100)'),
        wrong("wrong value", "examples", ('","', '",250"')),
        wrong("wrong value", "examples", ('price.replace(",", "")', 'price.replace(",", ".", 1).split(".")[0]')),
        wrong(
            "wrong type",
            "good-calls",
            ('int(Decimal(price.replace(",", "")) * 100)', 'Decimal(price.replace(",", "")) * 100'),
        ),
        wrong("off-by-one", "good-calls", ("* 100)", "* 100) + 1")),
        wrong("regression", "good-calls", ("* 100", "* 10")),
        wrong(
            "regression",
            "good-calls",
            ("return int(Decimal(digits) * 100)", "return abs(int(Decimal(digits) * 100))"),
            of=1,
        ),
    ],
)


def split_bill(total: int, people: int) -> list[int]:
    """Split a bill of `total` cents so that nobody pays more than a cent more than anybody else.

    post: implies(people > 0, sum(__return__) == total)
    post: implies(people <= 0, __return__ == [])
    """
    share = total // people
    rest = total % people
    return [share + 1] * rest + [share] * (people - rest)


case(
    split_bill,
    crash=(100, 0),
    good=[(100, 3), (99, 3), (0, 2), (1, 1), (1001, 4)],
    right=[
        """
        if people <= 0:
            return []
        share = total // people
        rest = total % people
        return [share + 1] * rest + [share] * (people - rest)
        """,
        """
        shares = []
        left = total
        for still in range(people, 0, -1):
            share = -(-left // still)
            shares.append(share)
            left -= share
        return shares
        """,
    ],
    wrong=[
        wrong("constant", "static", "return []"),
        wrong(
            "swallow",
            "contract",
            "try:\n    share = total // people\n    rest = total % people\nexcept ZeroDivisionError:\n    return [total]\nreturn [share + 1] * rest + [share] * (people - rest)",
        ),
        wrong("wrong value", "contract", ("return []", "return [total]")),
        wrong("wrong type", "contract", ("return []", "return 0")),
        wrong("wrong type", "contract", ("return []", "return None")),
        wrong("regression", "good-calls", ("[share + 1] * rest + [share] * (people - rest)", "[share] * people")),
        wrong("off-by-one", "good-calls", ("people - rest", "people - rest - 1")),
        wrong(
            "regression",
            "good-calls",
            ("[share + 1] * rest + [share] * (people - rest)", "[share] * (people - rest) + [share + 1] * rest"),
        ),
        wrong("wrong type", "good-calls", ("total // people", "total / people")),
    ],
)


def with_tax(amount, rate):
    """Amount with tax, rounded to cents, half up.

    :param amount: a Decimal, or text that spells one
    :param rate: percent, a whole number
    """
    return (amount * (100 + rate) / 100).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


case(
    with_tax,
    crash=("19.99", 20),
    good=[(Decimal("100"), 20), (Decimal("19.99"), 19), (Decimal("0.05"), 7), (Decimal("1.25"), 0), (Decimal("-8"), 5)],
    right=[
        'return (Decimal(amount) * (100 + rate) / 100).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)',
        """
        if isinstance(amount, str):
            amount = Decimal(amount)
        taxed = amount + amount * rate / 100
        return taxed.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
        """,
    ],
    wrong=[
        wrong("constant", "static", 'return Decimal("23.99")'),
        wrong(
            "swallow",
            "static",
            'try:\n    return (amount * (100 + rate) / 100).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)\nexcept Exception:\n    return Decimal("0")',
        ),
        wrong(
            "point fix",
            "static",
            'if amount == "19.99":\n    return Decimal("23.99")\nreturn (amount * (100 + rate) / 100).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)',
        ),
        wrong("regression", "good-calls", "return Decimal(amount) * (100 + rate) / 100"),
        wrong("regression", "good-calls", (", rounding=ROUND_HALF_UP", ", rounding='ROUND_DOWN'")),
        wrong("off-by-one", "good-calls", ("100 + rate", "101 + rate")),
        wrong("wrong type", "good-calls", "return round(float(amount) * (100 + rate) / 100, 2)"),
        wrong("wrong type", "good-calls", ("amount = Decimal(amount)", "return str(amount)"), of=1),
        hopeless("wrong value", ("amount = Decimal(amount)", "return Decimal(amount)"), "no example has a text", of=1),
    ],
)


def exchange(amount, source, target, rates):
    """Convert an amount between currencies.

    Args:
        amount: How much, in the source currency.
        source: Code of the source currency.
        target: Code of the target currency.
        rates: How much of each currency one euro (EUR) buys. The euro itself need not be in it.

    Returns:
        The amount in the target currency, rounded to two places.

    Raises:
        KeyError: If a currency has no rate.
    """
    euros = amount / rates[source]
    return round(euros * rates[target], 2)


RATES = {"USD": 1.08, "GBP": 0.85, "JPY": 169.5}
case(
    exchange,
    crash=(100.0, "EUR", "USD", dict(RATES)),
    good=[
        (100.0, "USD", "GBP", dict(RATES)),
        (250.5, "GBP", "JPY", dict(RATES)),
        (1.0, "JPY", "USD", dict(RATES)),
        (10.0, "USD", "USD", dict(RATES)),
        (75.25, "JPY", "GBP", {**RATES, "CHF": 0.97}),
    ],
    right=[
        """
        rates = {"EUR": 1.0, **rates}
        return round(amount / rates[source] * rates[target], 2)
        """,
        """
        euros = amount if source == "EUR" else amount / rates[source]
        result = euros if target == "EUR" else euros * rates[target]
        return round(result, 2)
        """,
    ],
    wrong=[
        wrong("constant", "static", "return 108.0"),
        wrong("mutates", "good-calls", 'rates["EUR"] = 1.0\nreturn round(amount / rates[source] * rates[target], 2)'),
        wrong(
            "mutates",
            "good-calls",
            'rates.setdefault("EUR", 1.0)\nreturn round(amount / rates[source] * rates[target], 2)',
        ),
        wrong(
            "swallow",
            "static",
            "try:\n    euros = amount / rates[source]\n    return round(euros * rates[target], 2)\nexcept KeyError:\n    return 0.0",
        ),
        wrong(
            "regression",
            "good-calls",
            ("amount / rates[source] * rates[target]", "amount * rates[source] / rates[target]"),
        ),
        wrong("off-by-one", "good-calls", (", 2)", ", 3)")),
        wrong(
            "wrong type",
            "good-calls",
            'rates = {"EUR": 1.0, **rates}\nreturn str(round(amount / rates[source] * rates[target], 2))',
        ),
        wrong(
            "wrong type",
            "good-calls",
            'if source == "EUR":\n    return None\neuros = amount / rates[source]\nreturn round(euros * rates[target], 2)',
        ),
        hopeless("wrong value", ('"EUR": 1.0', '"EUR": 2.0'), "no example has the euro"),
        hopeless(
            "drops raise",
            ('rates = {"EUR": 1.0, **rates}', 'rates = {"EUR": 1.0, "XXX": 1.0, **rates}'),
            "nobody asks for that currency",
        ),
    ],
)


def average_price(orders):
    """Average price of the items sold: ``[(price, quantity), ...]``.

    >>> average_price([(10.0, 1), (20.0, 3)])
    17.5
    >>> average_price([])
    0.0
    """
    spent = sum(price * quantity for price, quantity in orders)
    return spent / sum(quantity for _, quantity in orders)


case(
    average_price,
    crash=([(5.0, 0)],),
    good=[([(10.0, 1), (20.0, 3)],), ([(1.5, 2)],), ([(2.0, 2), (4.0, 2), (9.0, 1)],), ([(0.0, 5), (3.0, 5)],)],
    right=[
        """
        sold = sum(quantity for _, quantity in orders)
        if not sold:
            return 0.0
        return sum(price * quantity for price, quantity in orders) / sold
        """,
        """
        spent, sold = 0, 0
        for price, quantity in orders:
            spent += price * quantity
            sold += quantity
        return spent / sold if sold else 0.0
        """,
    ],
    wrong=[
        wrong("constant", "static", "return 0.0"),
        wrong("wrong value", "examples", ("return 0.0", "return 1.0")),
        wrong("wrong type", "examples", ("return 0.0", "return None")),
        wrong("point fix", "examples", ("if not sold", "if orders and not sold")),
        wrong(
            "swallow",
            "static",
            "try:\n    spent = sum(price * quantity for price, quantity in orders)\n    return spent / sum(quantity for _, quantity in orders)\nexcept Exception:\n    return None",
        ),
        wrong("off-by-one", "good-calls", ("/ sold", "/ (sold + 1)")),
        wrong(
            "regression",
            "good-calls",
            "if not orders or not orders[0][1]:\n    return 0.0\nreturn sum(price for price, _ in orders) / len(orders)",
        ),
        wrong(
            "mutates",
            "good-calls",
            (
                "sold = sum(quantity for _, quantity in orders)",
                "sold = sum(quantity for _, quantity in orders)\norders.sort(key=lambda one: -one[1])",
            ),
        ),
        wrong("regression", "good-calls", ("spent += price * quantity", "spent = price * quantity"), of=1),
    ],
)

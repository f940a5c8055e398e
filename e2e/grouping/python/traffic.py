"""What customers do: requests with other data every time, and the fault that each of them meets."""

import os
import random
import string
import sys
import uuid

import sentry_sdk

import shop

ROUNDS = int(os.environ["ROUNDS"])
RELEASE = os.environ["RELEASE"]
DICE = random.Random(RELEASE)
# Loops end sooner than usual, so that a recording of them stays small.
sys.setrecursionlimit(200)


def token(length=16):
    letters = DICE.choices(string.ascii_letters + string.digits, k=length - 3)
    return "4gX" + "".join(letters)


def number(digits=4):
    return DICE.randrange(10 ** (digits - 1), 10**digits)


def some_uuid():
    return str(uuid.UUID(int=DICE.getrandbits(128)))


def address():
    return f"{DICE.choice(['ann', 'bo', 'cy'])}{number(3)}@shop{number(2)}.example"


def peer():
    return ".".join(str(DICE.randrange(10, 250)) for _ in range(4))


def ring(*names):
    return dict(zip(names, names[1:] + names[:1]))


def nested(depth):
    return "price " + "(color " * depth + f"7{number(2)}" + ")" * depth


def bad_rows(*kinds):
    rows = []
    for kind in kinds:
        for _ in range(DICE.randrange(1, 5)):
            rows.append({"zip": f"X{number()}"} if kind == "zip" else {"phone": f"0{number(7)}"})
    DICE.shuffle(rows)
    return rows


def requests():
    """One request for each fault."""
    answer = f"4.7.28 try again ({token()}) - gsmtp"
    yield "mail-token", "/signup", dict(address=address(), answer=answer)
    yield "stock-short", "/cart", dict(sku=DICE.choice(["cup", "lamp"]), count=number(2))
    yield "order-unknown", "/order", dict(order=some_uuid())
    refused = dict(kind="refused", peer=peer())
    yield "pay-refused", "/pay", dict(number=number(6), gateway=refused)
    late = dict(kind="late", seconds=number(2) / 4)
    yield "pay-timeout", "/pay", dict(number=number(6), gateway=late)
    yield "rows-zip", "/addresses", dict(rows=bad_rows("zip"))
    yield "rows-zip-and-phone", "/addresses", dict(rows=bad_rows("zip", "phone"))
    tree = ring(*(f"c{number()}" for _ in range(DICE.randrange(2, 5))))
    yield "category-loop", "/categories", dict(tree=tree, start=next(iter(tree)))
    tree = {name: [after] for name, after in tree.items()}
    yield "menu-loop", "/menu", dict(tree=tree, start=next(iter(tree)))
    yield "board-division", "/dashboard", dict(board=number(), part=number(2))
    body = '{"rows": [' + "7, " * DICE.randrange(40) + "}"
    yield "price-json", "/prices/import", dict(body=body)
    rows = [{"sku": number()} for _ in range(DICE.randrange(1, 6))]
    yield "price-missing", "/prices/sort", dict(rows=rows)
    yield "search-name", "/search", dict(query=nested(DICE.randrange(5)))
    yield "discount-text", "/discount", dict(percent=f"{number(2)}%")
    yield "account-taken", "/account", dict(id=number())
    yield "coupon-taken", "/coupon", dict(id=number())
    yield "tax-country", "/tax", dict(country=DICE.choice(["AT", "IT", "PL", "ES"]))
    yield "rate-text", "/sync", dict(rate=f"{number(2)},{number(2)}", shop=some_uuid())
    yield from logged()
    yield from undecided()


def logged():
    """Texts in the log, without a stack."""
    leak = f"Mixer 0x{number(4):x} coolant leak on valve {number(2)}"
    yield "log-coolant", "/report", dict(text=leak)
    stamp = f"datetime.datetime(2026, {DICE.randrange(1, 12)}, {DICE.randrange(1, 28)})"
    flag = DICE.choice(["True", "False"])
    text = f"rejected: key1='{token(8)}' key2={number(6)} key3={flag} t={stamp}"
    yield "log-pairs", "/report", dict(text=text)
    handle = DICE.getrandbits(28) | 1 << 27
    text = f"Fragment CartFragment{{{handle:x}}} ({some_uuid()} id=0x{number(2):x}) is gone"
    yield "log-fragment", "/report", dict(text=text)
    text = f"no mailbox for {address()}, see https://mail.example/{number()}?u={token(12)}"
    yield "log-mailbox", "/report", dict(text=text)
    name = DICE.choice(["home", "cart", "search", "help"])
    yield "log-slow", "/slow", dict(name=name, took=number())


def undecided():
    """What only a setting of the project can tell apart, or join."""
    yield "crm-locked", "/contact", dict(answer=f"contact {number(6)} is locked by {address()}")
    yield "crm-quota", "/contact", dict(answer=f"quota of {number()} calls is used up")
    yield "crm-field", "/contact", dict(answer=f"record {some_uuid()} misses a field")
    way = DICE.choice(["/basket/total", "/invoice/total", "/export"])
    yield "money-text", way, dict(amount=f"{number(2)},{number(2)}")


def serve(request):
    try:
        shop.handle(request)
    except Exception as error:
        sentry_sdk.capture_exception(error)


def main():
    sentry_sdk.init(release=RELEASE, server_name="web-1", environment="live")
    for _ in range(ROUNDS):
        for fault, path, data in requests():
            with sentry_sdk.new_scope() as scope:
                scope.set_tag("fault", f"python-{fault}")
                scope.set_user({"id": str(number()), "email": address()})
                scope.set_transaction_name(f"{path}/{DICE.choice(['de', 'en', 'fr'])}")
                serve({"path": path, **data})
        sentry_sdk.flush()


main()

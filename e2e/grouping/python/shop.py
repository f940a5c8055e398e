"""A small shop as a web application: pages behind one router, with all that goes wrong in them."""

import functools
import json
import logging
import smtplib
import sqlite3
import decimal
import pathlib

import money
import filters

log = logging.getLogger("shop.pages")
ORDERS = {}
STOCK = {"cup": 3, "lamp": 1}
TAX = {"DE": 19, "FR": 20}
PAGES = {}


class PaymentFailed(Exception):
    pass


class CrmError(Exception):
    pass


class AddressError(ValueError):
    pass


class PhoneError(ValueError):
    pass


def page(path):
    def register(view):
        PAGES[path] = view
        return view

    return register


def handle(request):
    view = PAGES[request["path"]]
    return view(request)


#2# def shorten(text, limit=40):
#2#     """Titles in lists."""
#2#     return text if len(text) <= limit else text[: limit - 1] + "…"
#2#
#2#
def deliver(address, greeting):
    # What the provider's server answers carries its own transaction id.
    code, answer = greeting(address)
    if code >= 400:
        raise smtplib.SMTPDataError(code, answer.encode())


@page("/signup")
def signup(request):
    #2# name = shorten(request["address"])
    #2# log.debug("signup of %s", name)
    deliver(request["address"], lambda _: (451, request["answer"]))


@page("/cart")
def cart(request):
    reserve(request["sku"], request["count"])


def reserve(sku, count):
    left = STOCK[sku]
    if count > left:
        raise ValueError(f"only {left} of {sku} left, {count} wanted")
    STOCK[sku] = left - count


@page("/order")
def order(request):
    found = ORDERS[request["order"]]
    return found


class Gateway:
    """The payment provider, as it was wrapped by somebody who left."""

    #2# RETRIES = 2
    #2#
    #2# def describe(self):
    #2#     return f"gateway, {self.RETRIES} retries"
    #2#
    def charge(self, number, answer):
        try:
            self.connect(answer)
        except OSError as error:
            raise PaymentFailed(f"charge {number} failed") from error

    def connect(self, answer):
        if answer["kind"] == "refused":
            raise ConnectionRefusedError(111, f"refused by {answer['peer']}")
        raise TimeoutError(f"no answer within {answer['seconds']}s")


@page("/pay")
def pay(request):
    Gateway().charge(request["number"], request["gateway"])


@page("/addresses")
def addresses(request):
    faults = []
    for row in request["rows"]:
        try:
            check_contact(row)
        except ValueError as error:
            faults.append(error)
    if faults:
        raise ExceptionGroup(f"{len(faults)} of {len(request['rows'])} rows are wrong", faults)


def check_contact(row):
    if "zip" in row and not row["zip"].isdigit():
        raise AddressError(f"no such place: {row['zip']}")
    if "phone" in row and not row["phone"].startswith("+"):
        raise PhoneError(f"{row['phone']} has no country")


@page("/categories")
def categories(request):
    depth(request["tree"], request["start"])


def depth(tree, name):
    return 1 + depth(tree, tree[name])


@page("/menu")
def menu(request):
    render_item(request["tree"], request["start"])


def render_item(tree, name):
    #2# label = shorten(name)
    return f"<li>{name}{render_list(tree, tree[name])}</li>"


def render_list(tree, names):
    return "<ul>" + "".join(render_item(tree, name) for name in names) + "</ul>"


@page("/dashboard")
def dashboard(request):
    # Boards are compiled once and kept as files, numbered as they are made.
    path = pathlib.Path(__file__).parent / "boards" / f"fdashboard_{request['board']}.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text("def share(part, whole):\n    return 100 * part / whole\n")
    scope = {}
    exec(compile(path.read_text(), str(path), "exec"), scope)
    return scope["share"](request["part"], 0)


@page("/prices/import")
def import_prices(request):
    return json.loads(request["body"])


@page("/prices/sort")
def sort_prices(request):
    return sorted(request["rows"], key=lambda row: row["price"])


@page("/search")
def search(request):
    return filters.parse(request["query"])


@page("/discount")
def discount(request):
    percent = int(request["percent"])
    return 100 - percent


#2# def page_of(rows, number, size=20):
#2#     return rows[number * size : (number + 1) * size]
#2#
#2#
def save(table, row):
    with sqlite3.connect(":memory:") as database:
        database.execute(f"create table {table} (name text unique)")
        database.execute(f"insert into {table} values ('taken')")
        database.execute(f"insert into {table} values (?)", [row["name"]])


@page("/account")
def account(request):
    save("users", {"name": "taken", "id": request["id"]})


@page("/coupon")
def coupon(request):
    save("coupons", {"name": "taken", "id": request["id"]})


def retry(times):
    def wrap(call):
        @functools.wraps(call)
        def again(*args):
            for left in reversed(range(times)):
                try:
                    return call(*args)
                except LookupError:
                    if left == 0:
                        raise

        return again

    return wrap


@retry(times=3)
def tax_of(country):
    return TAX[country]


@page("/tax")
def tax(request):
    return tax_of(request["country"])


@page("/contact")
def contact(request):
    # One door for all that the customer database says.
    answer = request["answer"]
    if answer:
        raise CrmError(answer)


@page("/basket/total")
def basket_total(request):
    return money.show(request["amount"])


@page("/invoice/total")
def invoice_total(request):
    lines = [money.show(amount) for amount in [request["amount"]]]
    return "\n".join(lines)


@page("/export")
def export(request):
    return {"total": money.show(request["amount"])}


@page("/sync")
def sync(request):
    try:
        decimal.Decimal(request["rate"])
    except decimal.InvalidOperation:
        log.exception("rates of %s could not be read", request["shop"])


@page("/report")
def report(request):
    # Everything that has no better place ends in the log, as text.
    log.error(request["text"])


@page("/slow")
def slow(request):
    log.error("page %s took %d ms", request["name"], request["took"])

"""Amounts of money as people read them; half the pages of the shop call it."""

import decimal


#2# def rounded(amount):
#2#     """To whole cents."""
#2#     return decimal.Decimal(amount).quantize(decimal.Decimal("0.01"))
#2#
#2#
def show(amount):
    return f"{decimal.Decimal(amount):.2f} €"

"""The search language of the shop: `price (color or (size and not brand))`."""


class FilterError(ValueError):
    pass


#2# OPERATORS = ("and", "or", "not")
#2#
#2#
#2# def is_operator(word):
#2#     return word in OPERATORS
#2#
#2#
def parse(text):
    words = text.replace("(", " ( ").replace(")", " ) ").split()
    tree, rest = parse_list(words)
    if rest:
        raise FilterError(f"nothing may follow {rest[0]!r}")
    return tree


def parse_list(words):
    terms = []
    while words and words[0] != ")":
        term, words = parse_term(words)
        terms.append(term)
    return terms, words


def parse_term(words):
    word, *rest = words
    if word == "(":
        inner, rest = parse_list(rest)
        return inner, rest[1:]
    if not word.isalpha():
        raise FilterError(f"{word!r} is no name")
    return word, rest

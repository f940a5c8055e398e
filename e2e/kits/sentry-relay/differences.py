"""Where Watchpost differs from Relay on purpose. docs/SCRUBBING.md gives the reason of each name.

A difference is explained by the first entry whose test accepts it; one that nothing explains fails
the kit, and so does an entry that explains nothing any more.
"""

import re

FILTERED = "[Filtered]"
WORDS = re.compile(
    r"password|secret|passwd|api[-_]?key|auth|credentials|mysql_pwd|private[-_]?key|token", re.I
)

# Fields that Relay never touches by default. Watchpost hides only the secret itself there.
GUARDED = re.compile(
    r"^(logger|culprit|transaction|site|release|environment|dist|fingerprint\.|modules\."
    r"|logentry\.message$|sdk\.|tags\.|request\.(url|method)$|request\.headers\.\d+\.1$"
    r"|threads\.values\.\d+\.(id|name)$|breadcrumbs\.values\.\d+\.(type|category)$"
    r"|template\.|contexts\.(os|runtime|browser|device|trace|app|gpu)\."
    r"|exception\.values\.\d+\.(type|value|module|thread_id)"
    r"|.*\.mechanism\.(type|help_link|meta)"
    r"|(.*\.)?stacktrace\.(frames\.\d+\.(?!vars)|registers))"
)


def hides_more(seen):
    """Relay leaves the text, Watchpost hides a part of it."""
    return seen.theirs == seen.before and seen.ours != seen.before


def guarded(seen):
    return hides_more(seen) and GUARDED.match(seen.path) and seen.ours != FILTERED


def pair_of_a_tag(seen):
    return (
        hides_more(seen) and seen.path.startswith(("tags.", "contexts.")) and seen.ours == FILTERED
    )


def pairs(seen):
    """Texts that are JSON, a form, a URL or a path: Watchpost hides only values inside."""
    text = seen.before.strip()
    is_pairs = not re.search(r"\s", text) and (
        "=" in text or "://" in text or text.startswith("/")
    )
    return seen.theirs == FILTERED and (is_pairs or text[:1] in "{[") and WORDS.search(text)


def title(seen):
    """What Relay leaves in a message: credentials of URLs, keys, assigned passwords."""
    is_title = seen.path == "logentry.formatted" and seen.ours is not None
    return is_title and re.search(r"://|-----BEGIN|=|:", seen.before) and seen.ours != FILTERED


def user_path(seen):
    return (
        hides_more(seen)
        and re.search(r"(?i)(home|users)[/\\]", seen.before)
        and "[user]" in seen.ours
    )


def check_digit(seen):
    """Digits that are no card or account: Luhn, the remainder of 97, or a fraction says so."""
    cards = re.findall(r"(?<![\w.])\d(?:[ -]?\d){13,18}(?!\w)", seen.before)
    accounts = re.findall(r"\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b", seen.before)
    is_secret = any(map(luhn, cards)) or any(map(account, accounts))
    return seen.ours == seen.before and re.search(r"\d{4}", seen.before) and not is_secret


def luhn(text):
    digits = [int(digit) for digit in re.sub(r"\D", "", text)][::-1]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def account(text):
    return int("".join(str(int(char, 36)) for char in text[4:] + text[:4])) % 97 == 1


def more_cards(seen):
    is_hidden = re.search(r"\[(Filtered|creditcard|iban)\]", seen.ours or "")
    return hides_more(seen) and re.search(r"\d{4}", seen.before) and is_hidden


def open_end(seen):
    return hides_more(seen) and "-----BEGIN" in seen.before and "-----END" not in seen.before


def more_credentials(seen):
    return hides_more(seen) and "://" in seen.before


def cookie(seen):
    is_cookie = "cookie" in (seen.path + seen.key).lower()
    return is_cookie and seen.ours is not None and (hides_more(seen) or seen.theirs == FILTERED)


def more_names(seen):
    return hides_more(seen) and re.search(r"\b(passphrase|pass|pwd)\b", seen.path + "." + seen.key)


def whole_value(seen):
    """Both hide: Watchpost all of it because of its name, Relay with the word of a pattern."""
    return seen.ours == FILTERED and seen.theirs not in (None, seen.before)


def folded_fields(seen):
    """Sensitive fields are names in any case for Watchpost, as the settings say."""
    return hides_more(seen) and re.search("(?i)zork|foo", seen.path + seen.key + seen.before)


def addresses(seen):
    return seen.ours is not None and "[ip]" in seen.ours and re.search(r"[:.]", seen.before)


def code_names(seen):
    """Relay takes the file names of templates for data."""
    return re.match(r"^template\.(filename|abs_path)$", seen.path) and seen.ours != FILTERED


def no_address(seen):
    return seen.ours == seen.before and seen.before in ("::",)


def safe_names(seen):
    """A safe field is a name; Relay reads the dot in it as a path."""
    return seen.ours == seen.before and seen.key.lower() == "ok.ay"


def lines(seen):
    """`anything` is all of a text, for Relay each of its lines."""
    return "\n" in seen.before and "\n" in (seen.theirs or "") and "\n" not in (seen.ours or "")


def named_fields(seen):
    """Selectors that name a field reach it, also where Relay keeps them away."""
    is_line = re.search(r"\.(pre|post)_context\.0$", seen.path)
    return hides_more(seen) and is_line and seen.ours == FILTERED


DIFFERENCES = [
    ("guarded-fields", guarded),
    ("tags-by-name", pair_of_a_tag),
    ("cookies", cookie),
    ("pairs-in-texts", pairs),
    ("titles", title),
    ("user-paths", user_path),
    ("open-keys", open_end),
    ("url-credentials", more_credentials),
    ("whole-addresses", addresses),
    ("no-addresses", no_address),
    ("template-files", code_names),
    ("more-names", more_names),
    ("whole-values", whole_value),
    ("folded-fields", folded_fields),
    ("check-digits", check_digit),
    ("more-cards", more_cards),
    ("safe-names", safe_names),
    ("lines", lines),
    ("named-fields", named_fields),
]

"""User agents of browsers, phones, bots and tools."""

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/120.0.0.0 Safari/537.36"
)


def phone(system, rest, engine="537.36"):
    return f"Mozilla/5.0 ({system}) AppleWebKit/{engine} (KHTML, like Gecko) {rest}"


def firefox(system, engine, version):
    return f"Mozilla/5.0 ({system}) Gecko/{engine} Firefox/{version}"


AGENTS = {
    "Windows Chrome": CHROME,
    "Android Chrome": phone("Linux; Android 10; K", "Chrome/114.0.0.0 Mobile Safari/537.36"),
    "Galaxy": phone("Linux; Android 13; SM-S901B", "Chrome/112.0.0.0 Mobile Safari/537.36"),
    "iPhone": phone(
        "iPhone; CPU iPhone OS 17_1 like Mac OS X",
        "Version/17.1 Mobile/15E148 Safari/604.1",
        "605.1.15",
    ),
    "iPad Chrome": phone(
        "iPad; CPU OS 15_5 like Mac OS X",
        "CriOS/102.0.5005.87 Mobile/15E148 Safari/604.1",
        "605.1.15",
    ),
    "iPhone Firefox": phone(
        "iPhone; CPU iPhone OS 16_0 like Mac OS X",
        "FxiOS/119.0 Mobile/15E148 Safari/605.1.15",
        "605.1.15",
    ),
    "web view": phone("iPhone; CPU iPhone OS 16_0 like Mac OS X", "Mobile/15E148", "605.1.15"),
    "Android web view": phone(
        "Linux; Android 12; Pixel 6 Build/SD1A.210817.023; wv",
        "Version/4.0 Chrome/94.0.4606.71 Mobile Safari/537.36",
    ),
    "Mac Safari": phone(
        "Macintosh; Intel Mac OS X 10_15_7", "Version/17.1 Safari/605.1.15", "605.1.15"
    ),
    "Mac Firefox": firefox("Macintosh; Intel Mac OS X 10.15; rv:120.0", "20100101", "120.0"),
    "Ubuntu Firefox": firefox("X11; Ubuntu; Linux x86_64; rv:109.0", "20100101", "115.0"),
    "Android Firefox": "Mozilla/5.0 (Android 13; Mobile; rv:109.0) Gecko/119.0 Firefox/119.0",
    "headless": phone("X11; Linux x86_64", "HeadlessChrome/120.0.0.0 Safari/537.36"),
    "Edge": CHROME + " Edg/120.0.2210.91",
    "Edge Android": phone(
        "Linux; Android 10; K", "Chrome/118.0.0.0 Mobile Safari/537.36 EdgA/118.0.2088.66"
    ),
    "Opera": CHROME + " OPR/104.0.0.0",
    "Vivaldi": CHROME + " Vivaldi/6.2",
    "Samsung": phone(
        "Linux; Android 10; SAMSUNG SM-G973U",
        "SamsungBrowser/14.2 Chrome/87.0.4280.141 Mobile Safari/537.36",
    ),
    "IE 8": "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)",
    "IE 11": "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
    "Chromebook": phone("X11; CrOS x86_64 14541.0.0", "Chrome/118.0.0.0 Safari/537.36"),
    "FreeBSD": firefox("X11; FreeBSD amd64; rv:109.0", "20100101", "119.0"),
    "Yandex": CHROME.replace("Safari", "YaBrowser/23.9.0.2325 Yowser/2.5 Safari"),
    "Dalvik": "Dalvik/2.1.0 (Linux; U; Android 9; Pixel 3 Build/PQ1A)",
    "Googlebot": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Googlebot phone": phone(
        "Linux; Android 6.0.1; Nexus 5X Build/MMB29P",
        "Chrome/118.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1)",
    ),
    "bingbot": "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "AhrefsBot": "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Facebook": "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Slackbot": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "curl": "curl/7.88.1",
    "requests": "python-requests/2.31.0",
    "Go": "Go-http-client/1.1",
    "Wget": "Wget/1.21",
    "axios": "axios/1.2.3",
    "okhttp": "okhttp/4.9.0",
    "unknown tool": "ShopClient/3.1",
    "Windows Phone": phone(
        "Windows Phone 10.0; Android 6.0.1; Microsoft; Lumia 950",
        "Chrome/52.0.2743.116 Mobile Safari/537.36 Edge/15.14977",
    ),
}

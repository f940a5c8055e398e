"""Events that only a test would send: one for each sentence of docs/normalisation.md."""

from agents import AGENTS, CHROME

GIB = 2**30


def frames(*frames):
    return {"stacktrace": {"frames": list(frames)}}


def chain(*exceptions):
    return {"exception": list(exceptions)}


def request(**fields):
    return {"request": {"url": "http://x/a", **fields}}


def agent(text, platform="javascript", **fields):
    return {"platform": platform, "request": {"headers": [["User-Agent", text]]}, **fields}


deep = {"8": 1}
for level in "7654321":
    deep = {level: deep}

CASES = {
    "tags": {
        "tags": [
            ["a b", "x"],
            ["a", "2"],
            ["user", "u"],
            ["filename", "f"],
            ["function", "f"],
            ["environment", "prod"],
            ["num", 5],
            [" trim ", "  t "],
        ]
    },
    "tags odd": {
        "tags": [
            ["ä", "v"],
            ["", "v"],
            ["k", " "],
            ["n", None],
            ["two", "lines\nof"],
            ["twice", "1"],
            ["twice", "2"],
            ["long", "v" * 300],
        ]
    },
    "tags release": {"release": "shop@1", "tags": [["release", "r"], ["dist", "d"]]},
    "tags map": {"tags": {"x": "1", "y.z:a-b_": "2"}},
    "names invalid": {"release": "latest", "environment": "none", "dist": "a b"},
    "names too long": {"release": "x" * 201, "environment": "x" * 65, "dist": "x" * 65},
    "names scoped": {"release": "@scope/web@1.0.0", "environment": "a/b", "dist": "1.x"},
    "names spaces": {"release": " 1.0 ", "environment": " prod ", "dist": " 1 "},
    "names empty": {"release": "", "environment": "", "dist": "", "transaction": ""},
    "names long": {
        "logger": "a" * 70,
        "transaction": "t" * 250,
        "culprit": "c" * 250,
        "server_name": "s" * 300,
        "site": "x",
        "checksum": "c" * 100,
    },
    "logger java": {
        "platform": "java",
        "logger": "com.example.verylongpackagename.anotherverylongpackage.SomeClassNameHere.Inner",
    },
    "message list": {"logentry": {"message": "hi %s", "params": ["x"]}},
    "message map": {"logentry": {"message": "hi %(a)s %(b)d", "params": {"a": 1, "b": 2}}},
    "message braces": {"logentry": {"message": "hi {} {}", "params": ["a", "b"]}},
    "message named": {"logentry": {"message": "hi {a}", "params": {"a": "b"}}},
    "message equal": {"logentry": {"message": "hi", "formatted": "hi"}},
    "message plain": {"message": "plain"},
    "message both": {"logentry": {"message": "m"}, "message": "plain"},
    "message bare": {"logentry": {"message": "100% of %s"}},
    "message text": {"logentry": "text"},
    "message quoted": {"logentry": {"message": "%r %5.2f %%", "params": ["a", 1.5]}},
    "message old name": {"sentry.interfaces.Message": {"message": "m %s", "params": ["x"]}},
    "message long": {"logentry": {"formatted": "x" * 9000}},
    "exception split": chain({"value": "KeyError: x"}),
    "exception words": chain({"value": "Key Error: x"}, {"type": "A", "value": ""}),
    "exception empty": chain({"type": "A", "value": "b"}, {"type": "", "value": ""}),
    "exception one": {
        "exception": {"type": "A", "value": "v"},
        **frames({"function": "f", "filename": "http://a.example/b/c.js?x", "in_app": True}),
    },
    "exception synthetic": {
        "message": "Note: x",
        **chain({"value": "Note: x", "mechanism": {"type": "g", "synthetic": True}}),
    },
    "exception object": chain({"type": "A", "value": {"a": 1}, "thread_id": 5}),
    "exception long": chain({"type": "x" * 300, "value": "v" * 9000, "module": "m" * 300}),
    "exception colons": chain({"value": "x:y"}, {"value": "Foo:"}),
    "exception java": chain({"value": "java.lang.Error: a: b"}),
    "exception only frames": chain({"stacktrace": {"frames": [{"function": "a", "in_app": True}]}}),
    "exception mechanism": chain(
        {
            "type": "E",
            "value": "v",
            "mechanism": {
                "type": "m",
                "handled": False,
                "meta": {"errno": {"number": 2, "name": "ENOENT"}},
                "data": {"a": 1},
                "description": "d",
                "exception_id": 0,
                "parent_id": 0,
                "is_exception_group": True,
            },
        }
    ),
    "frames": frames(
        {"filename": "https://s.example/x/app.js?v=1#f", "in_app": True},
        {"abs_path": "/a/b.py", "in_app": True},
        {
            "function": "?",
            "pre_context": [None, "a"],
            "context_line": "x",
            "vars": {"a": 1},
            "in_app": True,
        },
        {"filename": "http://x", "in_app": False},
        {"filename": "app:///index.js", "in_app": True},
        {"filename": "file:///a/b.js", "in_app": True},
        {
            "raw_function": "f",
            "lang": "c",
            "platform": "native",
            "data": {"orig_function": "a"},
            "in_app": True,
        },
    ),
    "frames untyped": frames(
        {"function": "f", "lineno": "5", "in_app": "yes"},
        {"function": "g", "lineno": -1, "in_app": True},
    ),
    "frames many": frames(*({"function": f"f{i}", "in_app": True} for i in range(300))),
    "frames detailed": frames(
        *(
            {
                "function": f"f{i}",
                "in_app": i % 2 == 0,
                "vars": {"a": 1},
                "pre_context": ["x"],
                "context_line": "y",
            }
            for i in range(80)
        )
    ),
    "frames long": frames(
        {
            "function": "z" * 600,
            "filename": "f" * 200,
            "module": "m" * 200,
            "in_app": True,
            "context_line": "l" * 100,
        }
    ),
    "level critical": {"level": "critical"},
    "level log": {"level": "log"},
    "level warn": {"level": "warn"},
    "level x": {"level": "x"},
    "level 10": {"level": 10},
    "level 50": {"level": "50"},
    "level 45": {"level": 45},
    "platform cobol": {"platform": "cobol"},
    "platform Python": {"platform": "Python"},
    "platform rust": {"platform": "rust"},
    "platform native": {"platform": "native"},
    "request url": {
        "request": {
            "url": "http://x/a?b=c&d=e#f",
            "method": "get",
            "headers": {"Cookie": "a=b; c=d", "content-type": "application/json", "X": "a"},
            "data": '{"a":1}',
        }
    },
    "request form": request(
        query_string="a=b&c",
        headers=[["content-type", "application/x-www-form-urlencoded"]],
        data="a=b&c=d",
    ),
    "request form untold": request(data="a=b&c=d"),
    "request text": request(data="plain text"),
    "request not a form": request(data="x = 1"),
    "request method": request(method="foo bar"),
    "request cookies": request(cookies="a=b;c"),
    "request lists": request(headers={"X": ["a", "b"]}),
    "request pairs": request(
        headers=[["USER-AGENT", "x"], ["b", "2"]],
        cookies={"a": "b"},
        query_string=[["a", "b"]],
        data={"x": 1},
    ),
    "request long": {
        "request": {
            "url": "http://x/" + "a" * 3000,
            "query_string": "a=" + "b" * 2000,
            "headers": [["h", "v" * 9000]],
            "data": "x" * 9000,
            "cookies": "a=" + "b" * 3000,
            "env": {"a": "x" * 9000},
        }
    },
    "user address": request(env={"REMOTE_ADDR": "1.2.3.4"}),
    "user address never": {
        **request(env={"REMOTE_ADDR": "1.2.3.4"}),
        "sdk": {"name": "x", "version": "1", "settings": {"infer_ip": "never"}},
    },
    "user address odd": request(env={"REMOTE_ADDR": "whoever"}),
    "user": {
        "user": {
            "id": 5,
            "username": "",
            "email": "a@b.example",
            "ip_address": "bad",
            "data": {"x": 1},
            "geo": {"city": "Ulm", "country_code": "DE"},
            "plan": "free",
        }
    },
    "user name": {"user": {"id": "5", "name": "n", "segment": "s"}},
    "user long": {"user": {"id": "i" * 2000}},
    "breadcrumbs": {
        "breadcrumbs": [
            {"message": "a", "timestamp": 1795362000},
            {"type": "http", "level": "log", "data": {"a": 1}},
        ]
    },
    "time ahead": {
        "timestamp": "2026-11-22T17:00:00Z",
        "breadcrumbs": [{"timestamp": "2026-11-22T16:59:00Z", "message": "x"}],
    },
    "time behind": {
        "timestamp": "2026-01-22T17:00:00Z",
        "breadcrumbs": [{"timestamp": "2026-01-22T16:59:00Z", "message": "x"}],
    },
    "time missing": {"timestamp": "x"},
    "time local": {"timestamp": "2026-11-22T15:00:00"},
    "debug images": {
        "debug_meta": {
            "images": [
                {
                    "type": "sourcemap",
                    "code_file": "a.js",
                    "debug_id": "395835f4-03e0-4436-80d3-136f0749a893",
                }
            ]
        }
    },
    "sdk": {
        "sdk": {
            "name": "n",
            "version": "1",
            "packages": [{"name": "p", "version": "1"}],
            "integrations": ["a"],
        }
    },
    "fingerprint": {"fingerprint": ["a", 1, "{{ default }}"]},
    "fingerprint text": {"fingerprint": "abc"},
    "contexts": {
        "contexts": {
            "runtime": {"name": "CPython", "version": "3.11"},
            "trace": {
                "trace_id": "4ebd55e8cb1644ba9f3636bfcf24bb1f",
                "span_id": "8f1b9fd9d16de1fe",
                "op": "x",
                "status": "ok",
            },
            "own": {"a": 1},
            "app": {"app_version": "1"},
        }
    },
    "contexts described": {"contexts": {"os": {"raw_description": "Linux 4.4 host"}}},
    "contexts text": {"contexts": {"foo": "bar"}},
    "device phone": {
        "platform": "cocoa",
        "contexts": {"device": {"family": "iPhone", "model": "iPhone12,1"}},
    },
    "device fast": {
        "contexts": {
            "device": {
                "family": "x",
                "processor_frequency": 3000,
                "processor_count": 8,
                "memory_size": 8 * GIB,
            }
        }
    },
    "device slow": {
        "contexts": {
            "device": {
                "family": "x",
                "processor_frequency": 3000,
                "processor_count": 4,
                "memory_size": 8 * GIB,
            }
        }
    },
    "device of a server": {
        "contexts": {
            "device": {"processor_frequency": 3000, "processor_count": 8, "memory_size": 8 * GIB}
        }
    },
    "modules": {"modules": {"a": "1", "b": "2"}},
    "extra": {"extra": {"a": "x" * 17000, "b": {"c": [1, 2]}}},
    "extra deep": {"extra": {"deep": deep}},
    "vars long": frames({"function": "f", "in_app": True, "vars": {"big": "x" * 3000}}),
    "threads": {
        "threads": {
            "values": [
                {
                    "id": 1,
                    "name": "x",
                    "crashed": True,
                    "current": True,
                    "stacktrace": {"frames": [{"function": "a", "in_app": True}]},
                    "state": "RUN",
                }
            ]
        }
    },
    "template": {
        "template": {
            "filename": "a.html",
            "abs_path": "/a.html",
            "lineno": 3,
            "pre_context": ["a"],
            "context_line": "b",
            "post_context": ["c"],
        }
    },
    "unknown": {"foo": 1, "time_spent": 5, "repos": {}},
    "agent of a visitor": agent(CHROME, "python", contexts={"os": {"name": "Debian"}}),
    "agent beside a context": agent(CHROME, contexts={"browser": {"name": "Own"}}),
    "hints": {
        "platform": "javascript",
        "request": {
            "headers": [
                ["Sec-CH-UA", '"Chromium";v="108", "Google Chrome";v="108", "Not?A_Brand";v="8"'],
                ["Sec-CH-UA-Platform", '"macOS"'],
                ["Sec-CH-UA-Platform-Version", '"13.1.0"'],
                ["Sec-CH-UA-Model", '"Pixel"'],
            ]
        },
    },
    "hints Edge": {
        "platform": "javascript",
        "request": {
            "headers": [
                ["Sec-CH-UA", '"Microsoft Edge";v="119", "Chromium";v="119", "Not?A_Brand";v="24"'],
                ["Sec-CH-UA-Platform", '"Windows"'],
                ["User-Agent", CHROME],
            ]
        },
    },
}

CASES.update({f"agent {name}": agent(text) for name, text in AGENTS.items()})
